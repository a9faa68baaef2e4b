package nvdupstream

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"vulnmirror/source"
)

// ShrinkLimit is the smallest share of its former records that a complete list
// may have.
const ShrinkLimit = 0.9

// API loads everything by load once, then what changed. A full load stands even
// when what changed meanwhile cannot be had.
func (p *Pass) API(ctx context.Context, load func(context.Context) (Answer, error)) error {
	if !p.NeedsFull() {
		return p.concluded(ctx, p.Delta(ctx))
	}
	if err := p.Full(ctx, load); err != nil {
		return p.concluded(ctx, err)
	}
	return p.Tolerate(ctx, p.Delta(ctx))
}

// concluded tolerates errors that what was received brings about: a run that
// stayed open would read the same pages again, and never ask anew.
func (p *Pass) concluded(ctx context.Context, err error) error {
	if errors.Is(err, errMoving) || errors.Is(err, errShrunk) {
		return p.Tolerate(ctx, err)
	}
	return err
}

// errShrunk reports a list of everything that lost much of what it had.
var errShrunk = fmt.Errorf("%w: the API's list shrank", source.ErrRefused)

// NeedsFull tells whether changes alone would leave the mirror incomplete.
func (p *Pass) NeedsFull() bool {
	return !p.Cursor.Complete || p.Cursor.Watermark.IsZero()
}

// Full loads the API's whole list by load.
func (p *Pass) Full(ctx context.Context, load func(context.Context) (Answer, error)) error {
	if p.State.Loading.IsZero() {
		p.State.Loading = p.Run.Started()
	}
	a, err := load(ctx)
	if err == nil && float64(a.Distinct()) < ShrinkLimit*float64(p.State.Total) {
		err = fmt.Errorf("%w from %d records to %d", errShrunk, p.State.Total, a.Distinct())
	}
	if errors.Is(err, errMoving) || errors.Is(err, errShrunk) {
		p.State.Loading = time.Time{} // the next load reads every page anew
	}
	if err != nil {
		return err
	}
	p.State.Total = a.Total
	p.State.Loading = time.Time{}
	p.Cursor.Complete = true
	// What changed after the first page was made may be missing: the delta
	// that follows starts there.
	p.Advance(a.Newest, a.Made)
	return nil
}

// Pages loads the whole list by offset.
func (p *Pass) Pages(ctx context.Context) (Answer, error) {
	return p.List(ctx, Listing{Name: "all " + p.Noun, Dir: "api/pages", Query: url.Values{}})
}

// FullRequests is about how many requests a full load takes.
func (p *Pass) FullRequests() int {
	return max(p.About, p.State.Total)/p.PageSize + 1
}
