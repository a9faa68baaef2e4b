package transfer

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// copyAll copies from a snapshot, as the program does.
func copyAll(t testing.TB, from, to store.Store) (Report, error) {
	t.Helper()
	snapshot, err := from.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	return Copy(t.Context(), snapshot, to, options())
}

func mustCopy(t testing.TB, from, to store.Store) Report {
	t.Helper()
	report, err := copyAll(t, from, to)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func compareAll(t testing.TB, from, to store.Store) Comparison {
	t.Helper()
	left, err := from.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer left.Close()
	right, err := to.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer right.Close()
	c, err := Compare(t.Context(), left, right, options())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// wantSame checks that two stores hold the same, by looking at everything and
// not only by what Compare says.
func wantSame(t testing.TB, what string, from, to store.Store) {
	t.Helper()
	if d := diff(holdingOf(t, from), holdingOf(t, to)); d != "" {
		t.Fatalf("%s (-source +target):\n%s", what, d)
	}
	if c := compareAll(t, from, to); !c.Same() {
		t.Fatalf("%s: Compare says %+v", what, c)
	}
}

func TestCopyBringsOverEverything(t *testing.T) {
	from, to := newStore(t), newStore(t)
	mirror(t, from)
	report := mustCopy(t, from, to)
	wantSame(t, "a copy", from, to)
	if report.Files != 21 || report.States != 3 || report.Unread != 0 {
		t.Errorf("%+v", report)
	}
	if want := (Copied{Kind: vuln.KindCPE, Records: many, Versions: many, Withdrawn: 2}); report.Kinds[1] != want {
		t.Errorf("CPE names: %+v, want %+v", report.Kinds[1], want)
	}
	// Records are found by what is in them.
	for _, q := range []store.Query{
		{Kind: vuln.KindCVE, Words: []string{"fourth"}},
		{Kind: vuln.KindCVE, Severity: "CRITICAL", MinScore: 9.8},
		{Kind: vuln.KindCVE, Vendor: "example", Product: "server", Native: true},
		{Kind: vuln.KindCPE, Aliases: []string{uuid(2, 5)}},
		{Kind: vuln.KindMatchCriteria, Product: "tool", Vendor: "old", Withdrawn: true},
		{Kind: vuln.KindCVEChange, LinksTo: &vuln.Link{Kind: vuln.KindCVE, ID: "CVE-2025-0001"}},
		{Kind: vuln.KindCWE, Phrase: "first"},
		{Kind: vuln.KindCWE, LinksTo: &vuln.Link{Kind: vuln.KindCAPEC, ID: "CAPEC-3"}},
		{Kind: vuln.KindEPSS, LinksTo: &vuln.Link{Kind: vuln.KindCVE, ID: "CVE-2025-0002"}},
	} {
		a, err := from.Digest(t.Context(), q)
		b, err2 := to.Digest(t.Context(), q)
		if err != nil || err2 != nil || a.Count == 0 || a.Count != b.Count {
			t.Errorf("%+v finds %d, in the target %d (%v, %v)", q, a.Count, b.Count, err, err2)
		}
	}
}

// TestCopyBringsOverTitles: also that of a record whose body nobody can read.
func TestCopyBringsOverTitles(t *testing.T) {
	from, to := newStore(t), newStore(t)
	put(t, from, file("cwe", 1), vuln.KindCWE, func(r *vuln.Record) { r.Title = "no more" }, weakness(1, "2025-02-02", "first"))
	put(t, from, file("cwe", 1), vuln.KindCWE, func(r *vuln.Record) { r.Title, r.Body = "unreadable", []byte("[]") }, weakness(2, "2025-02-02", "second"))
	if report := mustCopy(t, from, to); report.Unread != 1 {
		t.Errorf("%+v", report)
	}
	for id, want := range map[string]string{"CWE-1": "Weakness 1", "CWE-2": "unreadable"} {
		if r, err := to.Get(t.Context(), vuln.KindCWE, id); err != nil || r.Title != want {
			t.Errorf("title of %s: %q, %v, want %q", id, r.Title, err, want)
		}
	}
}

// TestCopyForgets: copying scores day after day leaves those of the last day.
func TestCopyForgets(t *testing.T) {
	from, to := newStore(t), newStore(t)
	for n, date := range []string{"2025-03-01T12:00:00Z", "2025-03-02T12:00:00Z", "2025-03-03T12:00:00Z"} {
		daily := file("epss", n)
		daily.Forgets = true
		put(t, from, daily, vuln.KindEPSS, nil, score(1, date, fmt.Sprint(0.1*float64(n+1))))
		mustCopy(t, from, to)
		wantSame(t, date, from, to)
	}
	if versions, err := to.Versions(t.Context(), vuln.KindEPSS, "CVE-2025-0001"); err != nil || len(versions) != 1 {
		t.Errorf("%d versions, %v", len(versions), err)
	}
}

// TestCopyReplaysWhatWentBackwards: versions come in the order in which the
// source took them, also when another source found one unchanged since.
func TestCopyReplaysWhatWentBackwards(t *testing.T) {
	from, to := newStore(t), newStore(t)
	said := []string{weakness(1, "2025-03-03", "one"), weakness(1, "2025-03-01", "two"), weakness(1, "2025-03-02", "three"), weakness(1, "2025-01-01", "four")}
	for n, body := range said {
		o := file("cwe", n)
		o.Replaces = true
		put(t, from, o, vuln.KindCWE, nil, body)
		if n == 1 {
			mustCopy(t, from, to) // the rest follows
		}
	}
	put(t, from, file("another", 9), vuln.KindCWE, nil, said[3])
	mustCopy(t, from, to)
	wantSame(t, "what went backwards", from, to)
	versions, err := to.Versions(t.Context(), vuln.KindCWE, "CWE-1")
	if err != nil || len(versions) != len(said) {
		t.Fatalf("%d versions, %v", len(versions), err)
	}
	for i, v := range versions {
		if string(v.Record.Body) != said[i] {
			t.Errorf("version %d is %s", i, v.Record.Body)
		}
	}
	if got := versions[3].Record.Source; got != "another" {
		t.Errorf("it belongs to %s", got)
	}
}

func TestCopyAgainDoesNothing(t *testing.T) {
	from, to := newStore(t), newStore(t)
	mirror(t, from)
	mustCopy(t, from, to)
	before, err := to.Digest(t.Context(), store.Query{Kind: vuln.KindCVE})
	if err != nil {
		t.Fatal(err)
	}
	report := mustCopy(t, from, to)
	for _, k := range report.Kinds {
		if k.Versions != 0 || k.Older != 0 || k.Withdrawn != 0 || k.Records == 0 {
			t.Errorf("a second copy does something: %+v", k)
		}
	}
	if report.Files != 0 || report.States != 0 {
		t.Errorf("a second copy does something: %+v", report)
	}
	after, err := to.Digest(t.Context(), store.Query{Kind: vuln.KindCVE})
	if err != nil || after != before {
		t.Errorf("digest %+v, before %+v, %v", after, before, err)
	}
}

func TestCopyFollowsTheSource(t *testing.T) {
	from, to := newStore(t), newStore(t)
	mirror(t, from)
	mustCopy(t, from, to)
	put(t, from, file("nvd-cve", 20), vuln.KindCVE, nil, cve(1, 70, "newer"), cve(92, 1, "a copy"), cve(93, 70, "new"))
	put(t, from, file("nvd-cpe", 21), vuln.KindCPE, nil, cpeName(2, 2)) // there again
	withdraw(t, from, vuln.KindCPE, "nvd-cpe", 80, recordID(t, cpeName(6, 6)), recordID(t, cpeName(2, 2)))
	put(t, from, file("nvd-cpematch", 22), vuln.KindMatchCriteria, nil, criteria(5, 5)) // there again
	if err := from.SetSource(t.Context(), store.SourceState{Source: "nvd-cpe", Completed: hour(2), Synced: hour(21)}); err != nil {
		t.Fatal(err)
	}
	mustCopy(t, from, to)
	wantSame(t, "a copy that is brought up to date", from, to)
}

func TestCopyKeepsWhatOnlyTheTargetHas(t *testing.T) {
	from, to := newMemory(), newMemory()
	mirror(t, from)
	put(t, to, file("nvd-cve", 30), vuln.KindCVE, nil, cve(1, 99, "much newer"), cve(2, -1, "older"), cve(4, 0, "other"), cve(95, 0, "its own"))
	state := store.SourceState{Source: "nvd-cve", Completed: hour(2), Synced: hour(99)}
	if err := to.SetSource(t.Context(), state); err != nil {
		t.Fatal(err)
	}
	for range 3 { // every one has the same result
		report := mustCopy(t, from, to)
		if report.Kinds[0].Older == 0 {
			t.Errorf("%+v: none is older", report.Kinds[0])
		}
		for id, want := range map[string]string{"CVE-2025-0001": "much newer", "CVE-2025-0002": "first", "CVE-2025-0095": "its own", "CVE-2025-0005": "fourth"} {
			r, err := to.Get(t.Context(), vuln.KindCVE, id)
			if err != nil || !strings.Contains(string(r.Body), want) {
				t.Errorf("%s is %s, %v; want %q", id, r.Body, err, want)
			}
		}
	}
	if versions, err := to.Versions(t.Context(), vuln.KindCVE, "CVE-2025-0004"); err != nil || len(versions) != 2 {
		t.Errorf("%d versions of one that was offered again and again, want 2, %v", len(versions), err)
	}
	if states, err := to.Sources(t.Context()); err != nil || len(states) != 3 || states[2] != state {
		t.Errorf("states %+v, %v", states, err)
	}
	got := map[string]string{}
	for _, p := range compareAll(t, from, to).Parts {
		for _, d := range p.First {
			got[d.ID] = d.Problem
		}
	}
	for id, want := range map[string]string{
		"CVE-2025-0001": "version 1 is not the same", "CVE-2025-0002": "version 1 is not the same",
		"CVE-2025-0095": "only in the target", "nvd-cve": "its times, its release or the reason differ",
	} {
		if !strings.Contains(got[id], want) {
			t.Errorf("%s: %q, want %q", id, got[id], want)
		}
	}
}

// failing fails one call of the target, and all after it.
type failing struct {
	store.Store
	left int
}

var errPlanted = errors.New("planted")

func (f *failing) fail() error {
	if f.left--; f.left < 0 {
		return errPlanted
	}
	return nil
}

func (f *failing) Apply(ctx context.Context, b *store.Batch) (store.Outcome, error) {
	if err := f.fail(); err != nil {
		return store.Outcome{}, err
	}
	return f.Store.Apply(ctx, b)
}

func (f *failing) Withdraw(ctx context.Context, w store.Withdrawal) (int, error) {
	if err := f.fail(); err != nil {
		return 0, err
	}
	return f.Store.Withdraw(ctx, w)
}

func (f *failing) SetSource(ctx context.Context, s store.SourceState) error {
	if err := f.fail(); err != nil {
		return err
	}
	return f.Store.SetSource(ctx, s)
}

// TestCopyGoesOnAfterAFailureAnywhere fails every step in its turn, and copies
// once more.
func TestCopyGoesOnAfterAFailureAnywhere(t *testing.T) {
	from := newMemory()
	mirror(t, from)
	want := holdingOf(t, from)
	for n := 0; ; n++ {
		to := newMemory()
		_, err := copyAll(t, from, &failing{to, n})
		if err != nil && !errors.Is(err, errPlanted) {
			t.Fatalf("failing at step %d: %v", n, err)
		}
		mustCopy(t, from, to)
		if d := diff(want, holdingOf(t, to)); d != "" {
			t.Fatalf("resumed after failing at step %d (-source +target):\n%s", n, d)
		}
		if err == nil {
			if n < 30 {
				t.Errorf("a copy took only %d steps", n)
			}
			return
		}
	}
}

// TestCopyGoesOnAfterManyFailures lets a copy into a real database fail again
// and again, each a few steps further.
func TestCopyGoesOnAfterManyFailures(t *testing.T) {
	from, to := newMemory(), newStore(t)
	mirror(t, from)
	for n := 0; ; n++ {
		_, err := copyAll(t, from, &failing{to, 7})
		if err == nil {
			break
		}
		if !errors.Is(err, errPlanted) || n > 100 {
			t.Fatalf("run %d: %v", n, err)
		}
	}
	wantSame(t, "resumed many times", from, to)
}

// cut is a source that cannot be read beyond some records.
type cut struct {
	store.Reader
	after int
}

func (c cut) List(ctx context.Context, q store.Query) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		n := 0
		for r, err := range c.Reader.List(ctx, q) {
			if n++; n > c.after {
				yield(vuln.Record{}, errPlanted)
				return
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

func TestCopyFailsWithTheSource(t *testing.T) {
	from, to := newMemory(), newMemory()
	mirror(t, from)
	if _, err := Copy(t.Context(), cut{from, 5}, to, options()); !errors.Is(err, errPlanted) || !strings.Contains(err.Error(), "read the source") {
		t.Errorf("%v", err)
	}
	if files, err := to.Origins(t.Context()); err != nil || len(files) > 0 {
		t.Errorf("files count as ingested: %v, %v", files, err)
	}
	mustCopy(t, from, to)
	wantSame(t, "resumed", from, to)
	if _, err := Compare(t.Context(), cut{from, 5}, to, options()); !errors.Is(err, errPlanted) {
		t.Errorf("Compare: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Copy(ctx, from, to, options()); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted copy: %v", err)
	}
}

func TestCopyOfNothingIsRefused(t *testing.T) {
	from := newMemory()
	if err := from.SetSource(t.Context(), store.SourceState{Source: "nvd-cve", Failed: noon}); err != nil {
		t.Fatal(err)
	}
	if _, err := copyAll(t, from, newMemory()); !errors.Is(err, ErrEmpty) {
		t.Errorf("%v, want ErrEmpty", err)
	}
	put(t, from, file("nvd-cve", 1), vuln.KindCVE, nil)
	if report := mustCopy(t, from, newMemory()); report.Files != 1 {
		t.Errorf("a file without records: %+v", report)
	}
}

// TestCopyKeepsWhatCannotBeRead: a body is never lost for its facts.
func TestCopyKeepsWhatCannotBeRead(t *testing.T) {
	from, to := newMemory(), newMemory()
	put(t, from, file("nvd-cve", 1), vuln.KindCVE, func(r *vuln.Record) { r.Body = []byte(`{"odd":1}`) }, cve(1, 0, "odd"))
	put(t, from, file("nvd-cve", 1), vuln.KindCVE, func(r *vuln.Record) { r.ID = "CVE-2025-7777" }, cve(2, 0, "another"))
	report := mustCopy(t, from, to)
	if report.Unread != 2 || len(report.FirstUnread) != 2 || !strings.Contains(report.FirstUnread[0], "CVE-2025-0001") {
		t.Errorf("%+v", report)
	}
	a, b := compareAll(t, from, to), holdingOf(t, to)
	if !a.Same() || len(b.Histories) != 2 {
		t.Errorf("%+v, %d records", a, len(b.Histories))
	}
}

// insistent has one more error to tell when nobody listens any more, as a
// database may whose context ended.
type insistent struct{ store.Reader }

func (i insistent) List(ctx context.Context, q store.Query) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		i.Reader.List(ctx, q)(yield)
		yield(vuln.Record{}, context.Canceled)
	}
}

func TestTheFirstErrorCounts(t *testing.T) {
	s := newMemory()
	mirror(t, s)
	err := source(insistent{s}).each(t.Context(), vuln.KindCVE, nil, func(vuln.Record, history) error { return errPlanted })
	if !errors.Is(err, errPlanted) {
		t.Errorf("%v, want what was planted", err)
	}
}
