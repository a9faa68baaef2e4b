package nvd_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/nvd"
	"vulnmirror/vuln"
)

var (
	created = time.Date(2007, 8, 23, 21, 5, 57, 937e6, time.UTC)
	changed = time.Date(2024, 1, 2, 3, 4, 5, 6e6, time.UTC)
)

const times = `"lastModified":"2024-01-02T03:04:05.006","created":"2007-08-23T21:05:57.937"`

// pages are documents of each format but that of CVE records, as they come, and
// what is read of their records.
var pages = []struct {
	format, array, element string
	body                   string
	want                   vuln.Record // without Body
}{
	{
		nvd.FormatCPE, "products", `{"cpe":@}`,
		`{"deprecated":true,"cpeName":"cpe:2.3:a:kitchen:drawer:2.1:*:*:*:*:*:*:*","cpeNameId":"0123ABCD-0000-4000-8000-00000000BEEF",` + times +
			`,"titles":[{"title":"Kitchen Drawer 2.1","lang":"en"},{"title":"引き出し","lang":"ja"}],"refs":[{"ref":"https://kitchen.example.org/drawer","type":"Product"},{"ref":"https://x.example.org"}],"deprecatedBy":[{"cpeName":"cpe:2.3:a:kitchen:drawers:2.1:*:*:*:*:*:*:*","cpeNameId":"0123ABCD-0000-4000-8000-00000000CAFE"}],"deprecates":[{"cpeName":"cpe:2.3:a:cook:drawer:2.1:*:*:*:*:*:*:*"}],"shelf":1}`,
		vuln.Record{
			Kind: vuln.KindCPE, ID: "cpe:2.3:a:kitchen:drawer:2.1:*:*:*:*:*:*:*", Published: created, Modified: changed, Status: nvd.StatusDeprecated,
			Text: []vuln.Text{{Lang: "en", Value: "Kitchen Drawer 2.1"}, {Lang: "ja", Value: "引き出し"}, {Value: "https://kitchen.example.org/drawer"}, {Value: "https://x.example.org"}},
			Facts: vuln.Facts{
				Aliases:  []string{"0123ABCD-0000-4000-8000-00000000BEEF"},
				Platform: &vuln.MatchCriteria{Criteria: "cpe:2.3:a:kitchen:drawer:2.1:*:*:*:*:*:*:*"},
				Links: []vuln.Link{
					{Kind: vuln.KindCPE, ID: "cpe:2.3:a:kitchen:drawers:2.1:*:*:*:*:*:*:*", Rule: "deprecatedBy"},
					{Kind: vuln.KindCPE, ID: "cpe:2.3:a:cook:drawer:2.1:*:*:*:*:*:*:*", Rule: "deprecates"},
				},
			},
			Drift: []string{"field cpe.shelf"},
		},
	},
	{
		nvd.FormatCPEMatch, "matchStrings", `{"matchString":@}`,
		`{"matchCriteriaId":"0123abcd-0000-4000-8000-00000000beef","criteria":"cpe:2.3:a:kitchen:drawer:*:*:*:*:*:*:*:*","versionStartIncluding":"2.0","versionEndExcluding":"2.2","lastModified":"2020-01-02T03:04:05.006","cpeLastModified":"2024-01-02T03:04:05.006","created":"2007-08-23T21:05:57.937","status":"Active","matches":[{"cpeName":"cpe:2.3:a:kitchen:drawer:2.1:*:*:*:*:*:*:*","cpeNameId":"00000000-0000-0000-0000-000000000102"},{"cpeName":"a \"cpeNameId\":\" b"},{"cpeName":"x","cpeNameId":"not one"}]}`,
		vuln.Record{
			Kind: vuln.KindMatchCriteria, ID: "0123ABCD-0000-4000-8000-00000000BEEF", Published: created, Modified: changed, Status: "Active",
			Facts: vuln.Facts{
				Platform: &vuln.MatchCriteria{ID: "0123ABCD-0000-4000-8000-00000000BEEF", Criteria: "cpe:2.3:a:kitchen:drawer:*:*:*:*:*:*:*:*", VersionStartIncluding: "2.0", VersionEndExcluding: "2.2"},
				Members:  []vuln.UUID{{14: 1, 15: 2}},
			},
			Drift: []string{"matchString.matches without cpeNameId"},
		},
	},
	{
		nvd.FormatSource, "sources", `@`,
		`{"name":"Kitchen","contactEmail":"cook@example.org","sourceIdentifiers":["cna@example.org","cook@example.org"],` + times + `,"v3AcceptanceLevel":{"description":"Provider"},"hat":"white"}`,
		vuln.Record{
			Kind: vuln.KindNVDSource, ID: "cna@example.org", Published: created, Modified: changed,
			Text:  []vuln.Text{{Value: "Kitchen"}},
			Facts: vuln.Facts{Aliases: []string{"cook@example.org", "Kitchen"}},
			Drift: []string{"field source.hat"},
		},
	},
	{
		nvd.FormatCVEChange, "cveChanges", `{"change":@}`,
		`{"cveId":"CVE-2024-10001","eventName":"Initial Analysis","cveChangeId":"0123abcd-0000-4000-8000-00000000beef","sourceIdentifier":"nvd@nist.gov","created":"2024-01-02T03:04:05.006","details":[{"action":"Added","type":"Affected","newValue":[1]}]}`,
		vuln.Record{
			Kind: vuln.KindCVEChange, ID: "0123ABCD-0000-4000-8000-00000000BEEF", Published: changed, Modified: changed,
			Status: "Initial Analysis", SourceIdentifier: "nvd@nist.gov",
			Facts: vuln.Facts{
				Links:             []vuln.Link{{Kind: vuln.KindCVE, ID: "CVE-2024-10001", Rule: "cveId"}},
				SourceIdentifiers: []string{"nvd@nist.gov"},
			},
		},
	},
}

func document(format, array, element string) string {
	return `{"resultsPerPage":1,"startIndex":0,"totalResults":1,"format":"` + format + `","version":"2.0","timestamp":"2026-01-01T00:00:00.000","` + array + `":[` + element + `]}`
}

func TestDecode(t *testing.T) {
	for _, p := range pages {
		t.Run(p.array, func(t *testing.T) {
			r := nvd.NewReader(strings.NewReader(document(p.format, p.array, strings.Replace(p.element, "@", p.body, 1))))
			body, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			if r.Format() != p.format || string(body) != p.body {
				t.Errorf("format %s, body %s", r.Format(), body)
			}
			got, err := nvd.Decode(r.Format(), body)
			if err != nil {
				t.Fatal(err)
			}
			want := p.want
			want.Body = []byte(p.body)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			id, modified, err := nvd.Identify(r.Format(), body)
			if err != nil || !strings.EqualFold(id, got.ID) && p.format != nvd.FormatSource || !modified.Equal(changed) {
				t.Errorf("Identify gives %s, %v, %v", id, modified, err)
			}
			if nvd.Kind(r.Format()) != got.Kind {
				t.Errorf("records of %s are %s and said to be %s", r.Format(), got.Kind, nvd.Kind(r.Format()))
			}
			if _, err := r.Next(); !errors.Is(err, io.EOF) {
				t.Errorf("after the last record: %v", err)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, tc := range []struct{ format, body, want string }{
		{nvd.FormatCPE, `{` + times + `}`, `no "cpeName"`},
		{nvd.FormatCPE, `{"cpeName":"cpe:2.3:a:v:p:1:*:*:*:*:*:*:*"}`, "lastModified"},
		{nvd.FormatCPE, `{"cpeName":7,` + times + `}`, "not of the shape expected"},
		{nvd.FormatCPEMatch, `{"criteria":"x",` + times + `}`, "matchCriteriaId"},
		{nvd.FormatCPEMatch, `{"matchCriteriaId":"0123ABCD-0000-4000-8000-00000000BEEF",` + times + `}`, `no "criteria"`},
		{nvd.FormatCPEMatch, `{"matchCriteriaId":"0123ABCD-0000-4000-8000-00000000BEEF","criteria":"x","matches":{},` + times + `}`, "expected an array"},
		{nvd.FormatSource, `{` + times + `}`, "no sourceIdentifiers"},
		{nvd.FormatCVEChange, `{"cveId":"CVE-2024-10001","created":"2024-01-02T03:04:05.006"}`, "cveChangeId"},
		{nvd.FormatCVEChange, `{"cveChangeId":"0123ABCD-0000-4000-8000-00000000BEEF","cveId":"x","created":"2024-01-02T03:04:05.006"}`, "cveId"},
		{"NVD_Weather", `{}`, "not one of NVD's"},
	} {
		if r, err := nvd.Decode(tc.format, []byte(tc.body)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s %s: %+v, %v; want %q", tc.format, tc.body, r, err, tc.want)
		}
	}
}

// FuzzDecode: whatever the body, reading it ends, and what could be read can be
// identified too.
func FuzzDecode(f *testing.F) {
	f.Add(nvd.FormatCVE, invented)
	for _, p := range pages {
		f.Add(p.format, p.body)
	}
	f.Fuzz(func(t *testing.T, format, body string) {
		r := nvd.NewReader(strings.NewReader(document(format, "sources", body)))
		compact, err := r.Next()
		if err != nil {
			return // not an object of JSON
		}
		record, err := nvd.Decode(format, compact)
		if err != nil {
			return
		}
		if record.ID == "" || record.Kind != nvd.Kind(format) || string(record.Body) != string(compact) {
			t.Errorf("%s: %+v", format, record)
		}
		if id, _, err := nvd.Identify(format, compact); err != nil || id == "" {
			t.Errorf("%s %s: Identify gives %q, %v", format, compact, id, err)
		}
	})
}
