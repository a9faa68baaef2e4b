package serve

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"vulnmirror/serve/nvdapi"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const known = "CVE-2021-44228"

func feeds(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/feeds/panic" {
		panic("a feed went wrong")
	}
	if r.URL.Path == "/feeds/panic/late" {
		_, _ = io.WriteString(w, strings.Repeat("x", 64<<10))
		panic("a feed went wrong in the middle")
	}
	_, _ = io.WriteString(w, "feed "+r.URL.Path)
}

func options(s Store) Options {
	return Options{
		Store: s, Feeds: http.HandlerFunc(feeds), Sources: []string{"nvd-cve"},
		Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return noon }, Version: "1.2.3",
	}
}

func do(h http.Handler, method, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, target, nil))
	return w
}

func get(h http.Handler, target string) *httptest.ResponseRecorder {
	return do(h, http.MethodGet, target)
}

func TestPathsThatMeanTheSame(t *testing.T) {
	h := New(options(mirror(t, known)))
	const one = "?cveId=CVE-2021-44228"
	want := get(h, nvdapi.PathCVEs+one)
	if want.Code != http.StatusOK || !strings.Contains(want.Body.String(), `{"cve":{"id":"CVE-2021-44228",`) {
		t.Fatalf("%d %s", want.Code, want.Body)
	}
	for _, path := range []string{
		nvdapi.PathCVEs + "/", "//rest/json//cves/2.0", "/rest/json/cves/2.0//",
		"/services.nvd.nist.gov" + nvdapi.PathCVEs, "//services.nvd.nist.gov//rest/json/cves/2.0/",
	} {
		r := httptest.NewRequest(http.MethodGet, "http://localhost"+path+one, nil)
		got := httptest.NewRecorder()
		h.ServeHTTP(got, r)
		if got.Code != want.Code || !bytes.Equal(got.Body.Bytes(), want.Body.Bytes()) {
			t.Errorf("%s: %d %s", path, got.Code, got.Body)
		}
	}
	for _, path := range []string{"/feeds/json/cve/2.0/x.meta", "/nvd.nist.gov/feeds//json/cve/2.0/x.meta"} {
		if got := get(h, path); got.Body.String() != "feed /feeds/json/cve/2.0/x.meta" {
			t.Errorf("%s: %d %s", path, got.Code, got.Body)
		}
	}
	for _, path := range []string{"/services.nvd.nist.gov.evil/rest", "/elsewhere", "/rest", "/feeds.json"} {
		if got := get(h, path); got.Code != http.StatusNotFound {
			t.Errorf("%s: %d %s", path, got.Code, got.Body)
		}
	}
}

func TestReadOnly(t *testing.T) {
	h := New(options(mirror(t, known)))
	for _, path := range []string{"/", nvdapi.PathCVEs, "/feeds/x", "/healthz", "/readyz", "/metrics", "/elsewhere"} {
		for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"} {
			if got := do(h, method, path); got.Code != http.StatusMethodNotAllowed || !strings.HasPrefix(got.Header().Get("Allow"), "GET, HEAD") {
				t.Errorf("%s %s: %d, Allow %q", method, path, got.Code, got.Header().Get("Allow"))
			}
		}
	}
}

func TestIndexShowsTheNotice(t *testing.T) {
	got := get(New(options(mirror(t, known))), "/")
	if got.Code != http.StatusOK || !strings.Contains(got.Body.String(), notice) || !strings.Contains(got.Body.String(), nvdapi.PathCVEs) {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

func TestReadiness(t *testing.T) {
	s := mirror(t, known)
	hours := func(n int) time.Time { return noon.Add(time.Duration(-n) * time.Hour) }
	for name, test := range map[string]struct {
		state store.SourceState
		want  string
		code  int
	}{
		"never run":      {store.SourceState{}, never, 503},
		"loading":        {store.SourceState{Synced: hours(1)}, never, 503},
		"fresh":          {store.SourceState{Completed: hours(99), Synced: hours(26)}, fresh, 200},
		"stale":          {store.SourceState{Completed: hours(99), Synced: hours(27)}, stale, 503},
		"broken":         {store.SourceState{Completed: hours(99), Synced: hours(2), Failed: hours(1), Reason: "no network"}, broken, 503},
		"broken at once": {store.SourceState{Failed: hours(1)}, broken, 503},
	} {
		setSource(t, s, test.state)
		w := get(New(options(s)), "/readyz")
		var got struct {
			Ready   bool
			Sources []struct {
				Source, State, Reason string
				Age                   int64 `json:"age_seconds"`
			}
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatalf("%s: %v in %s", name, err, w.Body)
		}
		if w.Code != test.code || got.Ready != (test.code == 200) || len(got.Sources) != 1 ||
			got.Sources[0].State != test.want || got.Sources[0].Reason != test.state.Reason {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		if name == "stale" && got.Sources[0].Age != 27*3600 {
			t.Errorf("age %d", got.Sources[0].Age)
		}
	}
	m := ruin{errors.New("disk on fire")}
	if w := get(New(options(m)), "/readyz"); w.Code != 503 || strings.Contains(w.Body.String(), "fire") {
		t.Errorf("failing store: %d %s", w.Code, w.Body)
	}
	if w := get(New(options(m)), "/healthz"); w.Code != 200 || w.Body.String() != "ok\n" {
		t.Errorf("failing store, liveness: %d %s", w.Code, w.Body)
	}
}

func TestMetrics(t *testing.T) {
	h := New(options(mirror(t, known)))
	get(h, nvdapi.PathCVEs+"?cveId=CVE-2021-44228")
	get(h, "/services.nvd.nist.gov"+nvdapi.PathCVEs+"?cveId=log4j")
	get(h, "/a/stranger/7")
	get(h, "/feeds/panic")
	text := get(h, "/metrics").Body.String()
	for _, line := range []string{
		`vulnmirror_http_requests_total{route="/rest/json/",status="200"} 1`,
		`vulnmirror_http_requests_total{route="/rest/json/",status="404"} 1`,
		`vulnmirror_http_requests_total{route="other",status="404"} 1`,
		`vulnmirror_http_requests_total{route="/feeds/",status="500"} 1`,
		`vulnmirror_http_request_duration_seconds_count{route="/rest/json/"} 2`,
		`vulnmirror_http_requests_in_flight 1`,
		`vulnmirror_records{kind="cve"} 1`,
		`vulnmirror_records{kind="cpe"} 0`,
		`vulnmirror_records{kind="cpematch"} 0`,
		`vulnmirror_records{kind="source"} 0`,
		`vulnmirror_records{kind="cvechange"} 0`,
		`vulnmirror_source_watermark_age_seconds{source="nvd-cve"} 7200`,
		`vulnmirror_source_state{source="nvd-cve",state="fresh"} 1`,
		`vulnmirror_source_state{source="nvd-cve",state="broken"} 0`,
		`vulnmirror_build_info{version="1.2.3"} 1`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("no line %s in\n%s", line, text)
		}
	}
	if w := get(New(options(ruin{errors.New("disk on fire")})), "/metrics"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "vulnmirror_build_info") {
		t.Errorf("with a failing store: %d", w.Code)
	}
}

// Every source that is kept up to date has its line, and counts.
func TestEverySourceIsReported(t *testing.T) {
	s := mirror(t, known)
	o := options(s)
	o.Sources = []string{"nvd-cve", "nvd-cpe"}
	o.API.Sources = map[vuln.Kind][]string{vuln.KindCVE: {"nvd-cve"}, vuln.KindCPE: {"nvd-cpe"}, vuln.KindNVDSource: {"nvd-source"}}
	h := New(o)
	w := get(h, "/readyz")
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), `{"source":"nvd-cpe","state":"never"}`) ||
		!strings.Contains(w.Body.String(), `{"source":"nvd-cve","state":"fresh",`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if text := get(h, "/metrics").Body.String(); !strings.Contains(text, `vulnmirror_source_state{source="nvd-cpe",state="never"} 1`) {
		t.Error("no state of nvd-cpe")
	}
	for path, want := range map[string]int{
		nvdapi.PathCVEs: 200, nvdapi.PathCPEs: 503, nvdapi.PathSource: 404, nvdapi.PathCVEHistory + "?cveId=" + known: 200,
		nvdapi.PathStatistics + "?reporttype=countsbystatus": 200, "/nvd.nist.gov//" + nvdapi.PathStatistics + "?reporttype=countsbystatus": 200,
		"/services.nvd.nist.gov/rest/json//cpes/2.0/": 503, "/rest/json/cpes/2.0//": 503, "/rest/public/dashboard": 404,
	} {
		if got := get(h, path); got.Code != want {
			t.Errorf("%s: %d %v %s", path, got.Code, got.Header(), got.Body)
		}
	}
}

func TestAccessLog(t *testing.T) {
	var out bytes.Buffer
	o := options(mirror(t, known))
	o.AccessLog = slog.New(slog.NewJSONHandler(&out, nil))
	h := New(o)
	r := httptest.NewRequest(http.MethodGet, "/nvd.nist.gov/feeds/x?ApiKey=secret1&keywordSearch=a&key=secret2", nil)
	r.Header.Set("apiKey", "secret3")
	r.Header.Set("User-Agent", "tool/1\nforged")
	h.ServeHTTP(httptest.NewRecorder(), r)
	get(h, "/feeds/panic")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || strings.Contains(out.String(), "secret") {
		t.Fatalf("%d lines:\n%s", len(lines), out.String())
	}
	var line struct {
		Method, Path, Query, Agent string
		Status, Bytes              int
	}
	if err := json.Unmarshal([]byte(lines[0]), &line); err != nil {
		t.Fatal(err)
	}
	if line.Method != http.MethodGet || line.Path != "/nvd.nist.gov/feeds/x" || line.Query != "ApiKey=***&keywordSearch=a&key=***" ||
		line.Status != 200 || line.Bytes != len("feed /feeds/x") || line.Agent != "tool/1\nforged" {
		t.Errorf("%+v", line)
	}
}

func TestPanicInTheMiddleBreaksTheAnswer(t *testing.T) {
	server := httptest.NewServer(New(options(mirror(t, known))))
	defer server.Close()
	defer http.DefaultClient.CloseIdleConnections()
	resp, err := http.Get(server.URL + "/feeds/panic/late")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err == nil {
		t.Error("the client took a part for the whole")
	}
}

func TestTooManyRequests(t *testing.T) {
	ready := mirror(t, known)
	synctest.Test(t, func(t *testing.T) {
		m := makeSlow(ready)
		o := options(m)
		o.Limits = Limits{Requests: 1, Queue: 3 * time.Second}
		h := New(o)
		first := make(chan int)
		go func() { first <- get(h, nvdapi.PathCVEs+"?cveId=CVE-2021-44228").Code }()
		<-m.asked
		began := time.Now()
		second := get(h, nvdapi.PathCVEs+"?cveId=CVE-2021-44228")
		if second.Code != http.StatusServiceUnavailable || second.Header().Get("Retry-After") != "3" || time.Since(began) != 3*time.Second {
			t.Errorf("%d %v after %v", second.Code, second.Header(), time.Since(began))
		}
		if got := get(h, "/healthz").Code; got != http.StatusOK {
			t.Errorf("liveness of a busy server: %d", got)
		}
		close(m.released)
		if code := <-first; code != http.StatusOK {
			t.Errorf("the first request: %d", code)
		}
	})
}

func TestRunStopsGracefully(t *testing.T) {
	m := makeSlow(mirror(t, known))
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Run(ctx, ln, New(options(m)), Limits{}, slog.New(slog.DiscardHandler)) }()
	answered := make(chan string, 1)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	go func() {
		resp, err := client.Get("http://" + ln.Addr().String() + nvdapi.PathCVEs + "?cveId=CVE-2021-44228")
		if err != nil {
			answered <- err.Error()
			return
		}
		defer resp.Body.Close()
		answered <- resp.Status
	}()
	<-m.asked
	stop()
	close(m.released)
	if got := <-answered; got != "200 OK" {
		t.Errorf("the request under way: %s", got)
	}
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestRunReportsALostListener(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	if err := Run(t.Context(), ln, http.NotFoundHandler(), Limits{}, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("Run on a closed listener succeeded")
	}
}

// What arrives as bytes: too large a header, a body, strange targets.
func TestOnTheWire(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Run(ctx, ln, New(options(mirror(t, known))), Limits{}, slog.New(slog.DiscardHandler)) }()
	defer func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	for request, want := range map[string]string{
		"GET " + nvdapi.PathCVEs + "?cveId=CVE-2021-44228 HTTP/1.1\r\nHost: *\r\n\r\n":                             "200",
		"GET http://nvd.nist.gov/rest/json/cves/2.0?cveId=log4j HTTP/1.1\r\nHost: a\r\n\r\n":                       "404",
		"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n":                                                                    "200",
		"GET * HTTP/1.1\r\nHost: a\r\n\r\n":                                                                        "400",
		"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n":                                                                 "4",
		"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n":                                                "",
		"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello":                                       "200",
		"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 32<<10) + "\r\n\r\n":                       "431",
		"GET " + nvdapi.PathCVEs + "?keywordSearch=" + strings.Repeat("a+", 4000) + " HTTP/1.1\r\nHost: a\r\n\r\n": "404",
	} {
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, request); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(c).ReadString('\n')
		c.Close()
		if err != nil || !strings.HasPrefix(line, "HTTP/1.1 "+want) || strings.HasPrefix(line, "HTTP/1.1 5") {
			t.Errorf("%.80q: %q, %v", request, line, err)
		}
	}
}

// Whatever is asked, the answer is below 500.
func FuzzServe(f *testing.F) {
	for _, seed := range [][2]string{
		{"GET", "/rest/json/cves/2.0?cveId=CVE-2021-44228"},
		{"HEAD", "/"},
		{"OPTIONS", "*"},
		{"GET", "//feeds/../metrics"},
		{"GET", "/nvd.nist.gov"},
		{"GET", "/services.nvd.nist.gov//rest%2Fjson/?%zz"},
		{"CONNECT", "a:1"},
		{"GET", "http://x"},
		{"GET", "/rest/json/cpes/2.0?cpeMatchString=cpe:2.3:a"},
		{"GET", "/rest/json/cpematch/2.0/?matchStringSearch=cpe:2.3:*:*%5c"},
		{"GET", "/rest/json/cvehistory/2.0?cveId=CVE-2021-44228"},
		{"GET", "/rest/public/dashboard/statistics?reporttype=countsbystatus"},
		{"GET", "/rest/json/cves/2.0?keywordSearch=%22a*%22+OR+NEAR(b&keywordExactMatch"},
	} {
		f.Add(seed[0], seed[1])
	}
	o := options(mirror(f, known))
	o.Feeds = nil
	h := New(o)
	f.Fuzz(func(t *testing.T, method, target string) {
		raw := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: x\r\n\r\n", method, target)
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
		if err != nil {
			return // the server answers 400 itself
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 || w.Code < 200 {
			t.Errorf("%q: %d %s", raw, w.Code, w.Body)
		}
	})
}

func TestTidyKeepsEscapes(t *testing.T) {
	for in, want := range map[string]string{
		"/a//b":                 "/a/b",
		"///":                   "/",
		"/nvd.nist.gov/x":       "/x",
		"/nvd.nist.gov":         "/nvd.nist.gov",
		"/nvd.nist.gov//":       "/",
		"/a%2F%2Fb//c":          "/a/b/c",
		"/a%2Fb//nvd.nist.gov/": "/a%2Fb/nvd.nist.gov/",
	} {
		r := httptest.NewRequest(http.MethodGet, "http://x"+in, nil)
		var got string
		tidy(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.URL.EscapedPath() })).ServeHTTP(httptest.NewRecorder(), r)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", in, diff)
		}
	}
}
