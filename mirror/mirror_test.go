package mirror_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/format/nvd"
	"vulnmirror/mirror"
	"vulnmirror/progress"
	"vulnmirror/source"
	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/vuln"
)

var clock = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// script is a source whose every Fetch does what the next step says.
type script struct {
	steps    []step
	upstream *source.Upstream
	lists    bool // every document lists all there is
}

type step struct {
	document string // put into the run when not empty
	cursor   source.Cursor
	err      error
}

func (s *script) Info() source.Info {
	return source.Info{Name: "script", Kind: vuln.KindCVE, Interval: time.Hour, Floor: 1}
}

func (s *script) Fetch(_ context.Context, _ *fetch.Client, run *archive.Run, _ source.Cursor) (source.Cursor, error) {
	next := s.steps[0]
	s.steps = s.steps[1:]
	if next.document != "" {
		if err := os.WriteFile(run.Part("page.json"), []byte(next.document), 0o600); err != nil {
			return next.cursor, err
		}
		if _, err := run.Put(archive.File{Path: "page.json", URL: "https://example.org/page", AsOf: clock}); err != nil {
			return next.cursor, err
		}
	}
	return next.cursor, next.err
}

func (s *script) Decode(tree fs.FS, filename string) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		content, err := archive.OpenContent(tree, filename)
		if err != nil {
			yield(vuln.Record{}, err)
			return
		}
		defer content.Close()
		for reader := nvd.NewReader(content); ; {
			body, err := reader.Next()
			if err != nil {
				return
			}
			record, err := nvd.DecodeCVE(body)
			if err != nil {
				err = &source.Refused{Place: filename, Reason: err.Error()}
			}
			record.Source = "script"
			if !yield(record, err) {
				return
			}
		}
	}
}

func (s *script) Lists(archive.File) bool { return s.lists }

func (s *script) Audit(context.Context, *fetch.Client, *archive.Tree, string) (*source.Upstream, error) {
	return s.upstream, nil
}

// page is a document with one record for each "id status" of records.
func page(records ...string) string {
	var elements []string
	for _, r := range records {
		id, status, _ := strings.Cut(r, " ")
		elements = append(elements, `{"cve":`+body(id, status)+`}`)
	}
	return `{"resultsPerPage":0,"startIndex":0,"totalResults":0,"format":"NVD_CVE","version":"2.0","timestamp":"2026-01-01T00:00:00.000","vulnerabilities":[` + strings.Join(elements, ",") + `]}`
}

func body(id, status string) string {
	return `{"id":"` + id + `","published":"2020-01-01T00:00:00.000","lastModified":"2026-01-01T00:00:00.000","vulnStatus":"` + status + `"}`
}

func newMirror(t *testing.T, src source.Source) *mirror.Mirror {
	t.Helper()
	dir := t.TempDir()
	st, err := sqlite.Open(filepath.Join(dir, "vulnmirror.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	client, err := fetch.New(fetch.Config{UserAgent: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return &mirror.Mirror{
		Sources: []source.Source{src}, Archive: archive.Open(dir), Store: st, Client: client,
		Meter: progress.Silent, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return clock }, Parallel: 2,
	}
}

func sync(t *testing.T, m *mirror.Mirror) mirror.Result {
	t.Helper()
	sum, err := m.Sync(context.Background(), []string{"script"})
	if err != nil {
		t.Fatal(err)
	}
	return sum.Sources[0]
}

func state(t *testing.T, m *mirror.Mirror) store.SourceState {
	t.Helper()
	states, err := m.Store.Sources(context.Background())
	if err != nil || len(states) != 1 {
		t.Fatalf("states %+v, %v", states, err)
	}
	return states[0]
}

func TestSyncTakesOverAndRemembers(t *testing.T) {
	watermark := clock.Add(-time.Hour)
	m := newMirror(t, &script{steps: []step{
		{document: page("CVE-2020-0001 Received", "CVE-2020-0002 Received"), cursor: source.Cursor{Complete: true, Watermark: watermark}},
		{err: source.ErrUnchanged, cursor: source.Cursor{Complete: true, Watermark: watermark}},
		{document: page("CVE-2020-0001 Analyzed", "bad Received"), cursor: source.Cursor{Complete: true, Watermark: clock}},
	}})
	r := sync(t, m)
	if r.Status != mirror.OK || r.Added != 2 || r.Records != 2 || !r.Complete {
		t.Errorf("first run: %+v", r)
	}
	if r := sync(t, m); r.Status != mirror.Unchanged || r.Files != 0 {
		t.Errorf("second run: %+v", r)
	}
	r = sync(t, m)
	if r.Status != mirror.OK || r.Changed != 1 || r.Refused != 1 || len(r.Refusals) != 1 {
		t.Errorf("third run: %+v", r)
	}
	want := store.SourceState{Source: "script", Completed: clock, Synced: clock, Watermark: clock}
	if diff := cmp.Diff(want, state(t, m)); diff != "" {
		t.Error(diff)
	}
}

func TestSyncWritesItsSummary(t *testing.T) {
	m := newMirror(t, &script{steps: []step{{document: page("CVE-2020-0001 Frozen"), cursor: source.Cursor{Complete: true}}}})
	sync(t, m)
	data, err := os.ReadFile(filepath.Join(m.Archive.Dir(), "logs", "summary.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Status  string
		Sources []map[string]any
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"source", "status", "added", "changed", "unchanged", "older", "refused", "bytes", "requests", "retries", "seconds", "drift"} {
		if _, ok := got.Sources[0][key]; !ok {
			t.Errorf("the summary lacks %q", key)
		}
	}
	if diff := cmp.Diff(map[string]any{"vulnStatus Frozen": 1.0}, got.Sources[0]["drift"]); diff != "" {
		t.Error(diff)
	}
}

func TestSyncKeepsGoodDataThroughFailures(t *testing.T) {
	gone := errors.New("the site is gone")
	for name, tc := range map[string]struct {
		step step
		want string
	}{
		"failed":     {step{err: gone}, mirror.Failed},
		"incomplete": {step{err: &source.Incomplete{Missing: []error{gone}}, cursor: source.Cursor{Complete: true}}, mirror.Incomplete},
		"refused":    {step{err: source.ErrRefused}, mirror.Refused},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMirror(t, &script{steps: []step{
				{document: page("CVE-2020-0001 Received"), cursor: source.Cursor{Complete: true, Watermark: clock}},
				tc.step,
			}})
			sync(t, m)
			r := sync(t, m)
			if r.Status != tc.want || r.Err() == nil || r.Records != 1 {
				t.Errorf("%+v", r)
			}
			s := state(t, m)
			if s.Failed.IsZero() || s.Reason == "" || s.Completed.IsZero() || !s.Watermark.Equal(clock) {
				t.Errorf("%+v", s)
			}
		})
	}
}

// A process may die after the archive was committed and before the store was.
func TestSyncIngestsWhatAnEarlierRunOnlyArchived(t *testing.T) {
	src := &script{steps: []step{
		{document: page("CVE-2020-0001 Received"), cursor: source.Cursor{Complete: true}},
		{err: source.ErrUnchanged, cursor: source.Cursor{Complete: true}},
	}}
	m := newMirror(t, src)
	run, err := m.Archive.Source("script").Begin(clock)
	if err != nil {
		t.Fatal(err)
	}
	cursor, err := src.Fetch(context.Background(), nil, run, source.Cursor{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run.Commit(cursor, clock); err != nil {
		t.Fatal(err)
	}
	if r := sync(t, m); r.Added != 1 || r.Records != 1 {
		t.Errorf("%+v", r)
	}
}

func TestSyncLeavesALockedSourceAlone(t *testing.T) {
	m := newMirror(t, &script{})
	_, release, err := m.Archive.Source("script").Lock(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if r := sync(t, m); r.Status != mirror.Locked || !errors.Is(r.Err(), archive.ErrLocked) {
		t.Errorf("%+v", r)
	}
}

func TestAuditNamesEachDifference(t *testing.T) {
	older, newer := clock.AddDate(-1, 0, 0), clock
	held := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	src := &script{
		steps: []step{{document: page("CVE-2020-0001 A", "CVE-2020-0002 A", "CVE-2020-0003 A", "CVE-2020-0004 A", "CVE-2020-0005 A", "CVE-2021-0001 A")}},
		upstream: &source.Upstream{
			Records: map[string]source.Seen{
				"CVE-2020-0001": {Modified: held, Hash: vuln.ContentHash([]byte(body("CVE-2020-0001", "A")))},
				"CVE-2020-0002": {Modified: held, Hash: vuln.ContentHash([]byte(body("CVE-2020-0002", "B")))},
				"CVE-2020-0003": {Modified: newer},
				"CVE-2020-0004": {Modified: older},
				"CVE-2020-0009": {Modified: older},
			},
			Whole: func(id string) (time.Time, bool) { return clock, vuln.FeedYear(id) == 2020 },
			Total: 7,
		},
	}
	m := newMirror(t, src)
	sync(t, m)
	var got []string
	report, err := m.Audit(context.Background(), "script", func(d mirror.Difference) error {
		got = append(got, d.ID+" "+d.Problem)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{" totals", "CVE-2020-0002 differs", "CVE-2020-0003 outdated", "CVE-2020-0005 vanished", "CVE-2020-0009 missing"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if report.Clean() || report.Ahead != 1 || report.NotListed != 1 || report.Store != 6 {
		t.Errorf("%+v", report)
	}
}

func TestRebuildMakesTheSameStore(t *testing.T) {
	m := newMirror(t, &script{steps: []step{
		{document: page("CVE-2020-0001 Received", "CVE-2020-0002 Received"), cursor: source.Cursor{Complete: true}},
		{document: page("CVE-2020-0001 Analyzed"), cursor: source.Cursor{Complete: true}},
	}})
	sync(t, m)
	sync(t, m)
	into, err := sqlite.Open(filepath.Join(t.TempDir(), "new.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer into.Close()
	results, err := m.Rebuild(context.Background(), into, func() error { return nil })
	if err != nil || len(results) != 1 || results[0].Records != 2 {
		t.Fatalf("%+v, %v", results, err)
	}
	if diff := cmp.Diff(contents(t, m.Store), contents(t, into)); diff != "" {
		t.Error(diff)
	}
}

func TestSyncWithdrawsWhatAWholeListLacks(t *testing.T) {
	complete := source.Cursor{Complete: true}
	m := newMirror(t, &script{lists: true, steps: []step{
		{document: page("CVE-2020-0001 A", "CVE-2020-0002 A", "CVE-2020-0003 A"), cursor: complete},
		{document: page("CVE-2020-0002 B"), cursor: complete},
		{document: page("CVE-2020-0001 A", "CVE-2020-0002 B", " nonsense"), cursor: complete},
		{document: page("CVE-2020-0002 B", "CVE-2020-0001 B"), cursor: complete},
	}})
	for i, want := range []struct{ withdrawn, records int }{
		{0, 3},
		{2, 1},
		{0, 2}, // one is found again; what cannot be identified may be any other
		{0, 2},
	} {
		r := sync(t, m)
		if r.Withdrawn != want.withdrawn || r.Records != want.records {
			t.Errorf("sync %d: %d withdrawn, %d held, want %+v (%v)", i+1, r.Withdrawn, r.Records, want, r.Err())
		}
	}
	gone, err := m.Store.Get(t.Context(), vuln.KindCVE, "CVE-2020-0003")
	if err != nil || gone.Withdrawn.IsZero() {
		t.Fatalf("%+v, %v", gone, err)
	}

	into, err := sqlite.Open(filepath.Join(t.TempDir(), "new.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer into.Close()
	if _, err := m.Rebuild(t.Context(), into, func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	again, err := into.Get(t.Context(), vuln.KindCVE, "CVE-2020-0003")
	if err != nil || !again.Withdrawn.Equal(gone.Withdrawn) {
		t.Errorf("rebuilt, it is withdrawn at %v, was %v (%v)", again.Withdrawn, gone.Withdrawn, err)
	}
	if diff := cmp.Diff(contents(t, m.Store), contents(t, into)); diff != "" {
		t.Error(diff)
	}
}

// contents is every version of every record, and the states.
func contents(t *testing.T, st store.Store) []string {
	t.Helper()
	ctx := context.Background()
	var out []string
	for r, err := range st.List(ctx, store.Query{Kind: vuln.KindCVE, Order: store.ByID}) {
		if err != nil {
			t.Fatal(err)
		}
		versions, err := st.Versions(ctx, r.Kind, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range versions {
			out = append(out, v.Origin.Filename+" "+string(v.Record.Body))
		}
	}
	states, err := st.Sources(ctx)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(states)
	if err != nil {
		t.Fatal(err)
	}
	return append(out, string(data))
}
