package transfer

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"vulnmirror/store"
	"vulnmirror/store/succession"
	"vulnmirror/vuln"
)

// memory is a store that keeps its promises about writing and does as much of
// reading as a copy needs. It is fast, for tests that need many of them.
type memory struct {
	store.Store // nil; no other method is called
	mu          sync.Mutex
	held        map[vuln.Kind]map[string]*history
	files       map[store.Origin]bool // whether they are complete
	sources     map[string]store.SourceState
}

func newMemory() *memory {
	return &memory{held: map[vuln.Kind]map[string]*history{}, files: map[store.Origin]bool{}, sources: map[string]store.SourceState{}}
}

func (m *memory) Apply(_ context.Context, b *store.Batch) (out store.Outcome, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	origin := b.Origin
	origin.Copies, origin.Replaces, origin.Forgets = false, false, false
	m.files[origin] = m.files[origin] || b.Last
	out.Dispositions = make([]store.Disposition, len(b.Records))
	for i, r := range b.Records {
		out.Note(i, m.apply(r, origin, b.Origin))
	}
	return out, nil
}

func (m *memory) apply(r vuln.Record, origin, as store.Origin) store.Disposition {
	r.Facts, r.Text, r.Withdrawn = vuln.Facts{Best: r.Facts.Best}, nil, time.Time{}
	next := store.Version{Record: r, Seen: origin.Fetched, Origin: origin}
	if m.held[r.Kind] == nil {
		m.held[r.Kind] = map[string]*history{}
	}
	h := m.held[r.Kind][r.ID]
	if h == nil {
		m.held[r.Kind][r.ID] = &history{id: r.ID, versions: []store.Version{next}}
		return store.Added
	}
	current := &h.versions[len(h.versions)-1].Record
	verdict, err := succession.Decide(succession.Of(current), succession.Of(&r), succession.Manner{Copies: as.Copies, Replaces: as.Replaces}, func() (bool, error) {
		return vuln.SameContent(current.Body, r.Body), nil
	})
	switch {
	case err != nil:
		panic(err) // the question above has none
	case verdict == succession.Yields:
		return store.Older
	case verdict == succession.Repeats && as.Copies:
		return store.Unchanged
	case verdict == succession.Repeats:
		current.Source = r.Source
		withdrawn := !h.withdrawn.IsZero()
		h.withdrawn = time.Time{}
		if withdrawn {
			return store.Changed
		}
		return store.Unchanged
	}
	if as.Forgets {
		h.versions = h.versions[:len(h.versions)-1]
	}
	h.versions, h.withdrawn = append(h.versions, next), time.Time{}
	return store.Changed
}

func (m *memory) Withdraw(_ context.Context, w store.Withdrawal) (n int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, h := range m.held[w.Kind] {
		current := h.versions[len(h.versions)-1].Record
		if current.Source == w.Source && h.withdrawn.IsZero() && !current.Modified.After(w.UpTo) && !w.Keep(id) {
			h.withdrawn = w.At
			n++
		}
	}
	return n, nil
}

func (m *memory) SetSource(_ context.Context, s store.SourceState) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sources[s.Source] = s
	return nil
}

func (m *memory) List(_ context.Context, q store.Query) iter.Seq2[vuln.Record, error] {
	if !q.Withdrawn || q.Order != store.ByID {
		panic(fmt.Sprintf("not a question of a copy: %+v", q))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []vuln.Record
	for id, h := range m.held[q.Kind] {
		if q.IDs == nil || slices.Contains(q.IDs, id) {
			r := h.versions[len(h.versions)-1].Record
			r.Withdrawn = h.withdrawn
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b vuln.Record) int { return cmp.Compare(a.ID, b.ID) })
	return func(yield func(vuln.Record, error) bool) {
		for _, r := range out {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (m *memory) Digest(_ context.Context, q store.Query) (store.Digest, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return store.Digest{Count: len(m.held[q.Kind])}, nil
}

func (m *memory) Versions(_ context.Context, kind vuln.Kind, id string) ([]store.Version, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if h := m.held[kind][id]; h != nil {
		versions := slices.Clone(h.versions)
		for i := range versions {
			versions[i].Record.Facts.Best, versions[i].Record.Title = nil, ""
		}
		return versions, nil
	}
	return nil, store.ErrNotFound
}

func (m *memory) Origins(context.Context) ([]store.Origin, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []store.Origin
	for o, complete := range m.files {
		if complete {
			out = append(out, o)
		}
	}
	return out, nil
}

func (m *memory) Sources(context.Context) ([]store.SourceState, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.SortedFunc(maps.Values(m.sources), func(a, b store.SourceState) int { return cmp.Compare(a.Source, b.Source) }), nil
}

func (m *memory) Snapshot(context.Context) (store.Snapshot, error) { return still{m}, nil }

// still is a memory that nobody writes to meanwhile.
type still struct{ *memory }

func (still) Close() error { return nil }

func (m *memory) Get(ctx context.Context, kind vuln.Kind, id string) (vuln.Record, error) {
	for r := range m.List(ctx, store.Query{Kind: kind, IDs: []string{id}, Withdrawn: true, Order: store.ByID}) {
		return r, nil
	}
	return vuln.Record{}, store.ErrNotFound
}
