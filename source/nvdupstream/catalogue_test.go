package nvdupstream_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/ingest"
	"vulnmirror/source"
	"vulnmirror/source/nvdcpe"
	"vulnmirror/source/nvdcpematch"
	"vulnmirror/source/nvdcvehistory"
	"vulnmirror/source/nvdsource"
	"vulnmirror/source/nvdupstream"
	"vulnmirror/testkit/sim"
)

// catalogue is a source as these tests see it.
type catalogue interface {
	source.Source
	source.Previewer
	source.Auditor
	source.Lister
}

// subject is one source and the simulated collection it mirrors.
type subject struct {
	kind sim.Kind
	make func(nvdupstream.Settings) catalogue
	feed bool
}

var subjects = map[string]subject{
	"nvd-cpe":        {sim.CPEs, func(s nvdupstream.Settings) catalogue { return nvdcpe.New(s) }, true},
	"nvd-cpematch":   {sim.MatchCriteria, func(s nvdupstream.Settings) catalogue { return nvdcpematch.New(s) }, true},
	"nvd-source":     {sim.Sources, func(s nvdupstream.Settings) catalogue { return nvdsource.New(s) }, false},
	"nvd-cvehistory": {sim.Changes, func(s nvdupstream.Settings) catalogue { return nvdcvehistory.New(s) }, false},
}

var methods = []string{"auto", "feeds", "api"}

// eachWay runs f for every source and method.
func eachWay(t *testing.T, f func(t *testing.T, s subject, method string)) {
	t.Helper()
	for name, s := range subjects {
		for _, method := range methods {
			t.Run(name+"/"+method, func(t *testing.T) {
				t.Parallel()
				f(t, s, method)
			})
		}
	}
}

// lab is a simulated NVD with an archive that follows one of its collections.
type lab struct {
	t        *testing.T
	subject  subject
	upstream *sim.Upstream
	client   *fetch.Client
	closed   atomic.Pointer[string]                        // paths that contain it are not found
	asked    func(path string)                             // called before each answer, one at a time
	mu       sync.Mutex                                    // guards asked
	answer   func(http.ResponseWriter, *http.Request) bool // instead of upstream; set between fetches
	tree     *archive.Tree
	source   catalogue
	cursor   source.Cursor
}

func newLab(t *testing.T, s subject, method string, o sim.Options) *lab {
	t.Helper()
	if o.StallFor == 0 {
		o.StallFor = time.Second
	}
	u := sim.New(o)
	l := &lab{t: t, subject: s, upstream: u, asked: func(string) {}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		l.asked(r.URL.Path)
		l.mu.Unlock()
		if part := l.closed.Load(); part != nil && strings.Contains(r.URL.Path, *part) {
			http.NotFound(w, r)
			return
		}
		if l.answer == nil || !l.answer(w, r) {
			u.ServeHTTP(w, r)
		}
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
	l.client = client
	l.source = s.make(nvdupstream.Settings{Method: method, Now: u.Now})
	l.tree = archive.Open(t.TempDir()).Source(l.source.Info().Name)
	return l
}

// onRequest has f called before each answer from now on.
func (l *lab) onRequest(f func(path string)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = f
}

// close makes upstream answer 404 wherever the path contains part.
func (l *lab) close(part string) { l.closed.Store(&part) }

func (l *lab) open() { l.closed.Store(nil) }

// fetch runs one fetch and commits it as the mirror does.
func (l *lab) fetch(ctx context.Context) error {
	l.t.Helper()
	run, err := l.tree.Begin(l.upstream.Now())
	if err != nil {
		l.t.Fatal(err)
	}
	cursor, err := l.source.Fetch(ctx, l.client, run, l.cursor)
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

func (l *lab) mustFetch() {
	l.t.Helper()
	if err := l.fetch(context.Background()); err != nil && !errors.Is(err, source.ErrUnchanged) {
		l.t.Fatal(err)
	}
}

// held is what the archive's files amount to: the newest body of each record,
// less those that a whole list made later lacks.
func (l *lab) held() (map[string]string, time.Time) {
	l.t.Helper()
	manifest, err := l.tree.Manifest()
	if err != nil {
		l.t.Fatal(err)
	}
	bodies, modified := make(map[string]string), make(map[string]time.Time)
	var newest time.Time
	for _, f := range ingest.InOrder(l.source, manifest.Files) {
		listed := make(map[string]bool)
		for record, err := range l.source.Decode(l.tree.FS(), f.Filename) {
			if err != nil {
				l.t.Fatal(err)
			}
			if record.Source != l.source.Info().Name || record.Kind != l.source.Info().Kind {
				l.t.Fatalf("record of %s and kind %s", record.Source, record.Kind)
			}
			listed[record.ID] = true
			if !record.Modified.Before(modified[record.ID]) {
				bodies[record.ID], modified[record.ID] = string(record.Body), record.Modified
			}
			if record.Modified.After(newest) {
				newest = record.Modified
			}
		}
		for id := range bodies {
			if l.source.Lists(f) && !listed[id] && !modified[id].After(f.AsOf) {
				delete(bodies, id)
			}
		}
	}
	return bodies, newest
}

// check asserts that the archive holds what upstream has, and no watermark
// that lies beyond what is held.
func (l *lab) check() {
	l.t.Helper()
	got, newest := l.held()
	want := make(map[string]string)
	for id, body := range l.upstream.TruthOf(l.subject.kind) {
		want[id] = string(body)
	}
	if len(want) == 0 {
		l.t.Fatal("upstream has nothing")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		l.t.Errorf("the archive is not what upstream has (%d and %d records):\n%.2000s", len(got), len(want), diff)
	}
	if l.cursor.Watermark.IsZero() || l.cursor.Watermark.After(newest) {
		l.t.Errorf("the watermark is %v, the newest record held %v", l.cursor.Watermark, newest)
	}
	if !l.cursor.Complete {
		l.t.Error("the load is not marked complete")
	}
}

func TestFetchFollowsUpstream(t *testing.T) {
	eachWay(t, func(t *testing.T, s subject, method string) {
		l := newLab(t, s, method, sim.Options{Seed: 7, Records: 90})
		l.mustFetch()
		for range 2 {
			l.upstream.Advance(30*time.Hour, 20)
			l.mustFetch()
		}
		l.check()
	})
}

func TestFetchTakesSmallerPagesWhenTold(t *testing.T) {
	eachWay(t, func(t *testing.T, s subject, method string) {
		l := newLab(t, s, method, sim.Options{Seed: 8, Records: 60, PageMax: 25})
		l.mustFetch()
		l.upstream.Advance(30*time.Hour, 20)
		l.mustFetch()
		l.check()
	})
}

func TestFetchSurvivesFaults(t *testing.T) {
	eachWay(t, func(t *testing.T, s subject, method string) {
		l := newLab(t, s, method, sim.Options{Seed: 2, Records: 40, Faults: 0.3})
		for range 2 {
			for try := 1; ; try++ {
				err := l.fetch(t.Context())
				if err == nil || errors.Is(err, source.ErrUnchanged) {
					break
				}
				if try == 8 {
					t.Fatal(err)
				}
			}
			// Changes made during the last requests are the next run's.
			l.upstream.SetFaults(0)
			l.mustFetch()
			l.check()
			l.upstream.SetFaults(0.3)
			l.upstream.Advance(50*time.Hour, 30)
		}
	})
}

func TestFetchClosesAGapOfManyWindows(t *testing.T) {
	eachWay(t, func(t *testing.T, s subject, method string) {
		l := newLab(t, s, method, sim.Options{Seed: 3, Records: 40})
		l.mustFetch()
		l.upstream.Advance(400*24*time.Hour, 60)
		l.mustFetch()
		l.check()
	})
}

func TestFetchGoesOnAfterAnInterruption(t *testing.T) {
	eachWay(t, func(t *testing.T, s subject, method string) {
		l := newLab(t, s, method, sim.Options{Seed: 4, Records: 90})
		for stop := 1; ; stop++ {
			ctx, cancel := context.WithCancel(t.Context())
			asked := 0
			l.onRequest(func(string) {
				if asked++; asked == stop {
					cancel()
				}
			})
			err := l.fetch(ctx)
			cancel()
			l.onRequest(func(string) {})
			if err == nil {
				break
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if stop > 50 {
				t.Fatal("it never ends")
			}
		}
		l.mustFetch()
		l.check()
	})
}

// TestFetchKeepsAnArchiveThatAnInterruptedRunBrought: it is asked for neither
// by the run that goes on nor by later ones.
func TestFetchKeepsAnArchiveThatAnInterruptedRunBrought(t *testing.T) {
	l := newLab(t, subjects["nvd-cpematch"], "feeds", sim.Options{Seed: 11, Records: 40})
	l.statedForChunks()
	l.mustFetch()
	l.upstream.Advance(30*time.Hour, 10)
	run, err := l.tree.Begin(l.upstream.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.source.Fetch(t.Context(), l.client, run, l.cursor); err != nil {
		t.Fatal(err)
	}
	// The process ends before it commits.
	bodies := 0
	l.onRequest(func(path string) {
		if strings.HasSuffix(path, ".tar.gz") {
			bodies++
		}
	})
	l.mustFetch()
	if err := l.fetch(t.Context()); !errors.Is(err, source.ErrUnchanged) {
		t.Errorf("error %v, want ErrUnchanged", err)
	}
	if bodies > 0 {
		t.Errorf("it was downloaded again, %d times", bodies)
	}
	l.check()
}

// statedForChunks makes every .meta of an archive describe its chunks, one after
// the other, as NVD's do, instead of the tar.
func (l *lab) statedForChunks() {
	l.answer = func(w http.ResponseWriter, r *http.Request) bool {
		stem, ok := strings.CutSuffix(r.URL.Path, ".meta")
		if !ok {
			return false
		}
		meta, packed := l.body(r.URL.Path), l.body(stem+".tar.gz")
		sum, size := sha256.New(), int64(0)
		z, err := gzip.NewReader(strings.NewReader(packed))
		if err != nil {
			l.t.Error(err)
			return false
		}
		for in := tar.NewReader(z); ; {
			if _, err := in.Next(); err != nil {
				break
			}
			n, _ := io.Copy(sum, in) // what is missing shows in the sum
			size += n
		}
		date, _, _ := strings.Cut(meta, "\r\n")
		_, _ = fmt.Fprintf(w, "%s\r\nsize:%d\r\ngzSize:%d\r\nsha256:%X\r\n", date, size, len(packed), sum.Sum(nil))
		return true
	}
}

// body is what upstream answers for a path.
func (l *lab) body(path string) string {
	rec := httptest.NewRecorder()
	l.upstream.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
	return rec.Body.String()
}

func TestFetchGoesAnotherWayWhenOneIsClosed(t *testing.T) {
	for name, s := range subjects {
		if !s.feed {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, closed := range []string{"/feeds/", "/rest/"} {
				l := newLab(t, s, "auto", sim.Options{Seed: 5, Records: 40})
				l.close(closed)
				err := l.fetch(t.Context())
				var incomplete *source.Incomplete
				if closed == "/rest/" && !errors.As(err, &incomplete) || closed == "/feeds/" && err != nil {
					t.Fatalf("without %s: %v", closed, err)
				}
				if !l.cursor.Complete {
					t.Fatalf("without %s nothing was loaded", closed)
				}
				l.upstream.Advance(30*time.Hour, 40)
				if err := l.fetch(t.Context()); err != nil {
					t.Fatalf("without %s: %v", closed, err)
				}
				l.open()
				l.mustFetch()
				l.check()
			}
		})
	}
}

// TestFetchGetsOverAWatermarkThatVanished: the record that the watermark was
// taken from is gone, and nothing has changed since.
func TestFetchGetsOverAWatermarkThatVanished(t *testing.T) {
	l := newLab(t, subjects["nvd-cpe"], "auto", sim.Options{Seed: 8, Records: 40})
	l.mustFetch()
	l.upstream.Advance(48*time.Hour, 0)
	l.cursor.Watermark = l.upstream.Now()
	l.upstream.Advance(48*time.Hour, 0)
	l.upstream.RemoveNames(2)
	for range 2 {
		if err := l.fetch(t.Context()); err != nil && !errors.Is(err, source.ErrUnchanged) {
			t.Fatal(err)
		}
	}
	l.check()
}

func TestFetchMarksWhatAWholeListLacks(t *testing.T) {
	for name, wait := range map[string]time.Duration{"auto": 31 * 24 * time.Hour, "feeds": 30 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, subjects["nvd-cpe"], name, sim.Options{Seed: 9, Records: 40})
			l.mustFetch()
			l.upstream.Advance(wait, 10)
			if gone := l.upstream.RemoveNames(5); len(gone) != 5 {
				t.Fatalf("only %q vanished", gone)
			}
			l.mustFetch()
			l.check()
		})
	}
}

func TestFetchRefusesAnUnfitArchiveAtOnce(t *testing.T) {
	l := newLab(t, subjects["nvd-cpe"], "feeds", sim.Options{Seed: 10, Records: 40})
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	w := tar.NewWriter(z)
	page := `{"resultsPerPage":0,"startIndex":1,"totalResults":3,"format":"NVD_CPE","version":"2.0","timestamp":"2026-01-02T03:04:05.678","products":[]}`
	if err := errors.Join(
		w.WriteHeader(&tar.Header{Name: "nvdcpe-2.0-chunk-00001.json", Size: int64(len(page))}), write(w, page), w.Close(), z.Close(),
	); err != nil {
		t.Fatal(err)
	}
	asked := 0
	l.answer = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, ".tar.gz") {
			return false
		}
		asked++
		_ = write(w, packed.String()) // the client will notice
		return true
	}
	if err := l.fetch(t.Context()); !errors.Is(err, source.ErrRefused) || !strings.Contains(err.Error(), "hold 0 records and say 3") {
		t.Fatalf("error %v, want ErrRefused and why", err)
	}
	if asked != 1 {
		t.Errorf("it was asked for %d times", asked)
	}
	kept, err := filepath.Glob(filepath.Join(l.tree.Dir(), "quarantine", "*.tar.gz"))
	if err != nil || len(kept) != 1 {
		t.Errorf("quarantine has %q, %v", kept, err)
	}
	l.answer = nil
	l.mustFetch()
	l.check()
}

// TestFetchAsksAnewAfterAShortList: a list that lost most of what it had is not
// believed, and not remembered either.
func TestFetchAsksAnewAfterAShortList(t *testing.T) {
	for _, name := range []string{"nvd-source", "nvd-cvehistory"} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, subjects[name], "api", sim.Options{Seed: 12, Records: 40, Now: time.Now().Add(-time.Minute)}) // the archive goes by the real clock
			l.mustFetch()
			watermark := l.cursor.Watermark
			l.cursor.Complete = false
			l.cursor.State = []byte(`{"total":100000}`)
			if name == "nvd-source" {
				l.cursor.State = []byte(`{"total":900}`)
			}
			if err := l.fetch(t.Context()); !errors.Is(err, source.ErrRefused) || !strings.Contains(err.Error(), "shrank from") {
				t.Fatalf("error %v, want ErrRefused and why", err)
			}
			if l.cursor.Complete || !l.cursor.Watermark.Equal(watermark) {
				t.Errorf("it was believed: %+v", l.cursor)
			}
			l.upstream.Advance(time.Hour, 0)
			asked := 0
			l.onRequest(func(string) { asked++ })
			if err := l.fetch(t.Context()); !errors.Is(err, source.ErrRefused) || asked == 0 {
				t.Errorf("%v after %d requests", err, asked)
			}
		})
	}
}

func write(w io.Writer, text string) error {
	_, err := io.WriteString(w, text)
	return err
}

func TestAuditFindsNoDifference(t *testing.T) {
	eachWay(t, func(t *testing.T, s subject, method string) {
		l := newLab(t, s, method, sim.Options{Seed: 6, Records: 40})
		l.mustFetch()
		for _, change := range []int{0, 20} {
			l.upstream.Advance(30*time.Hour, change)
			upstream, err := l.source.Audit(t.Context(), l.client, l.tree, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			want, got := make(map[string]bool), make(map[string]bool)
			for id := range l.upstream.TruthOf(s.kind) {
				want[id] = true
			}
			for id := range upstream.Records {
				got[id] = true
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the audit does not list what upstream has:\n%.1000s", diff)
			}
			if asked := !s.feed || method != "feeds"; asked && upstream.Total != len(want) {
				t.Errorf("it counts %d, want %d; %q", upstream.Total, len(want), upstream.Unchecked)
			}
			if made, whole := upstream.Whole("any"); !whole || made.IsZero() {
				t.Error("it does not say that the list is whole")
			}
		}
	})
}

func TestPreview(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }
	for _, tc := range []struct {
		source, method string
		gap            time.Duration // 0: nothing is held
		listed         time.Duration // age of the archive held
		want           string
	}{
		{"nvd-cpe", "auto", 0, 0, "archive"},
		{"nvd-cpe", "api", 0, 0, "API, pages"},
		{"nvd-cpe", "auto", time.Hour, 24 * time.Hour, "API changes"},
		{"nvd-cpe", "feeds", time.Hour, 24 * time.Hour, "archive"},
		{"nvd-cpe", "auto", time.Hour, 31 * 24 * time.Hour, "archive"},
		{"nvd-cpematch", "auto", 60 * 24 * time.Hour, 24 * time.Hour, "archive"},
		{"nvd-cpematch", "api", 60 * 24 * time.Hour, 24 * time.Hour, "API changes"},
		{"nvd-source", "feeds", 0, 0, "API, pages"},
		{"nvd-cvehistory", "feeds", time.Hour, 0, "API changes"},
	} {
		t.Run(fmt.Sprint(tc.source, " ", tc.method, " ", tc.gap, " ", tc.listed), func(t *testing.T) {
			var last source.Cursor
			if tc.gap > 0 {
				last = source.Cursor{Complete: true, Watermark: now().Add(-tc.gap)}
				last.State = fmt.Appendf(nil, `{"listed":%q}`, now().Add(-tc.listed).Format(time.RFC3339))
			}
			src := subjects[tc.source].make(nvdupstream.Settings{Method: tc.method, Now: now})
			got, err := src.Preview(last)
			if err != nil || got.Way != tc.want || got.Requests < 1 || len(got.URLs) == 0 {
				t.Errorf("got %+v, %v, want %s", got, err, tc.want)
			}
		})
	}
}
