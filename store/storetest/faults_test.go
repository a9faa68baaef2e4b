package storetest

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

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
	return f.Store.Apply(ctx, b)
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
	return f.Store.Snapshot(ctx)
}

// live is a snapshot that moves with its store.
type live struct{ store.Reader }

func (live) Close() error { return nil }

// TestFaultsAreFound plants faults, each of which the named check must report.
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
				if q.Tag != "" {
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
			f.digest = func(d store.Digest) store.Digest { d.Count = min(d.Count, 100); return d }
		}},
		{"history is newest first", "History", func(f *faulty) {
			f.versions = func(v []store.Version) []store.Version { slices.Reverse(v); return v }
		}},
		{"history forgets its origin", "History", func(f *faulty) {
			f.versions = func(v []store.Version) []store.Version { v[0].Origin = v[len(v)-1].Origin; return v }
		}},
		{"a snapshot moves", "Snapshot", func(f *faulty) { f.now = true }},
	} {
		t.Run(tc.check+": "+tc.fault, func(t *testing.T) {
			s, err := sqlite.Open(filepath.Join(t.TempDir(), "v.db"), sqlite.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			f := &faulty{Store: s}
			tc.plant(f)
			i := slices.IndexFunc(checks, func(c check) bool { return c.name == tc.check })
			r := &recorder{ctx: t.Context()}
			done := make(chan struct{})
			go func() {
				defer close(done)
				checks[i].run(newTrial(r, nil), f)
			}()
			<-done
			if tc.fault == "" && len(r.failed) > 0 {
				t.Errorf("a sound store fails: %v", r.failed)
			}
			if tc.fault != "" && len(r.failed) == 0 {
				t.Error("the fault went unnoticed")
			}
		})
	}
}
