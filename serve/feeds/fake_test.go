package feeds

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// memory is a store of the few things feeds ask for. It counts the listings,
// each of which is a build.
type memory struct {
	mu       sync.Mutex
	records  map[string]held
	revision int64
	complete bool
	lists    []store.Query
	fail     error         // what the next snapshots fail with
	gate     chan struct{} // when set, every listing waits for it to close
}

type held struct {
	vuln.Record
	revision int64
}

func newMemory(records ...vuln.Record) *memory {
	m := &memory{records: map[string]held{}, complete: true}
	m.put(records...)
	return m
}

func (m *memory) put(records ...vuln.Record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.revision++
	for _, r := range records {
		m.records[r.ID] = held{r, m.revision}
	}
}

func (m *memory) builds() []store.Query {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.lists)
}

func (m *memory) Snapshot(context.Context) (store.Snapshot, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return nil, m.fail
	}
	s := frozen{of: m, complete: m.complete, gate: m.gate}
	for _, r := range m.records {
		s.records = append(s.records, r)
	}
	return s, nil
}

type frozen struct {
	store.Snapshot
	of       *memory
	records  []held
	complete bool
	gate     chan struct{}
}

func (s frozen) Close() error { return nil }

func (s frozen) Sources(context.Context) ([]store.SourceState, error) {
	state := store.SourceState{Source: "nvd-cve"}
	if s.complete {
		state.Completed = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return []store.SourceState{{Source: "other", Completed: time.Unix(1, 0)}, state}, nil
}

func (s frozen) Digest(_ context.Context, q store.Query) (store.Digest, error) {
	var d store.Digest
	for _, r := range s.matching(q) {
		d.Count++
		d.Revision = max(d.Revision, r.revision)
		if r.Modified.After(d.Newest) {
			d.Newest = r.Modified
		}
	}
	return d, nil
}

func (s frozen) List(_ context.Context, q store.Query) iter.Seq2[vuln.Record, error] {
	s.of.mu.Lock()
	s.of.lists = append(s.of.lists, q)
	s.of.mu.Unlock()
	return func(yield func(vuln.Record, error) bool) {
		if s.gate != nil {
			<-s.gate
		}
		for _, r := range s.matching(q) {
			if !yield(r.Record, nil) {
				return
			}
		}
	}
}

func (s frozen) matching(q store.Query) []held {
	in := func(t time.Time, span store.Span) bool {
		return (span.From.IsZero() || !t.Before(span.From)) && (span.To.IsZero() || !t.After(span.To))
	}
	found := slices.DeleteFunc(slices.Clone(s.records), func(r held) bool {
		return r.Kind != q.Kind || q.Year != 0 && vuln.FeedYear(r.ID) != q.Year ||
			!in(r.Published, q.Published) || !in(r.Modified, q.Modified)
	})
	slices.SortFunc(found, func(a, b held) int {
		if q.Order == store.ByPublished {
			if c := a.Published.Compare(b.Published); c != 0 {
				return c
			}
		}
		return cmp.Compare(a.ID, b.ID)
	})
	return found
}

// cve makes a record; times are as NVD spells them.
func cve(id, published, modified string) vuln.Record {
	at := func(s string) time.Time {
		t, err := vuln.ParseTime(s)
		if err != nil {
			panic(err)
		}
		return t
	}
	return vuln.Record{
		Kind: vuln.KindCVE, ID: id, Source: "nvd-cve",
		Published: at(published), Modified: at(modified),
		Body: fmt.Appendf(nil, `{"id":%q,"published":%q,"lastModified":%q,"descriptions":[{"lang":"en","value":"<é> \u00e9 \/ %s"}],"n":1.50}`,
			id, published, modified, strings.Repeat("x", len(id)%7)),
	}
}
