package transfer

import (
	"context"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

const (
	// Versions of a page are sorted by the files they came from, so the larger
	// it is the fewer batches there are.
	pageRecords = 4000
	pageBytes   = 8 << 20

	// A batch ends at whichever comes first. With a page and three batches under
	// way at a time this bounds memory.
	batchRecords = 500
	batchBytes   = 4 << 20
)

// step is what is done to the target at a time: a batch, or a withdrawal.
type step struct {
	batch    *store.Batch
	withdraw *store.Withdrawal
	read     int // records of the source that are done with once this step is
}

// reader finds out what the target lacks of one kind.
type reader struct {
	from      side
	to        *side // nil when it holds nothing of the kind
	forgets   bool  // see Kind
	out       chan<- step
	withdrawn withdrawals
}

func (r *reader) kind(ctx context.Context, kind vuln.Kind) error {
	var page []history
	size := 0
	err := r.from.each(ctx, kind, nil, func(current vuln.Record, h history) error {
		// Should its body not be readable, the title is all there is of it.
		h.versions[len(h.versions)-1].Record.Title = current.Title
		for i := range h.versions {
			size += len(h.versions[i].Record.Body)
		}
		if page = append(page, h); len(page) < pageRecords && size < pageBytes {
			return nil
		}
		full := page
		page, size = page[:0], 0
		return r.page(ctx, kind, full)
	})
	if err != nil {
		return err
	}
	if err := r.page(ctx, kind, page); err != nil {
		return err
	}
	return r.withdrawn.flush(ctx, r.out)
}

// page sends what the target lacks of some records. The first versions of all of
// them go before the second ones, and so on.
func (r *reader) page(ctx context.Context, kind vuln.Kind, page []history) error {
	held, err := r.held(ctx, kind, page)
	if err != nil {
		return err
	}
	wanted := make([][]store.Version, 0, len(page))
	most := 0
	for _, h := range page {
		versions, withdraw := lacking(h, held[h.id])
		if withdraw {
			r.withdrawn.add(h)
		}
		if r.forgets && len(h.versions) == 1 && len(versions) == 1 {
			versions = []store.Version{versions[0]}
			versions[0].Origin.Forgets = true
		}
		if len(versions) > 0 {
			wanted = append(wanted, versions)
			most = max(most, len(versions))
		}
	}
	for round := range most {
		b := batches{out: r.out}
		for _, versions := range wanted {
			if round < len(versions) {
				if err := b.add(ctx, &versions[round]); err != nil {
					return err
				}
			}
		}
		if err := b.flush(ctx); err != nil {
			return err
		}
	}
	if err := send(ctx, r.out, step{read: len(page)}); err != nil {
		return err
	}
	if r.withdrawn.many() {
		return r.withdrawn.flush(ctx, r.out)
	}
	return nil
}

// held is what the target has of the records of a page.
func (r *reader) held(ctx context.Context, kind vuln.Kind, page []history) (map[string]history, error) {
	if r.to == nil || len(page) == 0 {
		return nil, nil
	}
	ids := make([]string, len(page))
	for i, h := range page {
		ids[i] = h.id
	}
	held := make(map[string]history, len(page))
	return held, r.to.each(ctx, kind, ids, func(_ vuln.Record, h history) error {
		held[h.id] = h
		return nil
	})
}

// batches sorts versions by the files they came from.
type batches struct {
	out  chan<- step
	open []*openBatch
	of   map[store.Origin]*openBatch
}

type openBatch struct {
	*store.Batch
	size int
}

func (b *batches) add(ctx context.Context, v *store.Version) error {
	o := b.of[v.Origin]
	if o == nil {
		o = &openBatch{Batch: &store.Batch{Origin: v.Origin}}
		if b.of == nil {
			b.of = make(map[store.Origin]*openBatch)
		}
		b.of[v.Origin] = o
		b.open = append(b.open, o)
	}
	o.Records = append(o.Records, v.Record)
	if o.size += len(v.Record.Body); len(o.Records) < batchRecords && o.size < batchBytes {
		return nil
	}
	full := o.Batch
	*o = openBatch{Batch: &store.Batch{Origin: v.Origin}}
	return send(ctx, b.out, step{batch: full})
}

func (b *batches) flush(ctx context.Context) error {
	for _, o := range b.open {
		if len(o.Records) > 0 {
			if err := send(ctx, b.out, step{batch: o.Batch}); err != nil {
				return err
			}
		}
	}
	return nil
}

func send(ctx context.Context, out chan<- step, s step) error {
	select {
	case out <- s:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
