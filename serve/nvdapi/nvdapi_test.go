package nvdapi

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2026, 11, 21, 12, 0, 0, 7e6, time.UTC)

func clock() time.Time { return noon }

// api serves the test records and extra.
func api(t testing.TB, o Options, extra ...vuln.Record) http.Handler {
	t.Helper()
	o.Now = clock
	return New(mirror(t, extra...), o)
}

func get(h http.Handler, target string, header ...string) *httptest.ResponseRecorder {
	return do(h, http.MethodGet, target, header...)
}

func do(h http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// wrapper is the answer's document.
type wrapper struct {
	ResultsPerPage  int
	StartIndex      int
	TotalResults    int
	Vulnerabilities []struct{ CVE struct{ ID string } }
}

func (w wrapper) ids() []string {
	ids := []string{}
	for _, v := range w.Vulnerabilities {
		ids = append(ids, v.CVE.ID)
	}
	return ids
}

func decode(t *testing.T, w *httptest.ResponseRecorder) wrapper {
	t.Helper()
	var doc wrapper
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatalf("status %d, body %q: %v", w.Code, w.Body, err)
	}
	return doc
}

// The request and response pairs of the contract, section H.
func TestContractPairs(t *testing.T) {
	h := api(t, Options{})
	const lastMod = "lastModStartDate=2025-01-01T00:00:00Z&lastModEndDate="
	all := []string{"CVE-1999-0095", "CVE-2021-44228", "CVE-2024-0001", "CVE-2024-0002"}
	for query, want := range map[string][]string{
		"":                                   all,
		"cveId=CVE-2021-44228":               {"CVE-2021-44228"},
		"cveId=CVE-2099-999999":              {},
		"cveIds=" + ids(100):                 {"CVE-2024-0001", "CVE-2024-0002"},
		"resultsPerPage=2000":                all,
		"noRejected":                         all[:3],
		"noRejected=":                        all[:3],
		"resultsPerPage=5&noRejected":        all[:3],
		"noRejected&startIndex=0":            all[:3],
		lastMod + "2025-01-31T23:59:59.999Z": all[1:],
		lastMod + "2025-05-01T00:00:00Z":     all,
		"lastModStartDate=2025-01-01T00:00:00.000+01:00&lastModEndDate=2025-01-02T00:00:00.000Z":         {"CVE-2024-0001"},
		"lastModStartDate=2025-01-01T00:00:00.000%2B01:00&lastModEndDate=2025-01-02T00:00:00.000Z":       {"CVE-2024-0001"},
		"lastModStartDate=2025-01-01T00%3A00%3A00.000-00:00&lastModEndDate=2025-01-02T00%3A00%3A00.000Z": {"CVE-2024-0001"},
	} {
		w := get(h, PathCVEs+"?"+query)
		if w.Code != http.StatusOK {
			t.Errorf("%q: status %d, message %q", query, w.Code, w.Header()["message"])
			continue
		}
		doc := decode(t, w)
		if diff := cmp.Diff(want, doc.ids()); diff != "" {
			t.Errorf("%q: (-want +got)\n%s", query, diff)
		}
		if doc.ResultsPerPage != len(want) || doc.TotalResults != len(want) {
			t.Errorf("%q: resultsPerPage %d, totalResults %d", query, doc.ResultsPerPage, doc.TotalResults)
		}
	}
	for query, want := range map[string]string{
		"cveId=log4j":                                     "Invalid cveId parameter.",
		"resultsPerPage=2001":                             "resultsPerPage parameter cannot exceed 2000.",
		"lastModStartDate=2025-01-01T00:00:00Z":           "Both lastModStartDate and lastModEndDate are required.",
		lastMod + "2025-05-01T00:00:01Z":                  "The range of lastModStartDate and lastModEndDate cannot exceed 120 consecutive days.",
		"cveIds=" + ids(101):                              "cveIds parameter cannot exceed 100 CVE IDs.",
		"isVulnerable":                                    "isVulnerable requires cpeName.",
		"keywordExactMatch":                               "keywordExactMatch requires keywordSearch.",
		"versionEnd=1.0&virtualMatchString=cpe:2.3:a:b:c": "Both versionEnd and versionEndType are required.",
		"cvssV2Severity=HIGH&cvssV3Severity=HIGH":         "Only one CVSS version can be asked for: cvssV2 and cvssV3 cannot be combined.",
	} {
		checkRefused(t, query, get(h, PathCVEs+"?"+query), want)
	}
}

func checkRefused(t *testing.T, what string, w *httptest.ResponseRecorder, message string) {
	t.Helper()
	if w.Code != http.StatusNotFound || w.Body.Len() != 0 || w.Header().Get("Content-Length") != "0" {
		t.Errorf("%q: status %d, length %q, body %q", what, w.Code, w.Header().Get("Content-Length"), w.Body)
	}
	if diff := cmp.Diff([]string{message}, w.Header()["message"]); diff != "" {
		t.Errorf("%q: message (-want +got)\n%s", what, diff)
	}
}

// Every filter reaches the records; what each means in detail is the store's.
func TestFilters(t *testing.T) {
	h := api(t, Options{})
	const mail, log, rejected, circle = "CVE-1999-0095", "CVE-2021-44228", "CVE-2024-0002", "CVE-2024-0001"
	for query, want := range map[string][]string{
		"vulnStatuses=AwaitingAnalysis,Rejected":    {circle, rejected},
		"vulnStatus=Analyzed":                       {log},
		"vulnStatuses=Rejected&noRejected":          {},
		"cveTag=disputed":                           {circle},
		"cweId=CWE-502":                             {log},
		"cweId=NVD-CWE-Other":                       {mail},
		"cvssV2Severity=HIGH":                       {mail},
		"cvssV2Metrics=AV:N/AC:L":                   {mail},
		"cvssV3Severity=CRITICAL&cvssV3Metrics=S:C": {log},
		"cvssV3Metrics=CVSS:3.0/S:C":                {},
		"cvssV3Metrics=S:U":                         {},
		"cvssV4Severity=HIGH":                       {},
		"hasKev":                                    {log},
		"kevStartDate=2025-01-20T00:00:00Z&kevEndDate=2025-01-20T00:00:00Z":   {log},
		"kevStartDate=2025-01-20T00:00:01Z&kevEndDate=2025-02-20T00:00:00Z":   {},
		"pubStartDate=2021-12-10T10:15:09.143&pubEndDate=2021-12-11T00:00:00": {log},
		"pubStartDate=2021-12-10T10:15:09.144&pubEndDate=2021-12-11T00:00:00": {},
		"sourceIdentifier=security@apache.org":                                {log},
		"keywordSearch=circle":                                                {circle},
		"keywordSearch=ircle":                                                 {},
		"keywordSearch=CIRCLES%20buffer":                                      {circle},
		"keywordSearch=buffer+overflows&keywordExactMatch":                    {circle},
		"keywordSearch=overflows+buffer&keywordExactMatch":                    {},
		"cveId=CVE-2021-44228&hasKev":                                         {log},
		"cveId=CVE-1999-0095&hasKev":                                          {},
		"hasCertAlerts":                                                       {},
		"hasCertNotes":                                                        {},
		"hasOval":                                                             {},
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
}

func TestPaging(t *testing.T) {
	h := api(t, Options{})
	for _, test := range []struct {
		query           string
		rpp, start, all int
	}{
		{"resultsPerPage=3", 3, 0, 4},
		{"resultsPerPage=3&startIndex=3", 1, 3, 4},
		{"startIndex=4", 0, 4, 4},
		{"startIndex=999999999", 0, 999999999, 4},
		{"cveId=CVE-2021-44228&startIndex=1", 0, 1, 1},
		{"noRejected&startIndex=2&resultsPerPage=1", 1, 2, 3},
	} {
		doc := decode(t, get(h, PathCVEs+"?"+test.query))
		if doc.ResultsPerPage != test.rpp || doc.StartIndex != test.start || doc.TotalResults != test.all ||
			len(doc.Vulnerabilities) != test.rpp || doc.Vulnerabilities == nil {
			t.Errorf("%q: got %+v", test.query, doc)
		}
	}
}

func TestGolden(t *testing.T) {
	h := api(t, Options{})
	for name, query := range map[string]string{
		"all":    "",
		"one":    "cveId=CVE-2021-44228",
		"none":   "cveId=CVE-2099-999999",
		"second": "resultsPerPage=1&startIndex=1",
		"beyond": "startIndex=999999999",
		"refuse": "resultsPerPage=2001",
	} {
		got := dump(get(h, PathCVEs+"?"+query))
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
}

// dump is an answer as text, its header sorted.
func dump(w *httptest.ResponseRecorder) []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, w.Code)
	for _, name := range slices.Sorted(maps.Keys(w.Header())) {
		fmt.Fprintf(&b, "%s: %s\n", name, strings.Join(w.Header()[name], " | "))
	}
	fmt.Fprintf(&b, "\n%s\n", w.Body)
	return b.Bytes()
}

// Clients compare header names byte by byte, so what counts is the wire.
func TestRefusalOnTheWire(t *testing.T) {
	server := httptest.NewServer(api(t, Options{}))
	defer server.Close()
	for target, message := range map[string]string{
		PathCVEs + "/?cveId=log4j":              "Invalid cveId parameter.",
		PathCVEHistory + "?resultsPerPage=5001": "resultsPerPage parameter cannot exceed 5000.",
		PathCPEs + "?includeDeprecated":         `Unknown parameter "includeDeprecated".`,
		PathCPEMatch + "?resultsPerPage=501":    "resultsPerPage parameter cannot exceed 500.",
		PathSource + "?sourceIdentifier=":       "Invalid sourceIdentifier parameter.",
		PathStatistics:                          "Only reporttype=countsbystatus is available.",
	} {
		text := ask(t, server.Listener.Addr().String(), target)
		if !strings.HasPrefix(text, "HTTP/1.1 404 ") || !strings.HasSuffix(text, "\r\n\r\n") {
			t.Errorf("%s: not a bare 404:\n%s", target, text)
		}
		for _, line := range []string{
			"message: " + message, "access-control-allow-origin: *", "apikey: No", "x-frame-options: SAMEORIGIN",
		} {
			if !strings.Contains(text, "\r\n"+line+"\r\n") {
				t.Errorf("%s: no line %q in\n%s", target, line, text)
			}
		}
		if !strings.Contains(strings.ToLower(text), "\r\ncontent-length: 0\r\n") {
			t.Errorf("%s: no content-length: 0 in\n%s", target, text)
		}
	}
}

// ask gives the bytes of an answer.
func ask(t *testing.T, address, target string) string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", target)
	raw, err := io.ReadAll(bufio.NewReader(c))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestCompressionOnRequestOnly(t *testing.T) {
	h := api(t, Options{}, many(t, 50)...)
	plain := get(h, PathCVEs)
	for accept, packed := range map[string]bool{
		"": false, "identity": false, "gzip;q=0": false, "gzip; q=0.0, br": false, "deflate, br": false,
		"gzip": true, "br, GZIP;q=0.5": true, "deflate,gzip": true,
	} {
		w := get(h, PathCVEs, "Accept-Encoding", accept)
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != packed {
			t.Errorf("%q: compressed: %v", accept, got)
			continue
		}
		if w.Header().Get("Vary") != "Accept-Encoding" || w.Header().Get("Content-Length") != fmt.Sprint(w.Body.Len()) {
			t.Errorf("%q: header %v for %d bytes", accept, w.Header(), w.Body.Len())
		}
		body := io.Reader(w.Body)
		if packed {
			var err error
			if body, err = gzip.NewReader(w.Body); err != nil {
				t.Fatal(err)
			}
		}
		got, err := io.ReadAll(body)
		if err != nil || !bytes.Equal(got, plain.Body.Bytes()) {
			t.Errorf("%q: content differs (%v)", accept, err)
		}
	}
}

func TestBodiesLeaveAsTheyCame(t *testing.T) {
	w := get(api(t, Options{}), PathCVEs)
	for _, body := range bodies {
		if !bytes.Contains(w.Body.Bytes(), []byte(`{"cve":`+body+`}`)) {
			t.Errorf("not in the answer: %s", body)
		}
	}
}

func TestMethodsAndPaths(t *testing.T) {
	h := api(t, Options{})
	if head, get := do(h, http.MethodHead, PathCVEs), get(h, PathCVEs); head.Code != http.StatusOK ||
		!cmp.Equal(head.Header(), get.Header()) {
		t.Errorf("HEAD differs from GET: %s", cmp.Diff(get.Header(), head.Header()))
	}
	options := do(h, http.MethodOptions, PathCVEs)
	if options.Code != http.StatusOK || options.Body.Len() != 0 || options.Header()["access-control-allow-methods"] == nil {
		t.Errorf("OPTIONS: %d %v", options.Code, options.Header())
	}
	post := do(h, http.MethodPost, PathCVEs)
	if post.Code != http.StatusMethodNotAllowed || post.Header().Get("Allow") == "" {
		t.Errorf("POST: %d %v", post.Code, post.Header())
	}
	if a, b := get(h, PathCVEs+"/?cveId=CVE-2021-44228"), get(h, PathCVEs+"?cveId=CVE-2021-44228"); !bytes.Equal(dump(a), dump(b)) {
		t.Errorf("with a slash: %s", dump(a))
	}
	checkRefused(t, "cpes 1.0", get(h, "/rest/json/cpes/1.0"), "There is no such API.")
}

func TestKeys(t *testing.T) {
	for _, test := range []struct {
		keys []string
		sent string
		code int
		echo string
	}{
		{nil, "", 200, "No"},
		{nil, "anything", 200, "Yes"},
		{[]string{"k1", "k2"}, "", 200, "No"},
		{[]string{"k1", "k2"}, "k2", 200, "Yes"},
		{[]string{"k1", "k2"}, "k3", 404, "Yes"},
	} {
		w := get(api(t, Options{Keys: test.keys}), PathCVEs, "apiKey", test.sent)
		if w.Code != test.code || !slices.Equal(w.Header()["apikey"], []string{test.echo}) {
			t.Errorf("keys %v, sent %q: %d, apikey %v", test.keys, test.sent, w.Code, w.Header()["apikey"])
		}
		if test.code == 404 {
			checkRefused(t, test.sent, w, "Invalid apiKey.")
		}
	}
}

func TestUnavailableUntilLoaded(t *testing.T) {
	s := mirror(t)
	setSource(t, s, store.SourceState{Source: "nvd-cve"})
	setSource(t, s, store.SourceState{Source: "other", Completed: noon})
	now := noon
	h := New(s, Options{Sources: map[vuln.Kind][]string{vuln.KindCVE: {"nvd-cve"}}, Now: func() time.Time { return now }})
	for _, query := range []string{"", "?cveId=CVE-1999-0095", "?cveId=CVE-2099-0001"} {
		w := get(h, PathCVEs+query)
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "30" ||
			w.Header()["access-control-allow-origin"] == nil || w.Body.Len() == 0 {
			t.Errorf("%q: %d %v %q", query, w.Code, w.Header(), w.Body)
		}
	}
	checkRefused(t, "while loading", get(h, PathCVEs+"?cveId=x"), "Invalid cveId parameter.")
	setSource(t, s, store.SourceState{Source: "nvd-cve", Completed: noon})
	if w := get(h, PathCVEs); w.Code != http.StatusOK {
		t.Errorf("once loaded: %d", w.Code)
	}
	setSource(t, s, store.SourceState{Source: "nvd-cve"}) // an unfinished store took its place
	now = now.Add(trust)
	if w := get(h, PathCVEs); w.Code != http.StatusServiceUnavailable {
		t.Errorf("after the store was lost: %d", w.Code)
	}
}

// failing is a store that fails once err is set.
type failing struct {
	Store
	err error
}

func (f *failing) Get(ctx context.Context, kind vuln.Kind, id string) (vuln.Record, error) {
	if f.err != nil {
		return vuln.Record{}, f.err
	}
	return f.Store.Get(ctx, kind, id)
}

func (f *failing) Snapshot(ctx context.Context) (store.Snapshot, error) {
	if f.err != nil {
		return nil, f.err
	}
	return f.Store.Snapshot(ctx)
}

func TestStoreFailure(t *testing.T) {
	s := &failing{Store: mirror(t)}
	h := New(s, Options{Now: clock, Logger: slog.New(slog.DiscardHandler)})
	if w := get(h, PathCVEs); w.Code != http.StatusOK {
		t.Fatalf("before: %d", w.Code)
	}
	for _, s.err = range []error{errors.New("disk on fire"), context.DeadlineExceeded} {
		for _, query := range []string{"", "?cveId=CVE-1999-0095"} {
			w := get(h, PathCVEs+query)
			if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "5" || strings.Contains(w.Body.String(), "fire") {
				t.Errorf("%v, %q: %d %v %q", s.err, query, w.Code, w.Header(), w.Body)
			}
		}
	}
}

// Whatever the query, the answer is a page or a refusal: no text reaches the
// store that it cannot take.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{
		"keywordSearch=%22a*%22+OR+NEAR(b", "keywordSearch=-a&keywordExactMatch", "keywordSearch=AND", "keywordSearch=%C3%9F+%E6%BC%A2",
		"sourceIdentifier=%27--", "cweId=CWE-00079", "vulnStatuses=Nobody,Knows", "cvssV4Metrics=AV:N/U:Red",
		"pubStartDate=9999-01-01T00:00:00&pubEndDate=9999-01-02T00:00:00", "startIndex=9223372036854775807",
	} {
		f.Add(seed)
	}
	h := api(f, Options{})
	f.Fuzz(func(t *testing.T, raw string) {
		r := httptest.NewRequest(http.MethodGet, PathCVEs, nil)
		r.URL.RawQuery = raw
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK && w.Code != http.StatusNotFound {
			t.Errorf("%q: %d %s", raw, w.Code, w.Body)
		}
	})
}
