package nvdcve_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/ingest"
	"vulnmirror/source"
	"vulnmirror/source/nvdcve"
	"vulnmirror/source/nvdupstream"
	"vulnmirror/testkit/sim"
)

// lab is a simulated NVD with an archive that follows it.
type lab struct {
	t        *testing.T
	upstream *sim.Upstream
	client   *fetch.Client
	broken   *atomic.Pointer[string] // when set, the body of every answer
	tree     *archive.Tree
	config   nvdcve.Config
	cursor   source.Cursor
}

func newLab(t *testing.T, o sim.Options) *lab {
	t.Helper()
	if o.StallFor == 0 {
		o.StallFor = time.Second
	}
	u := sim.New(o)
	var broken atomic.Pointer[string]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body := broken.Load(); body != nil {
			fmt.Fprint(w, *body)
			return
		}
		u.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	client, err := fetch.New(fetch.Config{
		UserAgent: "test", Upstream: server.URL, DefaultRate: fetch.Rate{Requests: 1e6, Window: time.Second},
		Attempts: 12, Backoff: time.Millisecond, MaxBackoff: 5 * time.Millisecond, IdleTimeout: 50 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return &lab{
		t: t, upstream: u, client: client, broken: &broken,
		tree:   archive.Open(t.TempDir()).Source(nvdcve.Name),
		config: nvdcve.Config{Settings: nvdupstream.Settings{Now: u.Now}},
	}
}

// fetch runs one fetch and commits it as the mirror does.
func (l *lab) fetch() error {
	l.t.Helper()
	run, err := l.tree.Begin(l.upstream.Now())
	if err != nil {
		l.t.Fatal(err)
	}
	cursor, err := nvdcve.New(l.config).Fetch(context.Background(), l.client, run, l.cursor)
	var incomplete *source.Incomplete
	switch {
	case errors.Is(err, source.ErrUnchanged):
		if err := run.Discard(); err != nil {
			l.t.Fatal(err)
		}
	case err == nil, errors.As(err, &incomplete):
		l.cursor = cursor
		if _, err := run.Commit(cursor, l.upstream.Now()); err != nil {
			l.t.Fatal(err)
		}
	}
	return err
}

// check asserts that the archive holds what upstream has, and no watermark
// that lies beyond what is held.
func (l *lab) check() {
	l.t.Helper()
	manifest, err := l.tree.Manifest()
	if err != nil {
		l.t.Fatal(err)
	}
	got := make(map[string]string)
	newest := make(map[string]time.Time)
	for _, f := range ingest.InOrder(nvdcve.New(l.config), manifest.Files) {
		for record, err := range nvdcve.New(l.config).Decode(l.tree.FS(), f.Filename) {
			if err != nil {
				l.t.Fatal(err)
			}
			if !record.Modified.Before(newest[record.ID]) {
				got[record.ID], newest[record.ID] = string(record.Body), record.Modified
			}
			if record.Modified.After(newest[""]) {
				newest[""] = record.Modified
			}
		}
	}
	want := make(map[string]string)
	for id, body := range l.upstream.Truth() {
		want[id] = string(body)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		l.t.Errorf("the archive is not what upstream has:\n%.2000s", diff)
	}
	if l.cursor.Watermark.After(newest[""]) {
		l.t.Errorf("watermark %v is beyond the newest record held, %v", l.cursor.Watermark, newest[""])
	}
	if !l.cursor.Complete {
		l.t.Error("the load is not marked complete")
	}
}

func (l *lab) mustFetch() {
	l.t.Helper()
	if err := l.fetch(); err != nil {
		l.t.Fatal(err)
	}
}

// ways are all configurations a first load and its sequel can take.
var ways = map[string]nvdcve.Config{
	"auto":     {Settings: nvdupstream.Settings{Method: "auto"}},
	"feeds":    {Settings: nvdupstream.Settings{Method: "feeds"}},
	"pages":    {Settings: nvdupstream.Settings{Method: "api"}, Plan: "pages"},
	"quarters": {Settings: nvdupstream.Settings{Method: "api"}, Plan: "quarters"},
}

// recordsFor is more than a page where paging matters.
func recordsFor(way string) int {
	if way == "pages" {
		return 2050
	}
	return 300
}

func TestFetchFollowsUpstream(t *testing.T) {
	for name, config := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, sim.Options{Seed: 7, Records: recordsFor(name)})
			config.Now = l.upstream.Now
			l.config = config
			l.mustFetch()
			for range 2 {
				l.upstream.Advance(30*time.Hour, 40)
				l.mustFetch()
			}
			l.check()
		})
	}
}

func TestFetchSurvivesFaults(t *testing.T) {
	for name, config := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, sim.Options{Seed: 2, Records: recordsFor(name), Faults: 0.3})
			config.Now = l.upstream.Now
			l.config = config
			for range 2 {
				for try := 1; ; try++ {
					err := l.fetch()
					if err == nil || errors.Is(err, source.ErrUnchanged) {
						break
					}
					if try == 8 {
						t.Fatal(err)
					}
				}
				// Changes made during the last requests are the next run's.
				l.upstream.SetFaults(0)
				if err := l.fetch(); err != nil && !errors.Is(err, source.ErrUnchanged) {
					t.Fatal(err)
				}
				l.upstream.SetFaults(0.3)
				l.upstream.Advance(50*time.Hour, 30)
			}
			l.upstream.SetFaults(0)
			l.mustFetch()
			l.check()
		})
	}
}

func TestFetchClosesAGapOfManyWindows(t *testing.T) {
	for name, config := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, sim.Options{Seed: 3, Records: 300})
			config.Now = l.upstream.Now
			l.config = config
			l.mustFetch()
			l.upstream.Advance(400*24*time.Hour, 60)
			l.mustFetch()
			l.check()
		})
	}
}

func TestFetchUnchangedFeedsDownloadsNoBody(t *testing.T) {
	l := newLab(t, sim.Options{Seed: 1, Records: 300})
	l.config.Method = "feeds"
	l.mustFetch()
	before := l.upstream.Report().Requests["feed"]
	if err := l.fetch(); !errors.Is(err, source.ErrUnchanged) {
		t.Fatalf("error %v, want ErrUnchanged", err)
	}
	if after := l.upstream.Report().Requests["feed"]; after != before {
		t.Errorf("%d bodies were downloaded", after-before)
	}
}

func TestFetchNamesYearsThatUpstreamLacks(t *testing.T) {
	l := newLab(t, sim.Options{Seed: 1, Records: 300})
	l.config.Method, l.config.Years = "feeds", []int{2002, 2031}
	err := l.fetch()
	var incomplete *source.Incomplete
	if !errors.As(err, &incomplete) || len(incomplete.Missing) != 1 || !strings.Contains(err.Error(), "feed 2031") {
		t.Fatalf("error %v, want one that names 2031 alone", err)
	}
	if !l.cursor.Complete {
		t.Error("by feeds alone, all that upstream has counts as complete")
	}
	manifest, err := l.tree.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Files) != 2 {
		t.Errorf("%d files held, want 2002 and modified", len(manifest.Files))
	}
}

func TestFetchAsksTheAPIForYearsWithoutFeed(t *testing.T) {
	l := newLab(t, sim.Options{Seed: 1, Records: 300})
	l.config.Method, l.config.Years = "auto", []int{2002, 2031}
	l.mustFetch()
	l.check()
}

func TestFetchKeepsGoodDataWhenAFeedTurnsBad(t *testing.T) {
	l := newLab(t, sim.Options{Seed: 1, Records: 300})
	l.config.Method = "feeds"
	l.mustFetch()
	watermark := l.cursor.Watermark
	l.upstream.Advance(time.Hour, 20)
	page := "<html><body>Down for maintenance.</body></html>"
	l.broken.Store(&page)
	if err := l.fetch(); err == nil {
		t.Fatal("a site that answers everything with web pages was believed")
	}
	l.broken.Store(nil)
	if !l.cursor.Watermark.Equal(watermark) {
		t.Errorf("the watermark moved from %v to %v", watermark, l.cursor.Watermark)
	}
	l.mustFetch()
	l.check()
}

func TestFetchQuarantinesWhatItRefuses(t *testing.T) {
	l := newLab(t, sim.Options{Seed: 1, Records: 300})
	l.config.Method = "api"
	bad := `{"resultsPerPage":1,"startIndex":0,"totalResults":1,"format":"NVD_CVE","vulnerabilities":[{"cve":{}},]}`
	l.broken.Store(&bad)
	if err := l.fetch(); !errors.Is(err, source.ErrRefused) {
		t.Fatalf("error %v, want ErrRefused", err)
	}
	kept, err := filepath.Glob(filepath.Join(l.tree.Dir(), "quarantine", "*000000.json"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("quarantine has %q, %v", kept, err)
	}
	if got, err := os.ReadFile(kept[0]); err != nil || string(got) != bad {
		t.Errorf("quarantine has %q, %v", got, err)
	}
	l.broken.Store(nil)
	l.mustFetch()
	l.check()
}

func TestPreview(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }
	held := source.Cursor{Complete: true, State: []byte(`{"all":true}`)}
	for name, tc := range map[string]struct {
		config nvdcve.Config
		gap    time.Duration // 0: nothing is held
		want   string
	}{
		"empty":                 {nvdcve.Config{}, 0, "feeds"},
		"empty, by API":         {nvdcve.Config{Settings: nvdupstream.Settings{Method: "api"}, Plan: "quarters"}, 0, "API, quarters"},
		"an hour":               {nvdcve.Config{}, time.Hour, "API changes"},
		"three days":            {nvdcve.Config{}, 72 * time.Hour, "modified feed"},
		"three days, by API":    {nvdcve.Config{Settings: nvdupstream.Settings{Method: "api"}}, 72 * time.Hour, "API changes"},
		"nine days":             {nvdcve.Config{}, 9 * 24 * time.Hour, "API changes"},
		"half a year":           {nvdcve.Config{}, 180 * 24 * time.Hour, "year feeds"},
		"half a year, by feeds": {nvdcve.Config{Settings: nvdupstream.Settings{Method: "feeds"}}, 180 * 24 * time.Hour, "feeds"},
	} {
		t.Run(name, func(t *testing.T) {
			var last source.Cursor
			if tc.gap > 0 {
				last = held
				last.Watermark = now().Add(-tc.gap)
			}
			tc.config.Now = now
			got, err := nvdcve.New(tc.config).Preview(last)
			if err != nil || got.Way != tc.want || got.Requests < 1 || len(got.URLs) == 0 {
				t.Errorf("got %+v, %v, want %s", got, err, tc.want)
			}
		})
	}
}
