package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// failing runs a server that fails in the given way whenever it may, and gives
// the means to ask it.
func failing(t *testing.T, kind Fault, o Options) (*Upstream, func(path string, header ...string) (*http.Response, []byte, error)) {
	o.Seed, o.Faults, o.FaultKinds = testSeed, 1, []Fault{kind}
	if o.Records == 0 {
		o.Records = 120
	}
	u := New(o)
	server := httptest.NewServer(u)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}
	t.Cleanup(server.Close)
	return u, func(path string, header ...string) (*http.Response, []byte, error) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		res, err := client.Do(r)
		if err != nil {
			return nil, nil, err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		return res, body, err
	}
}

func TestStatusFaults(t *testing.T) {
	for kind, want := range map[Fault]struct {
		status     int
		text, kind string
	}{
		Forbidden:       {403, "Request forbidden by administrative rules.", "text/html"},
		TooManyRequests: {429, "", "text/plain"},
		Status500:       {500, "", "text/html"}, Status502: {502, "", "text/html"}, Status503: {503, "", "text/html"},
		Status504: {504, "", "text/html"}, Status524: {524, "", "text/html"},
		HTML: {200, "<html>", "text/html"}, EmptyBody: {200, "", "application/json"},
	} {
		u, ask := failing(t, kind, Options{})
		for _, path := range []string{apiPath, feedPath + "2020.json.gz", feedPath + "2020.meta"} {
			res, body, err := ask(path)
			if err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != want.status || !strings.Contains(string(body), want.text) || res.Header.Get("Content-Type") != want.kind {
				t.Errorf("%s on %s: %d %v %s", kind, path, res.StatusCode, res.Header, body)
			}
			if kind == TooManyRequests && res.Header.Get("Retry-After") != "0" || kind == EmptyBody && len(body) > 0 {
				t.Errorf("%s: %v %s", kind, res.Header, body)
			}
		}
		if got := u.Report().Faults[kind]; got != 3 {
			t.Errorf("%s counted %d times", kind, got)
		}
	}
}

func TestConnectionFaults(t *testing.T) {
	_, ask := failing(t, Truncated, Options{})
	for _, path := range []string{apiPath, feedPath + "2025.json.gz", feedPath + "2025.meta"} {
		if _, body, err := ask(path); !errors.Is(err, io.ErrUnexpectedEOF) || len(body) == 0 {
			t.Errorf("truncated %s: %d bytes, %v", path, len(body), err)
		}
	}
	_, ask = failing(t, Reset, Options{})
	if _, _, err := ask(apiPath); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("reset: %v", err)
	}
	_, ask = failing(t, Stalled, Options{StallFor: time.Millisecond})
	if _, body, err := ask(apiPath); !errors.Is(err, io.ErrUnexpectedEOF) || len(body) == 0 {
		t.Errorf("stalled: %d bytes, %v", len(body), err)
	}
}

// A stalled answer ends as soon as the client gives up.
func TestStallEndsWithTheClient(t *testing.T) {
	u := New(Options{Seed: testSeed, Records: 50, Faults: 1, FaultKinds: []Fault{Stalled}, StallFor: time.Hour})
	done := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(done)
		u.ServeHTTP(w, r)
	}))
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+apiPath, nil)
	res, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := res.Body.Read(make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	cancel()
	res.Body.Close()
	<-done
}

func TestContentFaults(t *testing.T) {
	const window = "?lastModStartDate=2026-08-01T00:00:00Z&lastModEndDate=2026-11-22T00:00:00Z"
	honest := New(Options{Seed: testSeed, Records: 120})
	right := query(t, honest, window)

	_, ask := failing(t, InvalidJSON, Options{})
	if _, body, err := ask(apiPath); err != nil || json.Valid(body) || !bytes.HasSuffix(body, []byte("},]}")) {
		t.Errorf("invalid JSON: %v", err)
	}
	decode := func(body []byte, err error) answer {
		var a answer
		if err == nil {
			err = json.Unmarshal(body, &a)
		}
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	_, ask = failing(t, EmptyWindow, Options{})
	_, body, err := ask(apiPath + window)
	if a := decode(body, err); a.TotalResults != 0 || len(a.Vulnerabilities) != 0 || right.TotalResults == 0 {
		t.Errorf("empty window: %d of %d", a.TotalResults, right.TotalResults)
	}
	_, body, err = ask(apiPath)
	if a := decode(body, err); a.TotalResults != 120 {
		t.Errorf("the whole is no window, yet it has %d", a.TotalResults)
	}
	_, ask = failing(t, ShortPage, Options{})
	_, body, err = ask(apiPath)
	if a := decode(body, err); a.ResultsPerPage != 120 || len(a.Vulnerabilities) >= 120 || len(a.Vulnerabilities) == 0 {
		t.Errorf("short page: %d said, %d there", a.ResultsPerPage, len(a.Vulnerabilities))
	}
	_, ask = failing(t, OutOfOrder, Options{})
	_, body, err = ask(apiPath + window)
	a := decode(body, err)
	same, seen := 0, map[string]bool{}
	for i, v := range a.Vulnerabilities {
		seen[string(v.CVE)] = true
		if string(v.CVE) == string(right.Vulnerabilities[i].CVE) {
			same++
		}
	}
	if same > 0 || len(seen) != right.TotalResults {
		t.Errorf("out of order: %d at their place, %d different", same, len(seen))
	}
}

func TestMovingTotals(t *testing.T) {
	u, ask := failing(t, MovingTotals, Options{})
	before := truth(u)
	for range 20 {
		if _, _, err := ask(apiPath + "?resultsPerPage=10"); err != nil {
			t.Fatal(err)
		}
	}
	if got := u.Report().Faults[MovingTotals]; got != maxMoves {
		t.Errorf("moved %d times for one URL", got)
	}
	ask(apiPath + "?resultsPerPage=11")
	u.SetFaults(0)
	after := truth(u)
	if maps.Equal(before, after) {
		t.Error("nothing moved")
	}
	paged := map[string]string{}
	for _, v := range query(t, u, "").Vulnerabilities {
		paged[identity(t, v.CVE).ID] = string(v.CVE)
	}
	if !maps.Equal(after, paged) {
		t.Error("the API does not show the truth after moves")
	}
}

func TestFeedFaults(t *testing.T) {
	u, ask := failing(t, OutOfStep, Options{})
	_, meta, err := ask(feedPath + "2025.meta")
	if err != nil {
		t.Fatal(err)
	}
	_, gz, err := ask(feedPath + "2025.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(meta), fmt.Sprintf("gzSize:%d\r", len(gz))) || !json.Valid(gunzip(t, gz)) || bytes.Equal(gz, honestFeed(t, "2025")) {
		t.Error("the old body is the new one")
	}
	for range maxInRow - 1 {
		ask(feedPath + "2025.json.gz")
	}
	if _, gz, _ = ask(feedPath + "2025.json.gz"); !bytes.Equal(gz, honestFeed(t, "2025")) {
		t.Error("asking again does not help")
	}
	if got := u.Report().Faults[OutOfStep]; got != maxInRow {
		t.Errorf("out of step %d times", got)
	}
	_, ask = failing(t, RangeIgnored, Options{})
	res, body, err := ask(feedPath+"2025.json.gz", "Range", "bytes=5-")
	if err != nil || res.StatusCode != http.StatusOK || !bytes.Equal(body, honestFeed(t, "2025")) {
		t.Errorf("range ignored: %v, %d bytes", err, len(body))
	}
}

func honestFeed(t *testing.T, name string) []byte {
	return fetch(t, New(Options{Seed: testSeed, Records: 120}), feedPath+name+".json.gz")
}

func TestRetryingWins(t *testing.T) {
	p := newFaultPlan(Options{Seed: 4, Faults: 1})
	all := func(Fault) bool { return true }
	for range 5 {
		for i := range maxInRow + 1 {
			if got := p.next("/x", all); (got == "") != (i == maxInRow) {
				t.Fatalf("try %d: %q", i, got)
			}
		}
	}
	if got := p.next("/y", func(Fault) bool { return false }); got != "" {
		t.Errorf("%q does not fit", got)
	}
}

// The same URL fails the same way whatever else is asked in between, and the
// share is what was asked for.
func TestFaultsFollowSeedAndURL(t *testing.T) {
	list := func(between bool) (kinds []Fault) {
		p := newFaultPlan(Options{Seed: 4, Faults: 0.3})
		for range 40 {
			kinds = append(kinds, p.next("/x", func(Fault) bool { return true }))
			if between {
				p.next("/y", func(Fault) bool { return true })
			}
		}
		return kinds
	}
	a, b := list(false), list(true)
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("try %d: %q and %q", i, a[i], b[i])
		}
	}
	p := newFaultPlan(Options{Seed: 5, Faults: 0.3})
	seen := map[Fault]int{}
	for i := range 3000 {
		seen[p.next(string(rune('a'+i)), func(Fault) bool { return true })]++
	}
	if failed := 3000 - seen[""]; failed < 800 || failed > 1000 || len(seen) != len(AllFaults())+1 {
		t.Errorf("%d of 3000 failed in %d ways", failed, len(seen)-1)
	}
}

func TestSetFaults(t *testing.T) {
	u := New(Options{Seed: testSeed, Records: 3, Faults: 1, FaultKinds: []Fault{Status500}})
	if res := get(u, apiPath); res.StatusCode != http.StatusInternalServerError {
		t.Errorf("status %d", res.StatusCode)
	}
	u.SetFaults(0)
	if res := get(u, apiPath); res.StatusCode != http.StatusOK {
		t.Errorf("status %d", res.StatusCode)
	}
}
