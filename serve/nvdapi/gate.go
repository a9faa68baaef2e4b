package nvdapi

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// errLoading: the mirror has never held all records of a kind.
var errLoading = errors.New("the first load is not complete yet")

// An absence is why records of a kind will not come: nothing supplies them.
type absence string

func (a absence) Error() string { return string(a) }

// A gate keeps requests out until a first load has completed: clients would
// take a part for the whole and store how far they came.
type gate struct {
	store     Store
	suppliers map[vuln.Kind][]string
	enabled   []string
	now       func() time.Time

	openUntil map[vuln.Kind]*atomic.Int64 // Unix nanoseconds; made with the gate
}

func newGate(s Store, o Options, kinds []vuln.Kind) *gate {
	g := &gate{store: s, suppliers: o.Sources, enabled: o.Enabled, now: o.Now, openUntil: make(map[vuln.Kind]*atomic.Int64)}
	for _, kind := range kinds {
		g.openUntil[kind] = new(atomic.Int64)
	}
	return g
}

// trust is how long an open gate is not looked at again. It bounds how long an
// unfinished store that took the place of a finished one goes unnoticed.
const trust = time.Second

// open returns nil when requests for records of a kind may be answered,
// errLoading when not yet, an absence when nothing supplies them.
func (g *gate) open(ctx context.Context, kind vuln.Kind) error {
	now, until := g.now(), g.openUntil[kind]
	if now.UnixNano() < until.Load() {
		return nil
	}
	states, err := g.store.Sources(ctx)
	if err != nil {
		return err
	}
	switch {
	case slices.ContainsFunc(states, func(s store.SourceState) bool { return !s.Completed.IsZero() && g.supplies(s.Source, kind) }):
		until.Store(now.Add(trust).UnixNano())
		return nil
	case g.awaits(kind):
		return errLoading
	}
	return g.absence(kind)
}

func (g *gate) absence(kind vuln.Kind) absence {
	const reason = "This mirror does not keep these records."
	if len(g.suppliers[kind]) == 0 {
		return reason
	}
	return absence(reason + " Enable the source " + strings.Join(g.suppliers[kind], " or ") + ".")
}

func (g *gate) supplies(source string, kind vuln.Kind) bool {
	return g.suppliers == nil || slices.Contains(g.suppliers[kind], source)
}

// awaits tells whether a source that supplies the kind is kept up to date.
func (g *gate) awaits(kind vuln.Kind) bool {
	return g.suppliers == nil || g.enabled == nil ||
		slices.ContainsFunc(g.suppliers[kind], func(s string) bool { return slices.Contains(g.enabled, s) })
}
