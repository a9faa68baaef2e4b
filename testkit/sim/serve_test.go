package sim

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/vuln"
)

const apiPath = "/services.nvd.nist.gov/rest/json/cves/2.0"

type answer struct {
	ResultsPerPage, StartIndex, TotalResults int
	Format, Version, Timestamp               string
	Vulnerabilities                          []struct{ CVE json.RawMessage }
}

// get sends a request without network and gives the answer.
func get(u *Upstream, path string, header ...string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	u.ServeHTTP(w, r)
	return w.Result()
}

func query(t testing.TB, u *Upstream, q string) answer {
	t.Helper()
	res := get(u, apiPath+q)
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, message %q", q, res.StatusCode, res.Header["message"])
	}
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	if a.ResultsPerPage != len(a.Vulnerabilities) {
		t.Errorf("%s: resultsPerPage %d, but %d records", q, a.ResultsPerPage, len(a.Vulnerabilities))
	}
	return a
}

func truth(u *Upstream) map[string]string {
	all := map[string]string{}
	for id, body := range u.Truth() {
		all[id] = string(body)
	}
	return all
}

func TestPagingGivesTheTruth(t *testing.T) {
	u := New(Options{Seed: testSeed, Records: 250, PageMax: 60})
	u.Advance(30*time.Hour, 90)
	want, paged := truth(u), map[string]string{}
	last := ""
	for start := 0; ; {
		a := query(t, u, fmt.Sprintf("?startIndex=%d", start))
		if a.StartIndex != start || a.TotalResults != len(want) {
			t.Fatalf("page at %d says start %d, total %d", start, a.StartIndex, a.TotalResults)
		}
		for _, v := range a.Vulnerabilities {
			e := identity(t, v.CVE)
			if place := e.Published + e.ID; place <= last {
				t.Fatalf("%s is out of order", e.ID)
			} else {
				last = place
			}
			paged[e.ID] = string(v.CVE)
		}
		if start += a.ResultsPerPage; a.ResultsPerPage == 0 {
			break
		}
	}
	if diff := cmp.Diff(want, paged); diff != "" {
		t.Error(diff)
	}
}

// The rows of the contract's table of request and response pairs.
func TestContractPairs(t *testing.T) {
	u := New(Options{Seed: testSeed, Records: 99})
	ids := func(n int) string { return strings.TrimSuffix(strings.Repeat("CVE-2021-44228,", n), ",") }
	const start = "?lastModStartDate=2025-01-01T00:00:00Z"
	total := len(truth(u))
	for _, c := range []struct {
		q       string
		total   int // -1 = any
		refusal string
	}{
		{"", total, ""},
		{"/", total, ""},
		{"?cveId=CVE-2021-44228", 1, ""},
		{"?cveId=CVE-2099-999999", 0, ""},
		{"?cveId=log4j", 0, "Invalid cveId parameter."},
		{"?resultsPerPage=2001", 0, "resultsPerPage parameter cannot exceed 2000."},
		{start, 0, "must both be given"},
		{start + "&lastModEndDate=2025-05-01T00:00:00Z", -1, ""},
		{start + "&lastModEndDate=2025-05-01T00:00:01Z", 0, "120"},
		{start + "&lastModEndDate=2024-05-01T00:00:01Z", 0, "Invalid lastModEndDate"},
		{"?lastModStartDate=2026-11-20T00:00:00.000&lastModEndDate=2027-03-20T00:00:00.000", -1, ""},
		{"?pubStartDate=yesterday&pubEndDate=2027-03-20T00:00:00.000", 0, "Invalid pubStartDate"},
		{"?isVulnerable", 0, "not simulated"},
		{"?keywordExactMatch", 0, "requires keywordSearch"},
		{"?versionEnd=1.0&virtualMatchString=cpe:2.3:a:x:y", 0, "not simulated"},
		{"?cvssV2Severity=HIGH&cvssV3Severity=HIGH", 0, "not simulated"},
		{"?startIndex=999999999", total, ""},
		{"?startIndex=-1", 0, "Invalid startIndex"},
		{"?cveIds=" + ids(100), 1, ""},
		{"?cveIds=" + ids(101), 0, "Invalid cveIds parameter."},
		{"?unheardOf=1", 0, `Invalid parameter "unheardOf".`},
		{"?StartIndex=1", 0, "Invalid parameter"},
		{"?keywordSearch=log4j%20lookups", 1, ""},
		{"?keywordSearch=%20", 0, "Invalid keywordSearch"},
		{"?keywordSearch=logging%20library&keywordExactMatch", 1, ""},
		{"?vulnStatuses=AwaitingAnalysis,Received", -1, ""},
		{"?vulnStatuses=Asleep", 0, "Invalid vulnStatuses"},
	} {
		res := get(u, apiPath+c.q)
		body, _ := io.ReadAll(res.Body)
		if c.refusal != "" {
			message := strings.Join(res.Header["message"], "")
			if res.StatusCode != http.StatusNotFound || len(body) != 0 || res.Header.Get("Content-Length") != "0" || !strings.Contains(message, c.refusal) {
				t.Errorf("%s: status %d, message %q, body %q", c.q, res.StatusCode, message, body)
			}
			continue
		}
		if a := query(t, u, c.q); c.total >= 0 && a.TotalResults != c.total {
			t.Errorf("%s: total %d, want %d", c.q, a.TotalResults, c.total)
		}
	}
}

func TestFlags(t *testing.T) {
	u := New(Options{Seed: testSeed, Records: 99})
	want := query(t, u, "?noRejected").TotalResults
	if all := len(truth(u)); want >= all || want < all*9/10 {
		t.Fatalf("%d of %d records are not rejected", want, all)
	}
	for _, q := range []string{"?noRejected=", "?noRejected=True", "?resultsPerPage=10&noRejected", "?noRejected&startIndex=0"} {
		if got := query(t, u, q).TotalResults; got != want {
			t.Errorf("%s: %d, want %d", q, got, want)
		}
	}
	if got := query(t, u, "?noRejected=false").TotalResults; got != 99 {
		t.Errorf("noRejected=false: %d", got)
	}
	for _, v := range query(t, u, "?hasKev").Vulnerabilities {
		if !strings.Contains(string(v.CVE), "cisaExploitAdd") {
			t.Errorf("not in the catalogue: %.60s", v.CVE)
		}
	}
}

func TestWindowsIncludeBothEnds(t *testing.T) {
	u := New(Options{Seed: testSeed, Records: 90})
	for _, b := range bodies(t, 90)[60:] {
		e := identity(t, b)
		for prefix, when := range map[string]string{"lastMod": e.LastModified, "pub": e.Published} {
			from := url.QueryEscape(when + "Z")
			a := query(t, u, "?"+prefix+"StartDate="+from+"&"+prefix+"EndDate="+from)
			if a.TotalResults == 0 {
				t.Fatalf("%s is not within %s %s", e.ID, prefix, when)
			}
		}
	}
	// A raw plus sign arrives as a blank.
	zone := "?lastModStartDate=2026-10-01T00:00:00.000%s01:00&lastModEndDate=2026-12-01T00:00:00.000%[1]s01:00"
	if a, b := query(t, u, fmt.Sprintf(zone, "+")), query(t, u, fmt.Sprintf(zone, "%2B")); a.TotalResults != b.TotalResults || a.TotalResults == 0 {
		t.Errorf("raw plus finds %d, escaped %d", a.TotalResults, b.TotalResults)
	}
}

func TestTransport(t *testing.T) {
	u := New(Options{Seed: testSeed, Records: 5, Key: "secret"})
	res := get(u, apiPath, "Accept-Encoding", "gzip")
	if res.Header.Get("Content-Encoding") != "gzip" || res.Header.Get("Vary") != "Accept-Encoding" || res.Header.Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", res.Header)
	}
	z, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var a answer
	if err := json.NewDecoder(z).Decode(&a); err != nil {
		t.Fatal(err)
	}
	if a.Timestamp != "2026-11-21T12:00:00.000" || a.Format != "NVD_CVE" || a.Version != "2.0" {
		t.Errorf("wrapper %+v", a)
	}
	if get(u, apiPath).Header.Get("Content-Encoding") != "" {
		t.Error("compressed without being asked")
	}
	if res := get(u, apiPath, "apiKey", "wrong"); res.StatusCode != http.StatusNotFound || res.Header["message"][0] != "Invalid apiKey." {
		t.Errorf("wrong key: %d %v", res.StatusCode, res.Header)
	}
	if res := get(u, apiPath, "apiKey", "secret"); res.StatusCode != http.StatusOK || res.Header["apikey"][0] != "Yes" {
		t.Errorf("right key: %d %v", res.StatusCode, res.Header)
	}
	for path, want := range map[string]int{
		"/rest/json/cves/2.0":                                200,
		"//services.nvd.nist.gov//rest/json/cves/2.0/":       200,
		"/nvd.nist.gov/rest/json/cves/2.0":                   404,
		"/feeds/json/cve/2.0/nvdcve-2.0-2002.meta":           200,
		"/nvd.nist.gov/feeds/json/cve/2.0/nvdcve-2.0-x.meta": 404,
		"/feeds/json/cve/1.1/nvdcve-1.1-2002.json.gz":        403,
		"/nothing": 404,
	} {
		if res := get(u, path); res.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, res.StatusCode, want)
		}
	}
}

// Clients compare the name of the header in lower case.
func TestMessageHeaderOnTheWire(t *testing.T) {
	server := httptest.NewServer(New(Options{}))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /rest/json/cves/2.0?cveId=x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	raw, err := io.ReadAll(bufio.NewReader(conn))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(raw), "\r\nmessage: Invalid cveId parameter.\r\n") {
		t.Errorf("%s", raw)
	}
}

func TestAdvanceMovesTimeAndRecords(t *testing.T) {
	u := New(Options{Seed: testSeed, Records: 300})
	before, start := truth(u), u.Now()
	u.Advance(5*time.Hour, 60)
	after := truth(u)
	if got := u.Now().Sub(start); got != 5*time.Hour {
		t.Errorf("the clock moved by %v", got)
	}
	changed, added, rejections := 0, 0, 0
	newest := map[string]bool{}
	for id, body := range after {
		old, ok := before[id]
		switch {
		case !ok:
			added++
		case old != body:
			changed++
			if identity(t, []byte(old)).LastModified >= identity(t, []byte(body)).LastModified {
				t.Errorf("%s changed but is not newer", id)
			}
			if strings.Contains(body, `"Rejected"`) && !strings.Contains(old, `"Rejected"`) {
				rejections++
			}
		default:
			continue
		}
		when := identity(t, []byte(body)).LastModified
		if newest[when] || when <= vuln.FormatTime(start) || when > vuln.FormatTime(u.Now()) {
			t.Errorf("%s has lastModified %s", id, when)
		}
		newest[when] = true
	}
	if added != 15 || changed < 30 || rejections == 0 {
		t.Errorf("%d added, %d changed, %d rejected", added, changed, rejections)
	}
	for id := range before {
		if _, ok := after[id]; !ok {
			t.Errorf("%s is gone", id)
		}
	}
	delta := query(t, u, "?lastModStartDate="+url.QueryEscape(vuln.FormatTime(start.Add(1)))+"&lastModEndDate=2027-01-01T00:00:00Z")
	atStart := 0
	for _, v := range delta.Vulnerabilities {
		if identity(t, v.CVE).LastModified <= vuln.FormatTime(start) {
			atStart++
		}
	}
	if delta.TotalResults-atStart != added+changed {
		t.Errorf("the delta has %d records, want %d", delta.TotalResults-atStart, added+changed)
	}
}

func TestSameOptionsSameTruth(t *testing.T) {
	play := func() map[string]string {
		u := New(Options{Seed: 9, Records: 200})
		u.Advance(time.Hour, 20)
		u.Advance(0, 7)
		return truth(u)
	}
	if diff := cmp.Diff(play(), play()); diff != "" {
		t.Error(diff)
	}
}

func TestRateWindow(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	u := New(Options{Seed: testSeed, Records: 3, Key: "k", Rate: Rate{Requests: 2, Window: 10 * time.Second}, Clock: func() time.Time { return now }})
	send := func(after time.Duration, header ...string) int {
		now = now.Add(after)
		res := get(u, apiPath+"?startIndex="+fmt.Sprint(now.Unix()), header...)
		if res.StatusCode == http.StatusTooManyRequests && res.Header.Get("Retry-After") != "0" {
			t.Errorf("429 with %v", res.Header)
		}
		return res.StatusCode
	}
	for _, c := range []struct {
		after   time.Duration
		allowed bool
	}{{0, true}, {4 * time.Second, true}, {4 * time.Second, false}, {time.Second, false}, {time.Second, true}, {3 * time.Second, false}} {
		if got := send(c.after) == 200; got != c.allowed {
			t.Errorf("request at %v: allowed %v", now, got)
		}
	}
	for range 12 {
		if got := send(time.Second, "apiKey", "k"); got != 200 {
			t.Errorf("with key: %d", got)
		}
	}
	usage := u.Report().Hosts["services.nvd.nist.gov"]
	if usage.Requests != 18 || usage.Violations != 3 || usage.WorstWindow < 10 {
		t.Errorf("%+v", usage)
	}
	now = now.Add(time.Hour)
	get(u, "/nvd.nist.gov/feeds/json/cve/2.0/nvdcve-2.0-2002.meta")
	report := u.Report()
	if report.Hosts["nvd.nist.gov"] != (Usage{Requests: 1, WorstWindow: 1}) || report.Requests["meta"] != 1 || report.Requests["api"] != 18 {
		t.Errorf("%+v", report)
	}
}

// Answers given while time passes are whole: every page says what it holds.
func TestConcurrentUse(t *testing.T) {
	u := New(Options{Seed: testSeed, Records: 90, Faults: 0.2, FaultKinds: []Fault{MovingTotals, OutOfOrder, OutOfStep, Status503}})
	var work sync.WaitGroup
	for i := range 4 {
		work.Go(func() {
			for k := range 6 {
				for _, path := range []string{apiPath + fmt.Sprintf("?resultsPerPage=%d", 10+i), feedPath + "2025.meta", feedPath + "modified.json.gz"} {
					if res := get(u, path); res.StatusCode != http.StatusOK && res.StatusCode != http.StatusServiceUnavailable {
						t.Errorf("%s: %d", path, res.StatusCode)
					}
				}
				if i == 0 {
					u.Advance(time.Hour, k)
				}
			}
		})
	}
	work.Wait()
	u.SetFaults(0)
	if got, want := query(t, u, "").TotalResults, len(truth(u)); got != want {
		t.Errorf("%d records, want %d", got, want)
	}
}
