package nvdapi

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"vulnmirror/store"
)

// A gate keeps requests out until a first load has completed: clients would
// take a part for the whole and store how far they came.
type gate struct {
	store   Store
	sources []string
	now     func() time.Time

	openUntil atomic.Int64 // Unix nanoseconds
}

// trust is how long an open gate is not looked at again. It bounds how long an
// unfinished store that took the place of a finished one goes unnoticed.
const trust = time.Second

// open returns nil when requests may be answered, errLoading when not yet.
func (g *gate) open(ctx context.Context) error {
	now := g.now()
	if now.UnixNano() < g.openUntil.Load() {
		return nil
	}
	states, err := g.store.Sources(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(states, g.complete) {
		return errLoading
	}
	g.openUntil.Store(now.Add(trust).UnixNano())
	return nil
}

func (g *gate) complete(s store.SourceState) bool {
	return !s.Completed.IsZero() && (len(g.sources) == 0 || slices.Contains(g.sources, s.Source))
}
