package transfer

import (
	"context"
	"time"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// manyWithdrawn is how many withdrawn records are gathered before the target is
// told of them. Each telling makes it look through all records of the kind.
const manyWithdrawn = 50_000

// withdrawals gathers records that are to be marked, by what marks them.
type withdrawals struct {
	kind   vuln.Kind
	count  int
	groups []*withdrawn
}

// withdrawn is the records of one source that were withdrawn at one time.
type withdrawn struct {
	source   string
	at, upTo time.Time
	ids      map[string]bool
}

func (w *withdrawals) add(h history) {
	current := &h.versions[len(h.versions)-1].Record
	g := w.group(current.Source, h.withdrawn)
	g.ids[h.id] = true
	if current.Modified.After(g.upTo) {
		g.upTo = current.Modified
	}
	w.count++
}

func (w *withdrawals) group(source string, at time.Time) *withdrawn {
	for _, g := range w.groups {
		if g.source == source && g.at.Equal(at) {
			return g
		}
	}
	g := &withdrawn{source: source, at: at, ids: make(map[string]bool)}
	w.groups = append(w.groups, g)
	return g
}

func (w *withdrawals) many() bool { return w.count >= manyWithdrawn }

// flush sends what was gathered. The versions themselves were sent before.
func (w *withdrawals) flush(ctx context.Context, out chan<- step) error {
	for _, g := range w.groups {
		x := &store.Withdrawal{
			Kind: w.kind, Source: g.source, At: g.at, UpTo: g.upTo,
			Keep: func(id string) bool { return !g.ids[id] },
		}
		if err := send(ctx, out, step{withdraw: x}); err != nil {
			return err
		}
	}
	w.groups, w.count = nil, 0
	return nil
}
