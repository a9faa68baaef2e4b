package nvdapi

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/nvd"
	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/vuln"
)

// versions of one record, oldest first, and the details of the change to each.
var versions = []struct{ body, event, details string }{
	{
		`{"id":"CVE-2025-7777","sourceIdentifier":"a@example.com","published":"2025-05-01T00:00:00.000","lastModified":"2025-05-01T00:00:00.000","vulnStatus":"Received","cveTags":[],"descriptions":[{"lang":"en","value":"<b>One<\/b>."}],"metrics":{},"references":[{"url":"https:\/\/example.com\/1"}]}`,
		"", "",
	},
	{
		`{"id":"CVE-2025-7777","sourceIdentifier":"a@example.com","published":"2025-05-01T00:00:00.000","lastModified":"2025-05-02T00:00:00.000","vulnStatus":"Awaiting Analysis","cveTags":[],"descriptions":[{"lang":"en","value":"<b>One<\/b>."}],"metrics":{},"references":[{"url":"https:\/\/example.com\/1"}]}`,
		"CVE Status Change",
		`[{"action":"Changed","type":"vulnStatus","oldValue":"Received","newValue":"Awaiting Analysis"}]`,
	},
	{
		`{"id":"CVE-2025-7777","sourceIdentifier":"b@example.com","published":"2025-05-01T00:00:00.000","lastModified":"2025-05-03T00:00:00.000","vulnStatus":"Analyzed","cveTags":[],"descriptions":[{"lang":"en","value":"Two."}],"metrics":{"cvssMetricV31":[{"source":"nvd@nist.gov"}]},"weaknesses":[{"source":"nvd@nist.gov"}],"references":[{"url":"https:\/\/example.com\/2"},{"url":"https:\/\/example.com\/3"}]}`,
		"CVE Modified",
		`[{"action":"Added","type":"CVSS V3.1","newValue":{"source":"nvd@nist.gov"}},{"action":"Changed","type":"Description","oldValue":{"lang":"en","value":"<b>One<\/b>."},"newValue":{"lang":"en","value":"Two."}},{"action":"Removed","type":"Reference","oldValue":{"url":"https:\/\/example.com\/1"}},{"action":"Added","type":"Reference","newValue":{"url":"https:\/\/example.com\/2"}},{"action":"Added","type":"Reference","newValue":{"url":"https:\/\/example.com\/3"}},{"action":"Changed","type":"sourceIdentifier","oldValue":"a@example.com","newValue":"b@example.com"},{"action":"Changed","type":"vulnStatus","oldValue":"Awaiting Analysis","newValue":"Analyzed"},{"action":"Added","type":"CWE","newValue":{"source":"nvd@nist.gov"}}]`,
	},
	{
		`{"id":"CVE-2025-7777","sourceIdentifier":"b@example.com","published":"2025-05-01T00:00:00.000","lastModified":"2025-05-04T00:00:00.000","vulnStatus":"Analyzed","cisaExploitAdd":"2025-05-04","cisaActionDue":"2025-06-04","cveTags":[],"descriptions":[{"lang":"en","value":"Two."}],"metrics":{"cvssMetricV31":[{"source":"nvd@nist.gov"}]},"weaknesses":[{"source":"nvd@nist.gov"}],"references":[{"url":"https:\/\/example.com\/3"},{"url":"https:\/\/example.com\/2"}]}`,
		"CVE CISA KEV Update",
		`[{"action":"Added","type":"cisaActionDue","newValue":"2025-06-04"},{"action":"Added","type":"cisaExploitAdd","newValue":"2025-05-04"}]`,
	},
	{
		`{"id":"CVE-2025-7777","sourceIdentifier":"b@example.com","published":"2025-05-01T00:00:00.000","lastModified":"2025-05-05T00:00:00.000","vulnStatus":"Rejected","cveTags":[],"descriptions":[{"lang":"en","value":"Two."}],"metrics":{},"references":[]}`,
		"CVE Rejected",
		`[{"action":"Removed","type":"cisaActionDue","oldValue":"2025-06-04"},{"action":"Removed","type":"cisaExploitAdd","oldValue":"2025-05-04"},{"action":"Removed","type":"CVSS V3.1","oldValue":{"source":"nvd@nist.gov"}},{"action":"Removed","type":"Reference","oldValue":{"url":"https:\/\/example.com\/3"}},{"action":"Removed","type":"Reference","oldValue":{"url":"https:\/\/example.com\/2"}},{"action":"Changed","type":"vulnStatus","oldValue":"Analyzed","newValue":"Rejected"},{"action":"Removed","type":"CWE","oldValue":{"source":"nvd@nist.gov"}}]`,
	},
	{
		`{"id":"CVE-2025-7777","sourceIdentifier":"b@example.com","published":"2025-05-01T00:00:00.000","lastModified":"2025-05-06T00:00:00.000","vulnStatus":"Received","cveTags":[],"descriptions":[{"lang":"en","value":"Two."}],"metrics":{},"references":[]}`,
		"CVE Unrejected",
		`[{"action":"Changed","type":"vulnStatus","oldValue":"Rejected","newValue":"Received"}]`,
	},
}

// seen makes a store that saw the versions.
func seen(t testing.TB) *sqlite.Store {
	t.Helper()
	s := mirror(t)
	for _, v := range versions {
		load(t, s, nvd.FormatCVE, nil, v.body)
	}
	return s
}

// older is a store whose first version of each record is a converted one.
type older struct{ Store }

func (o older) Versions(ctx context.Context, kind vuln.Kind, id string) ([]store.Version, error) {
	all, err := o.Store.Versions(ctx, kind, id)
	if err == nil {
		first := all[0]
		first.Record.Converted = true
		first.Record.Body = []byte(strings.Replace(string(first.Record.Body), "One", "Once upon a time", 1))
		all = append([]store.Version{first}, all...)
	}
	return all, err
}

func TestDerivedHistory(t *testing.T) {
	o := Options{Now: clock, Sources: suppliers, Enabled: []string{"nvd-cve"}}
	h := New(older{seen(t)}, o)
	w := get(h, PathCVEHistory+"?cveId=CVE-2025-7777")
	if diff := cmp.Diff([]string{"versions"}, w.Header()[derivedHeader]); diff != "" {
		t.Error(diff)
	}
	checkGolden(t, "derived", dump(w))
	rest := w.Body.String()
	for i, v := range versions[1:] {
		at := "2025-05-0" + string(rune('2'+i)) + "T00:00:00.000"
		want := `,"created":"` + at + `","details":` + v.details + `}}`
		_, after, found := strings.Cut(rest, want)
		if !found || !strings.Contains(rest, `{"change":{"cveId":"CVE-2025-7777","eventName":"`+v.event+`","cveChangeId":"`) {
			t.Fatalf("change %d: want %s %s in\n%s", i+1, v.event, want, rest)
		}
		rest = after
	}
	if rest != "]}" {
		t.Errorf("more than that: %s", rest)
	}
	again := get(New(seen(t), o), PathCVEHistory+"?cveId=CVE-2025-7777")
	if diff := cmp.Diff(w.Body.String(), again.Body.String()); diff != "" {
		t.Errorf("another mirror derives something else: %s", diff)
	}
	all := listed(t, nvd.FormatCVEChange, w)
	for _, id := range all {
		if u, err := vuln.ParseUUID(id); err != nil || u[6]>>4 != 5 || u[8]>>6 != 2 {
			t.Errorf("%s is no UUID of version 5", id)
		}
	}
	for query, want := range map[string][]string{
		"&eventName=CVE+Rejected":         all[3:4],
		"&eventName=New+CVE+Received":     {},
		"&resultsPerPage=2&startIndex=4":  all[4:],
		"&resultsPerPage=2":               all[:2],
		"&startIndex=5":                   {},
		"&startIndex=9223372036854775807": {},
		"&changeStartDate=2025-05-02T00:00:00.001&changeEndDate=2025-05-04T00:00:00": all[1:3],
	} {
		if diff := cmp.Diff(want, listed(t, nvd.FormatCVEChange, get(h, PathCVEHistory+"?cveId=CVE-2025-7777"+query))); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", query, diff)
		}
	}
	for _, other := range []string{"CVE-1999-0095", "CVE-2099-0001"} {
		if w := get(h, PathCVEHistory+"?cveId="+other); w.Code != http.StatusOK || len(listed(t, nvd.FormatCVEChange, w)) != 0 {
			t.Errorf("%s: %d %s", other, w.Code, w.Body)
		}
	}
}

func TestDerivedHistoryHasLimits(t *testing.T) {
	s := seen(t)
	h := New(s, Options{Now: clock, Sources: suppliers, Enabled: []string{"nvd-cve"}})
	const reason = "This mirror does not keep NVD's change history and can only derive that of one CVE: give cveId, or enable the source nvd-cvehistory."
	for _, query := range []string{"", "?changeStartDate=2025-05-02T00:00:00&changeEndDate=2025-05-04T00:00:00", "?eventName=CVE+Rejected"} {
		checkRefused(t, query, get(h, PathCVEHistory+query), reason)
	}
	waits := New(s, Options{Now: clock, Sources: suppliers})
	if w := get(waits, PathCVEHistory+"?cveId=CVE-2025-7777"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("while upstream's history is loaded: %d", w.Code)
	}
	setSource(t, s, store.SourceState{Source: "nvd-cvehistory", Completed: noon})
	if w := get(h, PathCVEHistory+"?cveId=CVE-2025-7777"); w.Code != http.StatusOK || w.Header()[derivedHeader] != nil || len(listed(t, nvd.FormatCVEChange, w)) != 0 {
		t.Errorf("with upstream's history: %d %v %s", w.Code, w.Header(), w.Body)
	}
	setSource(t, s, store.SourceState{Source: "nvd-cvehistory"})
	setSource(t, s, store.SourceState{Source: "nvd-cve"})
	empty := New(s, Options{Now: clock, Sources: suppliers, Enabled: []string{"nvd-cve"}})
	if w := get(empty, PathCVEHistory+"?cveId=CVE-2025-7777"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("while records are loaded: %d", w.Code)
	}
}

// Bodies that are odd compare without failing.
func FuzzDetails(f *testing.F) {
	for i := 1; i < len(versions); i++ {
		f.Add([]byte(versions[i-1].body), []byte(versions[i].body))
	}
	f.Add([]byte(`{"metrics":null,"references":7,"a":[1,1]}`), []byte(`{"metrics":[],"references":null,"a":[1]}`))
	f.Fuzz(func(t *testing.T, before, after []byte) {
		there, err := details(before, after)
		if err != nil {
			return
		}
		back, err := details(after, before)
		if err != nil || len(back) != len(there) {
			t.Errorf("%d details one way, %d the other (%v)", len(there), len(back), err)
		}
		if same, err := details(before, before); err != nil || len(same) != 0 {
			t.Errorf("a record differs from itself: %+v (%v)", same, err)
		}
	})
}
