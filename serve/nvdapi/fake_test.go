package nvdapi

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"sync"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// memory is the part of a store that these tests ask for.
type memory struct {
	mu      sync.Mutex
	records []vuln.Record
	sources []store.SourceState
	err     error // of every call, when set
}

func (m *memory) Get(_ context.Context, kind vuln.Kind, id string) (vuln.Record, error) {
	for _, r := range m.records {
		if r.Kind == kind && r.ID == id {
			return r, m.err
		}
	}
	return vuln.Record{}, cmp.Or(m.err, store.ErrNotFound)
}

func (m *memory) Sources(context.Context) ([]store.SourceState, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sources, m.err
}

func (m *memory) Snapshot(context.Context) (store.Snapshot, error) {
	return snapshot{memory: m}, m.err
}

type snapshot struct {
	store.Snapshot
	memory *memory
}

func (s snapshot) Close() error { return nil }

func (s snapshot) matches(q store.Query) []vuln.Record {
	in := func(span store.Span, r vuln.Record) bool {
		return span.IsZero() || !r.Modified.Before(span.From) && !r.Modified.After(span.To)
	}
	var found []vuln.Record
	for _, r := range s.memory.records {
		if (q.IDs == nil || slices.Contains(q.IDs, r.ID)) && !slices.Contains(q.NotStatuses, r.Status) && in(q.Modified, r) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b vuln.Record) int {
		return cmp.Or(a.Published.Compare(b.Published), cmp.Compare(a.ID, b.ID))
	})
	return found
}

func (s snapshot) Digest(_ context.Context, q store.Query) (store.Digest, error) {
	return store.Digest{Count: len(s.matches(q))}, s.memory.err
}

func (s snapshot) List(_ context.Context, q store.Query) iter.Seq2[vuln.Record, error] {
	found := s.matches(q)
	found = found[min(q.Offset, len(found)):]
	return func(yield func(vuln.Record, error) bool) {
		for _, r := range found[:min(q.Limit, len(found))] {
			if !yield(r, nil) {
				return
			}
		}
	}
}
