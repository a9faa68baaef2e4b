package nvdapi

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vulnmirror/store"
)

// patient gives a context that ends when patience does, unless begun is called
// before: a page that is written while it is read takes as long as its client.
func (h *handler) patient(parent context.Context) (ctx context.Context, begun func() bool, cancel context.CancelFunc) {
	if h.patience == 0 {
		return parent, func() bool { return true }, func() {}
	}
	ctx, end := context.WithCancel(parent)
	timer := time.AfterFunc(h.patience, end)
	return ctx, timer.Stop, func() { timer.Stop(); end() }
}

// answer reads a page. Its count and its records are from one state of the
// store.
func (h *handler) answer(ctx context.Context, r *request, p *page) error {
	err := h.gate.open(ctx, r.of.kind)
	if gone := absence(""); r.of.derive != nil && errors.As(err, &gone) {
		return h.derived(ctx, r, p)
	}
	if err == nil && r.needs != "" {
		err = h.gate.open(ctx, r.needs)
	}
	if err != nil {
		return err
	}
	if r.id != "" {
		return h.one(ctx, r, p)
	}
	snapshot, err := h.store.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer snapshot.Close()
	r.matcher = h.matcher
	if r.of.resolve != nil {
		if err := r.of.resolve(ctx, snapshot, r); err != nil || r.nothing {
			return err
		}
	}
	digest, err := snapshot.Digest(ctx, r.query)
	if err != nil {
		return err
	}
	p.total = digest.Count
	p.count = max(0, min(r.size, p.total-p.start))
	if p.count == 0 {
		return nil
	}
	q := r.query
	q.Order, q.Offset, q.Limit = store.ByPublished, r.start, r.size
	p.bodies = make([][]byte, 0, p.count)
	n := 0
	for record, err := range snapshot.List(ctx, q) {
		if err == nil {
			err = p.add(record.Body)
		}
		if err != nil {
			return err
		}
		n++
	}
	if n != p.count {
		return fmt.Errorf("the store counts %d records on the page and lists %d", p.count, n)
	}
	return nil
}

// one answers for a single record, without the cost of a snapshot.
func (h *handler) one(ctx context.Context, r *request, p *page) error {
	record, err := r.held(h.store.Get(ctx, r.of.kind, r.id))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	p.total = 1
	if p.start == 0 {
		p.count = 1
		return p.add(record.Body)
	}
	return nil
}
