// Package transfer copies what one store holds into another and proves that both
// hold the same: every version of every record with where and when it was first
// seen, what was withdrawn, which files were taken in, and the state of every
// source. It works through the interfaces of package store alone, so it copies
// between any two of them.
//
// Records carry no facts when a store hands them back; they are read again from
// the bodies, and so are titles. What was once replaced by something of an older
// date (store.Origin.Replaces) is replaced by it again.
//
// A copy may be killed at any moment and run again: what the target holds is
// compared with the source version by version, and only what it lacks is applied.
// Applying is store.Writer's: the newest version wins, so a target that holds
// something else, or something newer, keeps it, and Compare says where the two
// differ then.
//
// Times are copied and compared to the millisecond, as stores keep them.
package transfer

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"vulnmirror/progress"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// ErrEmpty says that the store to copy from holds neither records nor files that
// had none. Most likely it is not the one that was meant.
var ErrEmpty = errors.New("there is nothing to copy")

// Options say what is copied and compared.
type Options struct {
	Kinds []Kind // of records; no others are looked at
	Meter progress.Meter
}

// Report says what Copy did.
type Report struct {
	Kinds  []Copied
	Files  int // newly marked as ingested
	States int // of sources
	// Unread counts versions whose bodies cannot be read by this program. They
	// are copied, but are found by nothing but their ids and dates.
	Unread int
	// FirstUnread names some of those and says why.
	FirstUnread []string
}

// Copied counts what became of the records of one kind.
type Copied struct {
	Kind      vuln.Kind
	Records   int // in the store copied from
	Versions  int // that the target took
	Older     int // versions that the target did not take, as it holds newer ones
	Withdrawn int // marked
}

const unreadKept = 20

// Copy brings everything that from holds into to. from answers from one state,
// as a store.Snapshot does, and is asked by one goroutine at a time. The report
// counts what was done until an error, after which Copy may be called again.
func Copy(ctx context.Context, from store.Reader, to store.Store, o Options) (Report, error) {
	c := &copier{from: source(from), to: to, target: target(to), meter: o.Meter}
	if err := c.survey(ctx, o.Kinds); err != nil {
		return c.report, err
	}
	// All kinds at once: they may share tables, whose indexes are then made once.
	bulk, isBulk := to.(store.BulkLoader)
	for _, k := range c.kinds {
		if isBulk && !k.held {
			if err := bulk.BeginBulk(ctx, k.Kind.Kind); err != nil {
				return c.report, fmt.Errorf("write to the target: %w", err)
			}
		}
	}
	for i := range c.kinds {
		if err := c.copy(ctx, &c.kinds[i]); err != nil {
			return c.report, err
		}
	}
	for _, k := range c.kinds {
		if isBulk {
			if err := bulk.EndBulk(ctx, k.Kind.Kind); err != nil {
				return c.report, fmt.Errorf("write to the target: %w", err)
			}
		}
	}
	// Last, since they say that all records of a file or source are held.
	if err := c.origins(ctx); err != nil {
		return c.report, err
	}
	return c.report, c.states(ctx)
}

// copier is one copy under way.
type copier struct {
	from   side
	to     store.Store
	target side // to, for reading
	meter  progress.Meter
	kinds  []kindHeld
	report Report
}

// kindHeld is a kind that the source has.
type kindHeld struct {
	Kind
	records int
	held    bool // the target has some too
}

// survey finds out which kinds there are on both sides.
func (c *copier) survey(ctx context.Context, kinds []Kind) error {
	for _, k := range kinds {
		records, err := c.from.count(ctx, k.Kind)
		if err != nil {
			return err
		}
		if records == 0 {
			continue
		}
		held, err := c.target.count(ctx, k.Kind)
		if err != nil {
			return err
		}
		c.kinds = append(c.kinds, kindHeld{k, records, held > 0})
	}
	if len(c.kinds) > 0 {
		return nil
	}
	files, err := c.from.origins(ctx)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return ErrEmpty
	}
	return nil
}

// copy brings over the records of a kind: reading, decoding, preparing and
// applying run side by side.
func (c *copier) copy(ctx context.Context, k *kindHeld) error {
	copied := Copied{Kind: k.Kind.Kind}
	task := c.meter.Begin("copying "+string(copied.Kind), int64(k.records), progress.Records)
	read, decoded, prepared := make(chan step, 1), make(chan step, 1), make(chan step, 1)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(read)
		r := reader{from: c.from, out: read, forgets: k.Forgets, withdrawn: withdrawals{kind: copied.Kind}}
		if k.held {
			r.to = &c.target
		}
		return r.kind(ctx, copied.Kind)
	})
	group.Go(func() error {
		defer close(decoded)
		return c.decode(ctx, k.Read, read, decoded)
	})
	group.Go(func() error {
		defer close(prepared)
		return prepare(ctx, c.to, decoded, prepared)
	})
	group.Go(func() error { return apply(ctx, c.to, prepared, &copied, task) })
	err := group.Wait()
	task.End(err)
	c.report.Kinds = append(c.report.Kinds, copied)
	if err != nil {
		return fmt.Errorf("copy records of kind %s: %w", copied.Kind, err)
	}
	return nil
}
