package nvdupstream

import (
	"context"
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
		return p.Delta(ctx)
	}
	if err := p.Full(ctx, load); err != nil {
		return err
	}
	return p.Tolerate(ctx, p.Delta(ctx))
}

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
	if err != nil {
		return err
	}
	if float64(a.Distinct()) < ShrinkLimit*float64(p.State.Total) {
		return fmt.Errorf("%w: the API's list shrank from %d records to %d", source.ErrRefused, p.State.Total, a.Distinct())
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
