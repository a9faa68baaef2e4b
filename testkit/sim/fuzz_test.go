package sim

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// Whatever is asked, the answer is a page or a refusal without a body.
func FuzzQuery(f *testing.F) {
	for _, q := range []string{
		"", "cveId=CVE-2021-44228", "noRejected&startIndex=3", "lastModStartDate=2026-01-01T00:00:00.000 01:00&lastModEndDate=2026-03-01T00:00:00Z",
		"keywordSearch=a%20b&keywordExactMatch", "resultsPerPage=-1", "a;b", "%zz", "cveIds=,", "pubStartDate=0000-01-01T00:00:00&pubEndDate=9999-12-31T23:59:59",
	} {
		f.Add(uint8(CVEs), q)
	}
	f.Add(uint8(CPEs), "cpeMatchString=cpe:2.3:a:*:b&keywordSearch=a&keywordExactMatch&matchCriteriaId=00000000-0000-0000-0000-000000000000")
	f.Add(uint8(MatchCriteria), "cveId=CVE-2021-44228&matchStringSearch=cpe:2.3:a")
	f.Add(uint8(Sources), "sourceIdentifier=nvd@nist.gov&startIndex=1")
	f.Add(uint8(Changes), "changeStartDate=2026-01-01T00:00:00&changeEndDate=2026-03-01T00:00:00&eventName=a")
	u := New(Options{Seed: testSeed, Records: 12})
	f.Fuzz(func(t *testing.T, kind uint8, q string) {
		r := httptest.NewRequest(http.MethodGet, apiPath, nil)
		r.URL = &url.URL{Path: restPath + Kind(int(kind)%len(Kinds())).String() + "/2.0", RawQuery: q}
		w := httptest.NewRecorder()
		u.ServeHTTP(w, r)
		res := w.Result()
		body, _ := io.ReadAll(res.Body)
		switch {
		case res.StatusCode == http.StatusOK && json.Valid(body):
		case res.StatusCode == http.StatusNotFound && len(body) == 0 && len(res.Header["message"]) == 1:
		default:
			t.Errorf("status %d, headers %v, body %.100s", res.StatusCode, res.Header, body)
		}
	})
}

// Laying out adds white space and nothing else.
func FuzzPretty(f *testing.F) {
	for b := range Generate(testSeed, 5) {
		f.Add(b)
	}
	f.Add([]byte(`[{"a\\":"\"","b":[[],{}]},1.0]`))
	f.Fuzz(func(t *testing.T, in []byte) {
		var compacted bytes.Buffer
		if json.Compact(&compacted, in) != nil {
			t.Skip()
		}
		pretty := appendPretty(nil, compacted.Bytes(), 0)
		var again bytes.Buffer
		if err := json.Compact(&again, pretty); err != nil || !bytes.Equal(again.Bytes(), compacted.Bytes()) {
			t.Errorf("%v\n%s\n%s", err, compacted.Bytes(), pretty)
		}
	})
}
