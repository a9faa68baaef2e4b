package nvdapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/nvd"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// listed gives the ids of an answer's records, whatever their kind.
func listed(t *testing.T, format string, w *httptest.ResponseRecorder) []string {
	t.Helper()
	reader := nvd.NewReader(bytes.NewReader(w.Body.Bytes()))
	got := []string{}
	for {
		body, err := reader.Next()
		if err != nil {
			break
		}
		id, _, err := nvd.Identify(format, body)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, id)
	}
	if h := reader.Header(); h.Format != format || h.Version != "2.0" || h.ResultsPerPage != len(got) {
		t.Errorf("wrapper %+v around %d records: %s", h, len(got), w.Body)
	}
	return got
}

// What each parameter of each endpoint selects.
func TestEndpoints(t *testing.T) {
	h := New(family(t), Options{Now: clock, Sources: suppliers})
	const (
		server1 = "cpe:2.3:a:example:server:1.0:*:*:*:*:*:*:*"
		server2 = "cpe:2.3:a:example:server:1.5:*:*:*:*:*:*:*"
		tool    = "cpe:2.3:a:other:tool:7:*:*:*:*:*:*:*"
		change  = "C0000000-0000-4000-8000-00000000000"
		second  = "11111111-2222-4333-8444-555555555555"
		range1  = "lastModStartDate=2025-01-01T00:00:00Z&lastModEndDate=2025-01-31T00:00:00Z"
		range2  = "lastModStartDate=2025-03-01T00:00:00Z&lastModEndDate=2025-03-31T00:00:00Z"
	)
	for _, test := range []struct {
		path, format, query string
		want                []string
	}{
		{PathCPEs, nvd.FormatCPE, "", []string{server1, server2, tool}},
		{PathCPEs, nvd.FormatCPE, "cpeNameId=" + nameTwo, []string{server2}},
		{PathCPEs, nvd.FormatCPE, "cpeNameId=" + strings.ToLower(nameTwo), []string{server2}},
		{PathCPEs, nvd.FormatCPE, "cpeNameId=" + serverRange, []string{}},
		{PathCPEs, nvd.FormatCPE, "cpeMatchString=cpe:2.3:a:example", []string{server1, server2}},
		{PathCPEs, nvd.FormatCPE, "cpeMatchString=cpe:2.3:*:example:server:1.0", []string{server1}},
		{PathCPEs, nvd.FormatCPE, "cpeMatchString=cpe:2.3:a:*:*:7", []string{tool}},
		{PathCPEs, nvd.FormatCPE, "cpeMatchString=cpe:2.3:o", []string{}},
		{PathCPEs, nvd.FormatCPE, "keywordSearch=server", []string{server1, server2}},
		{PathCPEs, nvd.FormatCPE, "keywordSearch=1.5+Exam", []string{server2}},
		{PathCPEs, nvd.FormatCPE, "keywordSearch=werkzeug", []string{tool}},
		{PathCPEs, nvd.FormatCPE, "keywordSearch=changelog", []string{server1}},
		{PathCPEs, nvd.FormatCPE, "keywordSearch=Server+1.0&keywordExactMatch", []string{server1}},
		{PathCPEs, nvd.FormatCPE, "keywordSearch=1.0+Server&keywordExactMatch", []string{}},
		{PathCPEs, nvd.FormatCPE, range1, []string{server1, tool}},
		{PathCPEs, nvd.FormatCPE, "matchCriteriaId=" + serverRange, []string{server1, server2}},
		{PathCPEs, nvd.FormatCPE, "matchCriteriaId=" + serverRange + "&cpeNameId=" + nameTwo, []string{server2}},
		{PathCPEs, nvd.FormatCPE, "matchCriteriaId=" + serverRange + "&cpeNameId=" + nameThree, []string{}},
		{PathCPEs, nvd.FormatCPE, "matchCriteriaId=" + serverRange + "&" + range1, []string{server1}},
		{PathCPEs, nvd.FormatCPE, "matchCriteriaId=" + systemAny, []string{}},
		{PathCPEs, nvd.FormatCPE, "matchCriteriaId=" + serverExact, []string{}},
		{PathCPEs, nvd.FormatCPE, "matchCriteriaId=" + retiredRange, []string{}},
		{PathCPEs, nvd.FormatCPE, "resultsPerPage=10000&startIndex=2", []string{tool}},
		{PathCPEs, nvd.FormatCPE, "startIndex=3", []string{}},

		{PathCPEMatch, nvd.FormatCPEMatch, "", []string{serverRange, systemAny, unusedRange}},
		{PathCPEMatch, nvd.FormatCPEMatch, "cveId=CVE-2025-1001", []string{serverRange, systemAny}},
		{PathCPEMatch, nvd.FormatCPEMatch, "cveId=cve-2025-1002", []string{}},
		{PathCPEMatch, nvd.FormatCPEMatch, "cveId=CVE-2025-9999", []string{}},
		{PathCPEMatch, nvd.FormatCPEMatch, "cveId=CVE-2003-0001", []string{}},
		{PathCPEMatch, nvd.FormatCPEMatch, "matchCriteriaId=" + unusedRange, []string{unusedRange}},
		{PathCPEMatch, nvd.FormatCPEMatch, "matchCriteriaId=" + unusedRange + "&startIndex=1", []string{}},
		{PathCPEMatch, nvd.FormatCPEMatch, "matchCriteriaId=" + retiredRange, []string{}},
		{PathCPEMatch, nvd.FormatCPEMatch, "matchCriteriaId=" + serverExact, []string{}},
		{PathCPEMatch, nvd.FormatCPEMatch, "matchCriteriaId=" + systemAny + "&cveId=CVE-2025-1001", []string{systemAny}},
		{PathCPEMatch, nvd.FormatCPEMatch, "matchCriteriaId=" + unusedRange + "&cveId=CVE-2025-1001", []string{}},
		{PathCPEMatch, nvd.FormatCPEMatch, "matchStringSearch=cpe:2.3:a:example:server:9", []string{serverRange}},
		{PathCPEMatch, nvd.FormatCPEMatch, "matchStringSearch=cpe:2.3:*:example", []string{serverRange, systemAny}},
		{PathCPEMatch, nvd.FormatCPEMatch, "matchStringSearch=cpe:2.3:a:other:tool:4", []string{unusedRange}},
		{PathCPEMatch, nvd.FormatCPEMatch, "matchStringSearch=cpe:2.3:*:example&cveId=CVE-2025-1001&" + range1, []string{serverRange, systemAny}},
		{PathCPEMatch, nvd.FormatCPEMatch, range1, []string{serverRange, systemAny}},
		{PathCPEMatch, nvd.FormatCPEMatch, range2, []string{unusedRange}}, // by cpeLastModified
		{PathCPEMatch, nvd.FormatCPEMatch, "resultsPerPage=500", []string{serverRange, systemAny, unusedRange}},

		{PathSource, nvd.FormatSource, "", []string{"a@example.com", second}},
		{PathSource, nvd.FormatSource, "sourceIdentifier=a%40example.com", []string{"a@example.com"}},
		{PathSource, nvd.FormatSource, "sourceIdentifier=b@example.com", []string{"a@example.com"}},
		{PathSource, nvd.FormatSource, "sourceIdentifier=" + second, []string{second}},
		{PathSource, nvd.FormatSource, "sourceIdentifier=mail@example.org", []string{}}, // a contact
		{PathSource, nvd.FormatSource, "sourceIdentifier=Other", []string{}},            // a name
		{PathSource, nvd.FormatSource, range1, []string{"a@example.com"}},
		{PathSource, nvd.FormatSource, range2 + "&sourceIdentifier=b@example.com", []string{}},
		{PathSource, nvd.FormatSource, "resultsPerPage=1&startIndex=1", []string{second}},

		{PathCVEHistory, nvd.FormatCVEChange, "", []string{change + "1", change + "2", change + "3"}},
		{PathCVEHistory, nvd.FormatCVEChange, "cveId=cve-2025-1001", []string{change + "1", change + "2"}},
		{PathCVEHistory, nvd.FormatCVEChange, "cveId=CVE-2025-9999", []string{}},
		{PathCVEHistory, nvd.FormatCVEChange, "eventName=Initial+Analysis", []string{change + "2"}},
		{PathCVEHistory, nvd.FormatCVEChange, "eventName=initial%20analysis", []string{change + "2"}},
		{PathCVEHistory, nvd.FormatCVEChange, "eventName=CVE%20Received", []string{change + "1", change + "3"}},
		{PathCVEHistory, nvd.FormatCVEChange, "eventName=Reanalysis", []string{}},
		{PathCVEHistory, nvd.FormatCVEChange, "changeStartDate=2025-02-02T00:00:00&changeEndDate=2025-02-03T00:00:00", []string{change + "2", change + "3"}},
		{PathCVEHistory, nvd.FormatCVEChange, "changeStartDate=2025-02-02T00:00:00&changeEndDate=2025-06-02T00:00:00&cveId=CVE-2025-1002", []string{change + "3"}}, // 120 days
		{PathCVEHistory, nvd.FormatCVEChange, "resultsPerPage=5000&startIndex=1", []string{change + "2", change + "3"}},
	} {
		w := get(h, test.path+"?"+test.query)
		if w.Code != http.StatusOK {
			t.Errorf("%s?%s: status %d, message %q", test.path, test.query, w.Code, w.Header()["message"])
			continue
		}
		if diff := cmp.Diff(test.want, listed(t, test.format, w)); diff != "" {
			t.Errorf("%s?%s: (-want +got)\n%s", test.path, test.query, diff)
		}
		if w.Header()[derivedHeader] != nil {
			t.Errorf("%s?%s: said to be derived", test.path, test.query)
		}
	}
}

func TestEndpointsRefuse(t *testing.T) {
	h := New(family(t), Options{Now: clock})
	for target, want := range map[string]string{
		PathCPEs + "?resultsPerPage=10001":                                                    "resultsPerPage parameter cannot exceed 10000.",
		PathCPEs + "?includeDeprecated":                                                       `Unknown parameter "includeDeprecated".`,
		PathCPEs + "?cveId=CVE-2025-1001":                                                     `Unknown parameter "cveId".`,
		PathCPEs + "?cpeNameId=7":                                                             "Invalid cpeNameId parameter.",
		PathCPEs + "?matchCriteriaId=":                                                        "Invalid matchCriteriaId parameter.",
		PathCPEs + "?cpeMatchString=example":                                                  "Invalid cpeMatchString parameter.",
		PathCPEs + "?cpeMatchString=cpe:2.3:a:v:p:1:*:*:*:*:*:*:*:*":                          "Invalid cpeMatchString parameter.",
		PathCPEs + "?keywordExactMatch":                                                       "keywordExactMatch requires keywordSearch.",
		PathCPEs + "?lastModStartDate=2025-01-01T00:00:00":                                    "Both lastModStartDate and lastModEndDate are required.",
		PathCPEs + "?lastModStartDate=2025-01-01T00:00:00&lastModEndDate=2025-05-01T00:00:01": "The range of lastModStartDate and lastModEndDate cannot exceed 120 consecutive days.",

		PathCPEMatch + "?resultsPerPage=501":                 "resultsPerPage parameter cannot exceed 500.",
		PathCPEMatch + "?cveId=log4j":                        "Invalid cveId parameter.",
		PathCPEMatch + "?matchCriteriaId=1":                  "Invalid matchCriteriaId parameter.",
		PathCPEMatch + "?matchStringSearch=a":                "Invalid matchStringSearch parameter.",
		PathCPEMatch + "?lastModEndDate=2025-01-01T00:00:00": "Both lastModStartDate and lastModEndDate are required.",
		PathCPEMatch + "?noRejected":                         `Unknown parameter "noRejected".`,

		PathSource + "?resultsPerPage=1001":  "resultsPerPage parameter cannot exceed 1000.",
		PathSource + "?sourceIdentifier=":    "Invalid sourceIdentifier parameter.",
		PathSource + "?lastModEndDate=today": "Invalid lastModEndDate parameter.",
		PathSource + "?resultsPerPage=0":     "Invalid resultsPerPage parameter.",

		PathCVEHistory + "?resultsPerPage=5001":                                                       "resultsPerPage parameter cannot exceed 5000.",
		PathCVEHistory + "?cveId=":                                                                    "Invalid cveId parameter.",
		PathCVEHistory + "?eventName=":                                                                "Invalid eventName parameter.",
		PathCVEHistory + "?changeStartDate=2025-01-01T00:00:00":                                       "Both changeStartDate and changeEndDate are required.",
		PathCVEHistory + "?lastModStartDate=2025-01-01T00:00:00":                                      `Unknown parameter "lastModStartDate".`,
		PathCVEHistory + "?changeStartDate=2025-01-01T00:00:00&changeEndDate=2025-05-01T00:00:00.001": "The range of changeStartDate and changeEndDate cannot exceed 120 consecutive days.",
	} {
		checkRefused(t, target, get(h, target), want)
	}
}

// What all endpoints have in common.
func TestEndpointsShare(t *testing.T) {
	h := New(family(t), Options{Now: clock, Keys: []string{"key"}})
	for path, e := range endpoints() {
		plain := get(h, path)
		if plain.Code != http.StatusOK || plain.Header().Get("Content-Type") != "application/json" {
			t.Fatalf("%s: %d %v", path, plain.Code, plain.Header())
		}
		var keys map[string]json.RawMessage
		if err := json.Unmarshal(plain.Body.Bytes(), &keys); err != nil || len(keys) != 7 || keys[e.array] == nil {
			t.Errorf("%s: wrapper has %d members (%v)", path, len(keys), err)
		}
		for _, body := range families[e.format] {
			if !strings.Contains(body, retiredRange) && !bytes.Contains(plain.Body.Bytes(), []byte(e.open+body+e.close)) {
				t.Errorf("%s: not in the answer: %s", path, body)
			}
		}
		if slash := get(h, path+"/"); !cmp.Equal(dump(slash), dump(plain)) {
			t.Errorf("%s with a slash: %s", path, dump(slash))
		}
		if head := do(h, http.MethodHead, path); !cmp.Equal(head.Header(), plain.Header()) {
			t.Errorf("HEAD %s: %v", path, head.Header())
		}
		if options := do(h, http.MethodOptions, path); options.Code != http.StatusOK || options.Body.Len() != 0 {
			t.Errorf("OPTIONS %s: %d", path, options.Code)
		}
		if post := do(h, http.MethodPost, path); post.Code != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: %d", path, post.Code)
		}
		packed := get(h, path, "Accept-Encoding", "gzip")
		if got := packed.Header().Get("Content-Encoding"); (got == "gzip") != (plain.Body.Len() >= minGzip) {
			t.Errorf("%s: %d bytes, encoding %q", path, plain.Body.Len(), got)
		}
		if beyond := get(h, path+"?startIndex=999999"); !strings.Contains(beyond.Body.String(), `{"resultsPerPage":0,"startIndex":999999,"totalResults":`) ||
			!strings.HasSuffix(beyond.Body.String(), `"`+e.array+`":[]}`) {
			t.Errorf("%s past the end: %s", path, beyond.Body)
		}
		checkRefused(t, path, get(h, path, "apiKey", "wrong"), "Invalid apiKey.")
	}
}

func TestEndpointsGolden(t *testing.T) {
	h := New(family(t), Options{Now: clock})
	for name, target := range map[string]string{
		"cpes": PathCPEs, "cpematch": PathCPEMatch, "source": PathSource, "cvehistory": PathCVEHistory,
		"cpename": PathCVEs + "?cpeName=cpe:2.3:a:example:server:1.0", "statistics": PathStatistics + "?reporttype=countsbystatus",
	} {
		checkGolden(t, name, dump(get(h, target)))
	}
}

func checkGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (run with -update to write it)", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s: (-want +got)\n%s", name, diff)
	}
}

// The CPE parameters of the CVE API.
func TestPlatform(t *testing.T) {
	s := family(t)
	h := New(s, Options{Now: clock})
	const name, pattern = "cpeName=cpe:2.3:a:example:server:", "virtualMatchString=cpe:2.3:a:example:server"
	const first, second = "CVE-2025-1001", "CVE-2025-1002"
	for query, want := range map[string][]string{
		name + "1.0":                                      {first},
		name + "1.0:*:*:*:*:*:*:*":                        {first},
		name + "1.1":                                      {first}, // not in the dictionary
		name + "2.0":                                      {},
		name + "3.0":                                      {second},
		name + "1.0&isVulnerable":                         {first},
		name + "1.0&isVulnerable=false":                   {first},
		name + "1.0&noRejected&hasKev":                    {},
		name + "1.0&cveId=CVE-2025-1001":                  {first},
		name + "1.0&cveId=CVE-2025-1002":                  {},
		"cpeName=cpe:2.3:o:example:system:5":              {first},
		"cpeName=cpe:2.3:o:example:system:5&isVulnerable": {},
		"cpeName=cpe:2.3:a:nobody:nothing:1":              {},

		pattern:          {first, second},
		pattern + ":1.0": {first},
		pattern + ":3.0": {second},
		"virtualMatchString=cpe:2.3:*:*:*:*:*:*:de":                                                      {first, second},
		"virtualMatchString=cpe:2.3:o":                                                                   {first},
		"virtualMatchString=cpe:2.3:h":                                                                   {},
		pattern + "&versionStart=2.0&versionStartType=including":                                         {second},
		pattern + "&versionStart=3.0&versionStartType=excluding":                                         {},
		pattern + "&versionEnd=2.0&versionEndType=including":                                             {first},
		pattern + "&versionStart=1&versionStartType=including&versionEnd=3.0&versionEndType=including":   {first, second},
		pattern + ":*&versionStart=1&versionStartType=Including&versionEnd=3.0&versionEndType=excluding": {first},
		name + "3.0&" + pattern + ":1.0":                                                                 {second}, // cpeName alone counts
	} {
		w := get(h, PathCVEs+"?"+query)
		if w.Code != http.StatusOK {
			t.Errorf("%q: status %d, message %q", query, w.Code, w.Header()["message"])
			continue
		}
		if diff := cmp.Diff(want, decode(t, w).ids()); diff != "" {
			t.Errorf("%q: (-want +got)\n%s", query, diff)
		}
	}
	open := New(s, Options{Now: clock, Converted: true})
	if diff := cmp.Diff([]string{"CVE-2003-0001", first}, decode(t, get(open, PathCVEs+"?"+name+"1.0")).ids()); diff != "" {
		t.Errorf("with converted records: %s", diff)
	}
}

// Records made from older formats stay out unless they are let in.
func TestConverted(t *testing.T) {
	s := family(t)
	for converted, want := range map[bool]int{false: 0, true: 1} {
		h := New(s, Options{Now: clock, Converted: converted})
		for _, query := range []string{"cveId=CVE-2003-0001", "cveIds=CVE-2003-0001", "keywordSearch=older+format"} {
			if got := decode(t, get(h, PathCVEs+"?"+query)); got.TotalResults != want || len(got.ids()) != want {
				t.Errorf("converted %v, %q: %d records", converted, query, got.TotalResults)
			}
		}
	}
}

// Each kind waits for its own sources.
func TestGatePerKind(t *testing.T) {
	s := family(t)
	setSource(t, s, store.SourceState{Source: "nvd-cpematch"})
	setSource(t, s, store.SourceState{Source: "nvd-source"})
	h := New(s, Options{Now: clock, Sources: suppliers, Enabled: []string{"nvd-cve", "nvd-cpematch"}})
	for target, want := range map[string]int{
		PathCVEs: 200,
		PathCPEs: 200, // not enabled, but loaded
		PathCPEs + "?matchCriteriaId=" + serverRange: 503,
		PathCPEMatch:                          503,
		PathCPEMatch + "?cveId=CVE-2025-1001": 503,
	} {
		if w := get(h, target); w.Code != want {
			t.Errorf("%s: %d, want %d", target, w.Code, want)
		}
	}
	checkRefused(t, "source", get(h, PathSource), "This mirror does not keep these records. Enable the source nvd-source.")
	all := New(s, Options{Now: clock, Sources: suppliers})
	if w := get(all, PathSource); w.Code != http.StatusServiceUnavailable {
		t.Errorf("an enabled source before its first load: %d", w.Code)
	}
}

func TestStatistics(t *testing.T) {
	s := family(t)
	h := New(s, Options{Now: clock})
	var got struct {
		Counts []statusCount `json:"vulnsByStatusCounts"`
	}
	w := get(h, PathStatistics+"/?reporttype=countsbystatus")
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, c := range got.Counts {
		counts[c.Name] = c.Count
	}
	want := map[string]int{"Total": 6, "Received": 0, "Awaiting Analysis": 1, "Undergoing Analysis": 0, "Analyzed": 3, "Modified": 0, "Deferred": 1, "Rejected": 1}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Error(diff)
	}
	for _, query := range []string{"", "?reporttype=countsbyyear", "?reporttype="} {
		checkRefused(t, query, get(h, PathStatistics+query), "Only reporttype=countsbystatus is available.")
	}
	setSource(t, s, store.SourceState{Source: "nvd-cve"})
	loading := New(s, Options{Now: clock, Sources: map[vuln.Kind][]string{vuln.KindCVE: {"nvd-cve"}}})
	if w := get(loading, PathStatistics+"?reporttype=countsbystatus"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("while loading: %d", w.Code)
	}
}

// Whatever the query, each endpoint answers with a page or a refusal.
func FuzzEndpoints(f *testing.F) {
	paths := []string{PathCVEs, PathCPEs, PathCPEMatch, PathSource, PathCVEHistory, PathStatistics}
	for i, seed := range []string{
		"cpeName=cpe:2.3:a:example:server:1.0&isVulnerable", "cpeMatchString=cpe:2.3:a:%3f*:*", "matchStringSearch=cpe:2.3:*:ex\\*&cveId=CVE-2025-1001",
		"sourceIdentifier=%27--", "cveId=CVE-2025-1001&eventName=x", "reporttype=countsbystatus",
		"virtualMatchString=cpe:2.3:a:example:*:*&versionStart=%00&versionStartType=including",
		"virtualMatchString=cpe:2.3:a:*server?:*:-:??&versionEnd=9999999999999999999999&versionEndType=excluding",
		"matchCriteriaId=" + serverRange + "&keywordSearch=server", "cpeNameId=" + nameOne,
	} {
		f.Add(uint8(i), seed)
	}
	s := family(f)
	setSource(f, s, store.SourceState{Source: "nvd-cvehistory"})
	handlers := []http.Handler{
		New(s, Options{Now: clock}),
		New(s, Options{Now: clock, Sources: suppliers, Enabled: []string{"nvd-cve"}, Lenient: true, Converted: true}),
	}
	f.Fuzz(func(t *testing.T, path uint8, raw string) {
		r := httptest.NewRequest(http.MethodGet, paths[int(path)%len(paths)], nil)
		r.URL.RawQuery = raw
		for _, h := range handlers {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != http.StatusOK && w.Code != http.StatusNotFound {
				t.Errorf("%s?%s: %d %s", r.URL.Path, raw, w.Code, w.Body)
			}
		}
	})
}

// A criterion may list ten thousand names.
func TestCriterionOfManyNames(t *testing.T) {
	const count = 3000
	s := family(t)
	var names, matches []string
	for i := range count {
		name := fmt.Sprintf(`"cpeName":"cpe:2.3:a:big:thing:%d:*:*:*:*:*:*:*","cpeNameId":"%08X-0000-4000-8000-000000000000"`, i, i)
		names = append(names, `{"deprecated":false,`+name+`,"lastModified":"2025-01-02T00:00:00.000","created":"2025-01-01T00:00:00.000","titles":[]}`)
		matches = append(matches, `{`+name+`}`)
	}
	const id = "77777777-7777-4777-8777-777777777777"
	load(t, s, nvd.FormatCPE, nil, names...)
	load(t, s, nvd.FormatCPEMatch, nil, `{"matchCriteriaId":"`+id+`","criteria":"cpe:2.3:a:big:thing:*:*:*:*:*:*:*:*","lastModified":"2025-01-05T00:00:00.000",`+
		`"created":"2025-01-05T00:00:00.000","status":"Active","matches":[`+strings.Join(matches, ",")+`]}`)
	h := New(s, Options{Now: clock})
	if got := decode(t, get(h, PathCPEs+"?matchCriteriaId="+id)); got.TotalResults != count || got.ResultsPerPage != count {
		t.Errorf("%d names on a page of %d", got.TotalResults, got.ResultsPerPage)
	}
}
