package storetest

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/vuln"
)

// recorder is a T that only notes whether the check failed.
type recorder struct {
	ctx    context.Context
	mu     sync.Mutex
	failed []string
}

func (r *recorder) Helper()                  {}
func (r *recorder) Context() context.Context { return r.ctx }
func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = append(r.failed, fmt.Sprintf(format, args...))
}

// Skipf is a failure: a check that does nothing finds nothing.
func (r *recorder) Skipf(format string, args ...any) { r.Fatalf(format, args...) }

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

// faulty is a good store with one method replaced.
type faulty struct {
	store.Store
	get      func(vuln.Record) vuln.Record
	list     func(store.Query) store.Query
	apply    func(context.Context, *store.Batch) context.Context
	digest   func(store.Digest) store.Digest
	versions func([]store.Version) []store.Version
	outcome  func(store.Outcome) store.Outcome
	snapshot func(store.Snapshot) store.Snapshot
	renew    func(store.Renewal) store.Renewal
	lease    func() error // in place of a refusal
	withdraw func(context.Context, *store.Withdrawal) context.Context
	state    func(store.SourceState) store.SourceState
	follow   func(store.LinkQuery) store.LinkQuery
	links    func([]store.Link) []store.Link
	titles   func(map[store.Ref]string)
	now      bool // snapshots are not frozen
}

func (f *faulty) Get(ctx context.Context, k vuln.Kind, id string) (vuln.Record, error) {
	r, err := f.Store.Get(ctx, k, id)
	if err == nil && f.get != nil {
		r = f.get(r)
	}
	return r, err
}

func (f *faulty) List(ctx context.Context, q store.Query) iter.Seq2[vuln.Record, error] {
	if f.list != nil {
		q = f.list(q)
	}
	return f.Store.List(ctx, q)
}

func (f *faulty) Apply(ctx context.Context, b *store.Batch) (store.Outcome, error) {
	if f.apply != nil {
		ctx = f.apply(ctx, b)
	}
	o, err := f.Store.Apply(ctx, b)
	if err == nil && f.outcome != nil {
		o = f.outcome(o)
	}
	return o, err
}

func (f *faulty) SetSource(ctx context.Context, st store.SourceState) error {
	if f.state != nil {
		st = f.state(st)
	}
	return f.Store.SetSource(ctx, st)
}

func (f *faulty) Links(ctx context.Context, q store.LinkQuery) iter.Seq2[store.Link, error] {
	if f.follow != nil {
		q = f.follow(q)
	}
	all := f.Store.(store.Linker).Links(ctx, q)
	if f.links == nil {
		return all
	}
	var links []store.Link
	for l, err := range all {
		if err != nil {
			return all
		}
		links = append(links, l)
	}
	links = f.links(links)
	return func(yield func(store.Link, error) bool) {
		for _, l := range links {
			if !yield(l, nil) {
				return
			}
		}
	}
}

func (f *faulty) Titles(ctx context.Context, refs []store.Ref) (map[store.Ref]string, error) {
	titles, err := f.Store.(store.Linker).Titles(ctx, refs)
	if err == nil && f.titles != nil {
		f.titles(titles)
	}
	return titles, err
}

func (f *faulty) Withdraw(ctx context.Context, w store.Withdrawal) (int, error) {
	if f.withdraw != nil {
		ctx = f.withdraw(ctx, &w)
	}
	return f.Store.Withdraw(ctx, w)
}

func (f *faulty) Renew(ctx context.Context) (store.Renewal, error) {
	next, err := f.Store.(store.Renewer).Renew(ctx)
	if err == nil && f.renew != nil {
		next = f.renew(next)
	}
	return next, err
}

func (f *faulty) Lease(ctx context.Context, name, holder string, term time.Duration) error {
	err := f.Store.(store.Leaser).Lease(ctx, name, holder, term)
	if err != nil && f.lease != nil {
		err = f.lease()
	}
	return err
}

func (f *faulty) Release(ctx context.Context, name, holder string) error {
	return f.Store.(store.Leaser).Release(ctx, name, holder)
}

func (f *faulty) Digest(ctx context.Context, q store.Query) (store.Digest, error) {
	d, err := f.Store.Digest(ctx, q)
	if f.digest != nil {
		d = f.digest(d)
	}
	return d, err
}

func (f *faulty) Versions(ctx context.Context, k vuln.Kind, id string) ([]store.Version, error) {
	v, err := f.Store.Versions(ctx, k, id)
	if f.versions != nil {
		v = f.versions(v)
	}
	return v, err
}

func (f *faulty) Snapshot(ctx context.Context) (store.Snapshot, error) {
	if f.now {
		return live{f.Store}, nil
	}
	snap, err := f.Store.Snapshot(ctx)
	if err == nil && f.snapshot != nil {
		snap = f.snapshot(snap)
	}
	return snap, err
}

// live is a snapshot that moves with its store.
type live struct{ store.Store }

func (live) Close() error { return nil }

func (l live) Links(ctx context.Context, q store.LinkQuery) iter.Seq2[store.Link, error] {
	return l.Store.(store.Linker).Links(ctx, q)
}

func (l live) Titles(ctx context.Context, refs []store.Ref) (map[store.Ref]string, error) {
	return l.Store.(store.Linker).Titles(ctx, refs)
}

// listing is a snapshot whose lists are asked for otherwise.
type listing struct {
	store.Snapshot
	list func(store.Query) store.Query
}

func (l listing) List(ctx context.Context, q store.Query) iter.Seq2[vuln.Record, error] {
	return l.Snapshot.List(ctx, l.list(q))
}

// hasty is a renewal that writes to the store in service too.
type hasty struct {
	store.Renewal
	serving store.Store
}

func (h hasty) Apply(ctx context.Context, b *store.Batch) (store.Outcome, error) {
	twice := *b
	if _, err := h.serving.Apply(ctx, &twice); err != nil {
		return store.Outcome{}, err
	}
	return h.Renewal.Apply(ctx, b)
}

// forgetful is a renewal that takes nothing over.
type forgetful struct{ store.Renewal }

func (f forgetful) Take(context.Context) error { return f.Close() }

// TestSmall keeps the small suite right, which runs on slow servers.
func TestSmall(t *testing.T) {
	if raceEnabled {
		t.Skip("the suite is small then anyway, where it runs on SQLite")
	}
	Run(t, func(t *testing.T) store.Store {
		s, err := sqlite.Open(filepath.Join(t.TempDir(), "v.db"), sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}, Small)
}

// inWords changes what is looked for.
func inWords(q store.Query, change func(string) string) store.Query {
	q.Words = slices.Clone(q.Words)
	for i, w := range q.Words {
		q.Words[i] = change(w)
	}
	return q
}

// TestFaultsAreFound plants faults, each of which the named check must report, as
// small as it can be.
func TestFaultsAreFound(t *testing.T) {
	for _, tc := range []struct {
		fault, check string
		plant        func(f *faulty)
	}{
		{"", "NewestWins", func(*faulty) {}}, // the wrapper itself is sound
		{"", "Filters", func(*faulty) {}},
		{"a body is encoded again", "Bodies", func(f *faulty) {
			f.get = func(r vuln.Record) vuln.Record { r.Body = append([]byte(" "), r.Body...); return r }
		}},
		{"seconds only", "Envelope", func(f *faulty) {
			f.get = func(r vuln.Record) vuln.Record { r.Published = r.Published.Truncate(time.Second); return r }
		}},
		{"an old version wins", "NewestWins", func(f *faulty) {
			f.apply = func(ctx context.Context, b *store.Batch) context.Context {
				b.Records = slices.Clone(b.Records)
				for i := range b.Records {
					b.Records[i].Modified = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
				}
				return ctx
			}
		}},
		{"a cancelled batch is applied", "FailedBatch", func(f *faulty) {
			f.apply = func(ctx context.Context, _ *store.Batch) context.Context { return context.WithoutCancel(ctx) }
		}},
		{"a file counts as ingested too soon", "Ingested", func(f *faulty) {
			f.apply = func(ctx context.Context, b *store.Batch) context.Context { b.Last = true; return ctx }
		}},
		{"a filter is not applied", "Filters", func(f *faulty) {
			f.list = func(q store.Query) store.Query { q.CWE = ""; return q }
		}},
		{"two filters are not combined", "FilterPairs", func(f *faulty) {
			f.list = func(q store.Query) store.Query {
				if q.Tag != "" || q.CWE != "" || q.InKEV || len(q.Statuses) > 0 || q.Year != 0 {
					q.MinScore = 0
				}
				return q
			}
		}},
		{"a page begins one early", "Orders", func(f *faulty) {
			f.list = func(q store.Query) store.Query { q.Offset = max(0, q.Offset-1); return q }
		}},
		{"words may be anywhere in a phrase", "Phrases", func(f *faulty) {
			f.list = func(q store.Query) store.Query { q.Words, q.Phrase = []string{q.Phrase}, ""; return q }
		}},
		{"the revision stands still", "Digest", func(f *faulty) {
			f.digest = func(d store.Digest) store.Digest { d.Revision = 1; return d }
		}},
		{"the count is of the page", "Orders", func(f *faulty) {
			f.digest = func(d store.Digest) store.Digest { d.Count = min(d.Count, 50); return d }
		}},
		{"history is newest first", "History", func(f *faulty) {
			f.versions = func(v []store.Version) []store.Version { slices.Reverse(v); return v }
		}},
		{"history forgets its origin", "History", func(f *faulty) {
			f.versions = func(v []store.Version) []store.Version { v[0].Origin = v[len(v)-1].Origin; return v }
		}},
		{"a snapshot moves", "Snapshot", func(f *faulty) { f.now = true }},
		{"a snapshot's history and files move", "SnapshotOfAll", func(f *faulty) { f.now = true }},
		{"", "ConcurrentVersions", func(*faulty) {}},
		{"an older version wins over one applied beside it", "ConcurrentVersions", func(f *faulty) {
			f.apply = func(ctx context.Context, b *store.Batch) context.Context {
				b.Records = slices.Clone(b.Records)
				for i := range b.Records {
					b.Records[i].Modified = epoch // all as new as each other: the last one stays
				}
				return ctx
			}
		}},
		{"an outcome counts what others did", "ConcurrentVersions", func(f *faulty) {
			f.outcome = func(o store.Outcome) store.Outcome { o.Older++; return o }
		}},
		{"", "Pages", func(*faulty) {}},
		{"a page repeats a record", "Pages", func(f *faulty) {
			f.snapshot = func(s store.Snapshot) store.Snapshot {
				return listing{s, func(q store.Query) store.Query { q.Offset -= min(q.Offset, 1); return q }}
			}
		}},
		{"pages move with the store", "Pages", func(f *faulty) { f.now = true }},
		{"one order is taken for another", "OddOrder", func(f *faulty) {
			f.list = func(q store.Query) store.Query { q.Order = store.ByModifiedDesc; return q }
		}},
		{"", "NastyWords", func(*faulty) {}},
		{"words have case beyond ASCII", "NastyWords", func(f *faulty) {
			f.list = func(q store.Query) store.Query {
				return inWords(q, func(w string) string {
					if w != strings.ToLower(w) && strings.IndexFunc(w, func(r rune) bool { return r > unicode.MaxASCII }) >= 0 {
						return "none" + w
					}
					return w
				})
			}
		}},
		{"long words are cut short", "NastyWords", func(f *faulty) {
			f.list = func(q store.Query) store.Query {
				return inWords(q, func(w string) string { return w[:min(len(w), 2047)] })
			}
		}},
		{"withdrawn records are counted", "Withdraw", func(f *faulty) {
			f.digest = func(d store.Digest) store.Digest { d.Count = 4; return d }
		}},
		{"a cancelled withdrawal goes on", "FailedWithdraw", func(f *faulty) {
			f.withdraw = func(ctx context.Context, _ *store.Withdrawal) context.Context { return context.WithoutCancel(ctx) }
		}},
		{"newer records than the list are withdrawn", "Withdraw", func(f *faulty) {
			f.withdraw = func(ctx context.Context, w *store.Withdrawal) context.Context {
				w.UpTo = w.UpTo.AddDate(1, 0, 0)
				return ctx
			}
		}},
		{"changes come without a new revision", "Changes", func(f *faulty) {
			f.digest = func(d store.Digest) store.Digest { d.Revision = 1; return d }
		}},
		{"", "Renewal", func(*faulty) {}},
		{"a renewal is seen before it is taken", "Renewal", func(f *faulty) {
			f.renew = func(r store.Renewal) store.Renewal { return hasty{r, f.Store} }
		}},
		{"a renewal that is taken is forgotten", "Renewal", func(f *faulty) {
			f.renew = func(r store.Renewal) store.Renewal { return forgetful{r} }
		}},
		{"revisions begin anew after a renewal", "Renewal", func(f *faulty) {
			f.digest = func(d store.Digest) store.Digest { d.Revision %= 7; return d }
		}},
		{"what is dropped is taken", "RenewalDropped", func(f *faulty) {
			f.renew = func(r store.Renewal) store.Renewal { return hasty{r, f.Store} }
		}},
		{"", "Lease", func(*faulty) {}},
		{"a lease is granted twice", "Lease", func(f *faulty) { f.lease = func() error { return nil } }},
		{"nobody says who has a lease", "Lease", func(f *faulty) { f.lease = func() error { return store.ErrLeased } }},
		{"a lease ends before its term", "LeaseEnds", func(f *faulty) { f.lease = func() error { return nil } }},
	} {
		t.Run(tc.check+": "+tc.fault, func(t *testing.T) { tryFault(t, tc.fault, tc.check, tc.plant) })
	}
}

// tryFault runs a check on a store with a fault, or on a sound one when the fault
// has no name.
func tryFault(t *testing.T, fault, name string, plant func(f *faulty)) {
	t.Helper()
	s, err := sqlite.Open(filepath.Join(t.TempDir(), "v.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f := &faulty{Store: s}
	plant(f)
	i := slices.IndexFunc(checks, func(c check) bool { return c.name == name })
	r := &recorder{ctx: t.Context()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		checks[i].run(newTrial(r, []Option{Small}), f)
	}()
	<-done
	if fault == "" && len(r.failed) > 0 {
		t.Errorf("a sound store fails: %v", r.failed)
	}
	if fault != "" && len(r.failed) == 0 {
		t.Error("the fault went unnoticed")
	}
}
