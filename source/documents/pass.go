package documents

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"vulnmirror/progress"
	"vulnmirror/source"
)

const (
	// patience is how many documents in a row may fail before no more are asked
	// for. One that upstream does not have counts once; a failure that may be of
	// the whole site counts dear.
	patience = 100
	dear     = 20
	// named is how many failures of a fetch are told one by one.
	named = 20
)

// Miss notes what could not be had: the run is then incomplete.
func (p *Pass) Miss(err error) {
	p.mu.Lock()
	p.missing = append(p.missing, err)
	p.mu.Unlock()
}

// Tolerate notes err, if it is an *Unavailable, and returns any other.
func (p *Pass) Tolerate(err error) error {
	if !errors.As(err, new(*Unavailable)) {
		return err
	}
	p.Miss(err)
	return nil
}

// errNotAsked is the reason for what was given up.
var errNotAsked = errors.New("were not asked for, as too many in a row could not be had; the next run asks again")

// Each calls do with 0 to n-1, so many together, and returns what was
// unavailable and why, by number. When too many in a row are, the rest is not
// asked for. Its error is what ended it early otherwise. label says what is
// counted, for people.
func (p *Pass) Each(ctx context.Context, label string, together, n int, do func(context.Context, int) error) (map[int]error, error) {
	if n == 0 {
		return nil, nil
	}
	task := p.Up.Meter().Begin(label, int64(n), progress.Records)
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(together)
	results := make([]error, n)
	var row atomic.Int64
	for i := range n {
		group.Go(func() error {
			if gctx.Err() != nil {
				return context.Cause(gctx)
			}
			if row.Load() >= patience {
				results[i] = errNotAsked
				return nil
			}
			results[i] = do(gctx, i)
			task.Advance(1)
			return count(&row, results[i])
		})
	}
	err := group.Wait()
	task.End(err)
	failed := make(map[int]error)
	for i, err := range results {
		if err != nil {
			failed[i] = err
		}
	}
	return failed, err
}

// count keeps count of the failures in a row, and returns errors that are none
// of upstream's.
func count(row *atomic.Int64, err error) error {
	var unavailable *Unavailable
	switch {
	case err == nil:
		row.Store(0)
	case !errors.As(err, &unavailable):
		return err
	case unavailable.Alone:
		row.Add(1)
	default:
		row.Add(dear)
	}
	return nil
}

// Close turns what happened into what Fetch returns.
func (p *Pass) Close(last, next source.Cursor, err error) (source.Cursor, error) {
	if err != nil {
		return last, err
	}
	same := next.Complete == last.Complete && bytes.Equal(next.State, last.State)
	switch {
	case len(p.missing) > 0 && !p.answered && len(p.Run.ReceivedFiles()) == 0:
		return last, errors.Join(p.told()...)
	case len(p.missing) > 0:
		return next, &source.Incomplete{Missing: p.told()}
	case len(p.Run.ReceivedFiles()) == 0 && same:
		return next, source.ErrUnchanged
	}
	return next, nil
}

// told is what is missing, the first of it one by one.
func (p *Pass) told() []error {
	asked := slices.DeleteFunc(slices.Clone(p.missing), func(err error) bool { return errors.Is(err, errNotAsked) })
	out := asked[:min(named, len(asked))]
	if more := len(asked) - len(out); more > 0 {
		out = append(out, fmt.Errorf("and %d more", more))
	}
	if left := len(p.missing) - len(asked); left > 0 {
		out = append(out, fmt.Errorf("%d %w", left, errNotAsked))
	}
	return out
}
