package nvd_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/nvd"
)

func parse[T any](t *testing.T, body string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func at(text string) time.Time {
	when, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return when
}

func TestCVEReadsEveryMember(t *testing.T) {
	c := parse[nvd.CVE](t, fullCVE)
	same(t, "ID", c.ID(), "CVE-2026-1001")
	same(t, "SourceIdentifier", c.SourceIdentifier(), "psirt@maker.example")
	same(t, "Status", c.Status(), "Analyzed")
	same(t, "Published", c.Published(), at("2026-03-04T05:06:07.89Z"))
	same(t, "LastModified", c.LastModified(), at("2026-06-18T01:02:03.004Z"))
	same(t, "Description", c.Description(), "Buffer overflow in Maker Widget before 2.5 <b>")
	same(t, "Descriptions", len(c.Descriptions()), 2)
	same(t, "Tags", c.Tags(), []nvd.Tags{{Source: "psirt@maker.example", Tags: []string{"disputed"}}})
	same(t, "Weaknesses", c.Weaknesses(), []nvd.Weakness{{
		Source: "nvd@nist.gov", Type: "Primary", Description: []nvd.Text{{Lang: "en", Value: "CWE-120"}},
	}})
	same(t, "References", c.References(), []nvd.Reference{
		{URL: "https://maker.example/a?b=1&c=2", Source: "psirt@maker.example", Tags: []string{"Vendor Advisory"}},
		{URL: "https://maker.example/a?b=1&c=2", Source: "af854a3a-2127-422b-91ae-364da2661108"},
	})
	same(t, "Configurations", c.Configurations(), []nvd.Configuration{{Operator: "AND", Nodes: []nvd.Node{
		{Operator: "OR", Matches: []nvd.CPEMatch{{
			Vulnerable: true, Criteria: "cpe:2.3:a:maker:widget:*:*:*:*:*:*:*:*", MatchCriteriaID: "00000000-0000-4000-8000-000000000001",
			VersionRange: nvd.VersionRange{StartIncluding: "2.0", EndExcluding: "2.5"},
		}}},
		{Operator: "OR", Matches: []nvd.CPEMatch{{
			Criteria: "cpe:2.3:o:maker:base:-:*:*:*:*:*:*:*", MatchCriteriaID: "00000000-0000-4000-8000-000000000002",
		}}},
	}}})
	kev, listed := c.KEV()
	same(t, "KEV", kev, nvd.KEV{Added: "2026-05-01", Due: "2026-05-22", Action: "Apply updates.", Name: "Maker Widget Buffer Overflow"})
	same(t, "listed", listed, true)
	same(t, "Affected", c.Affected(), []nvd.Affected{{
		Source: "psirt@maker.example", Data: []json.RawMessage{json.RawMessage(`{"vendor":"Maker","product":"Widget","novel":1.50}`)},
	}})
	same(t, "VendorComments", c.VendorComments(), []nvd.VendorComment{{Organization: "Maker", Comment: "Fixed.", LastModified: "2026-05-01T00:00:00"}})
	same(t, "Unknown", c.Unknown(), map[string]json.RawMessage{"futureMember": json.RawMessage(`{"a":[1,2.0e0]}`)})
	same(t, "Problems", c.Problems(), []error(nil))
	same(t, "Member", string(c.Member("evaluatorComment")), `"Seen."`)
	same(t, "no Member", c.Member("nosuch"), json.RawMessage(nil))
}

func TestCVEMetrics(t *testing.T) {
	c := parse[nvd.CVE](t, fullCVE)
	var short []string
	for _, s := range c.Metrics() {
		short = append(short, s.Version+" "+s.Severity+" "+s.Source)
		if !json.Valid(s.Raw) || !strings.Contains(fullCVE, string(s.Raw)) {
			t.Errorf("Raw of %s is %s", s.Version, s.Raw)
		}
	}
	same(t, "Metrics", short, []string{"4.0 CRITICAL psirt@maker.example", "3.1 CRITICAL nvd@nist.gov", "2.0 HIGH nvd@nist.gov"})
	best, ok := c.Best()
	best.Raw = nil
	same(t, "Best", best, nvd.Score{
		Version: "3.1", Source: "nvd@nist.gov", Type: "Primary", Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
		Base: 9.8, Severity: "CRITICAL", Exploitability: 3.9, Impact: 5.9,
	})
	same(t, "ok", ok, true)
	same(t, "SSVC", c.SSVC(), []nvd.SSVC{{
		Source: "134c704f-9b21-4f2e-91b3-4a467353bcc0", Data: json.RawMessage(`{"options":[{"exploitation":"active"}]}`),
	}})
}

func TestDictionaryViewsReadEveryMember(t *testing.T) {
	hue := map[string]json.RawMessage{"hue": json.RawMessage(`"green"`)}

	c := parse[nvd.CPE](t, fullCPE)
	same(t, "Name", c.Name(), "cpe:2.3:a:maker:widget:2.4:*:*:*:*:*:*:*")
	same(t, "ID", c.ID(), "00000000-0000-4000-8000-0000000000a1")
	same(t, "Deprecated", c.Deprecated(), true)
	same(t, "DeprecatedBy", c.DeprecatedBy(), []nvd.CPEName{{Name: "cpe:2.3:a:maker:widget:2.4.0:*:*:*:*:*:*:*", ID: "00000000-0000-4000-8000-0000000000a2"}})
	same(t, "Deprecates", c.Deprecates(), []nvd.CPEName{})
	same(t, "Created", c.Created(), at("2020-01-01T00:00:00Z"))
	same(t, "LastModified", c.LastModified(), at("2026-02-01T00:00:00Z"))
	same(t, "Title", c.Title(), "Maker Widget 2.4")
	same(t, "Titles", len(c.Titles()), 2)
	same(t, "References", c.References(), []nvd.CPEReference{{URL: "https://maker.example/widget", Type: "Product"}})
	same(t, "Unknown", c.Unknown(), hue)
	same(t, "Problems", c.Problems(), []error(nil))

	m := parse[nvd.MatchCriteria](t, fullCriteria)
	same(t, "ID", m.ID(), "00000000-0000-4000-8000-000000000001")
	same(t, "Criteria", m.Criteria(), "cpe:2.3:a:maker:widget:*:*:*:*:*:*:*:*")
	same(t, "Versions", m.Versions(), nvd.VersionRange{StartIncluding: "2.0", EndExcluding: "2.5"})
	same(t, "Status", m.Status(), "Active")
	same(t, "Created", m.Created(), at("2020-01-01T00:00:00Z"))
	same(t, "LastModified", m.LastModified(), at("2026-01-01T00:00:00Z"))
	same(t, "NamesModified", m.NamesModified(), at("2026-02-01T00:00:00Z"))
	same(t, "Names", m.Names(), []nvd.CPEName{{Name: "cpe:2.3:a:maker:widget:2.4:*:*:*:*:*:*:*", ID: "00000000-0000-4000-8000-0000000000A1"}})
	same(t, "Unknown", m.Unknown(), hue)
	same(t, "Problems", m.Problems(), []error(nil))

	s := parse[nvd.Source](t, fullSource)
	same(t, "Name", s.Name(), "Maker Inc.")
	same(t, "ContactEmail", s.ContactEmail(), "psirt@maker.example")
	same(t, "Identifiers", s.Identifiers(), []string{"psirt@maker.example", "00000000-0000-4000-8000-0000000000b1"})
	same(t, "Created", s.Created(), at("2020-01-01T00:00:00Z"))
	same(t, "LastModified", s.LastModified(), at("2026-01-01T00:00:00Z"))
	same(t, "AcceptanceLevels", s.AcceptanceLevels(), map[string]nvd.AcceptanceLevel{
		"v3":  {Description: "Provider", LastModified: "2025-12-31T00:00:00.000"},
		"cwe": {Description: "Reference", LastModified: "2025-12-31T00:00:00.000"},
	})
	same(t, "Unknown", s.Unknown(), hue)
	same(t, "Problems", s.Problems(), []error(nil))
}

func TestChangeKeepsValuesAsTheyCame(t *testing.T) {
	c := parse[nvd.Change](t, fullChange)
	same(t, "ID", c.ID(), "00000000-0000-4000-8000-0000000000c1")
	same(t, "CVE", c.CVE(), "CVE-2026-1001")
	same(t, "Event", c.Event(), "Initial Analysis")
	same(t, "SourceIdentifier", c.SourceIdentifier(), "nvd@nist.gov")
	same(t, "Created", c.Created(), at("2026-03-05T00:00:00Z"))
	same(t, "Details", c.Details(), []nvd.Detail{
		{Action: "Added", Type: "CVSS V3.1", New: json.RawMessage(`"NIST AV:N"`)},
		{Action: "Changed", Type: "Affected", Old: json.RawMessage(`[{"a":1}]`), New: json.RawMessage(`{"b":2.0}`)},
	})
	same(t, "Unknown", len(c.Unknown()), 1)
	same(t, "Problems", c.Problems(), []error(nil))
}

func TestOddMembersCostOnlyThemselves(t *testing.T) {
	c := parse[nvd.CVE](t, `{"id":"CVE-2026-1","published":"yesterday","descriptions":"text","metrics":{"cvssMetricV31":[{"cvssData":{"baseScore":"high"}}],"cvssMetricV2":[{"cvssData":{"baseScore":5}}]},"references":[{"url":"u"}],"id":"CVE-2026-1002"}`)
	same(t, "the last of two", c.ID(), "CVE-2026-1002")
	same(t, "Published", c.Published(), time.Time{})
	same(t, "Description", c.Description(), "")
	same(t, "References", c.References(), []nvd.Reference{{URL: "u"}})
	same(t, "readable scores", len(c.Metrics()), 1)
	var named []string
	for _, err := range c.Problems() {
		name, _, _ := strings.Cut(err.Error(), ":")
		named = append(named, name)
	}
	same(t, "Problems", named, []string{"published", "descriptions", "metrics"})
}

func TestViewsInJSON(t *testing.T) {
	type report struct {
		Note string  `json:"note"`
		CVE  nvd.CVE `json:"cve"`
	}
	in := `{"note":"n","cve":` + fullCVE + `}`
	r := parse[report](t, in)
	same(t, "Raw", string(r.CVE.Raw()), fullCVE)
	same(t, "String", r.CVE.String(), fullCVE)
	out, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	// encoding/json escapes & in whatever it encodes.
	same(t, "encoded", strings.ReplaceAll(string(out), `\u0026`, "&"), in)

	same(t, "null", parse[report](t, `{"cve":null}`).CVE.Raw(), json.RawMessage(nil))
	var none nvd.CVE
	for _, bad := range []string{`[]`, `"x"`, `1`, ``, `{`, `{"a"`, `{"a":`, `{"a":1`, `{} {}`, `{}x`} {
		if err := none.UnmarshalJSON([]byte(bad)); err == nil || none.Raw() != nil {
			t.Errorf("%s was taken for a record", bad)
		}
	}
}

func TestZeroViewsAreEmpty(t *testing.T) {
	var c nvd.CVE
	_, kev := c.KEV()
	_, best := c.Best()
	if c.ID() != "" || c.Description() != "" || kev || best || c.Metrics() != nil || c.Unknown() != nil || c.Problems() != nil {
		t.Error("the zero CVE says something")
	}
	out, err := json.Marshal(c)
	same(t, "encoded", string(out), "null")
	same(t, "error", err, nil)
}
