package nvdcve

import (
	"context"
	"fmt"
	"time"
)

const (
	// splitAbove is how many records one window may hold before it is halved:
	// long windows move while they are read.
	splitAbove = 5 * pageSize
	// resumeGap is how much newer than a resumed window's end the present must
	// be to ask again.
	resumeGap = time.Minute
)

// span is a window of lastModified, both ends included.
type span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// delta asks for what changed since the watermark, window after window. A
// window that contains the watermark holds one record at least, the one the
// watermark was taken from, so that an empty answer is known for a failure.
func (p *pass) delta(ctx context.Context) error {
	for {
		w, err := p.nextWindow()
		if err != nil {
			return err
		}
		before := p.cursor.Watermark
		if err := p.changed(ctx, w, !w.contains(before)); err != nil {
			return err
		}
		next := span{}
		if !p.cursor.Watermark.After(before) {
			next.From = w.To.Add(-p.Overlap)
		}
		if err := p.run.Note("window", next); err != nil || p.Now().Sub(w.To) < resumeGap {
			return err
		}
	}
}

// nextWindow is the one an earlier process was at, or else it begins at the
// watermark, or where the last one ended when that had no news.
func (p *pass) nextWindow() (span, error) {
	var w span
	if _, err := p.run.Noted("window", &w); err != nil || !w.To.IsZero() {
		return w, err
	}
	if w.From.IsZero() {
		w.From = p.cursor.Watermark.Add(-p.Overlap)
	}
	w.To = p.Now().UTC().Truncate(time.Millisecond)
	if w.To.Before(w.From) {
		w.To = w.From.Add(p.Overlap)
	}
	if w.To.Sub(w.From) > maxWindow {
		w.To = w.From.Add(maxWindow)
	}
	return w, p.run.Note("window", w)
}

// changed reads one window, in halves when it holds very much.
func (p *pass) changed(ctx context.Context, w span, mayBeEmpty bool) error {
	l := listing{
		name:  fmt.Sprintf("CVE records changed %s to %s", w.From.Format(time.DateTime), w.To.Format(time.DateTime)),
		dir:   "api/changed/" + w.From.Format(compactTime) + "-" + w.To.Format(compactTime),
		query: window("lastMod", w.From, w.To), window: true, mayBeEmpty: mayBeEmpty,
	}
	first, err := p.page(ctx, l.dir+"/000000.json", l.query, 0, mayBeEmpty)
	if err != nil {
		return fmt.Errorf("%s: %w", l.name, err)
	}
	if first.header.TotalResults > splitAbove && w.To.Sub(w.From) > time.Hour {
		middle := w.From.Add(w.To.Sub(w.From) / 2).Truncate(time.Millisecond)
		older := span{From: w.From, To: middle}
		if err := p.changed(ctx, older, mayBeEmpty || !older.contains(p.cursor.Watermark)); err != nil {
			return err
		}
		newer := span{From: middle, To: w.To}
		return p.changed(ctx, newer, !newer.contains(p.cursor.Watermark))
	}
	a, err := p.list(ctx, l)
	if err != nil {
		return err
	}
	p.advance(a.newest, w.To)
	return nil
}

// compactTime spells times in folder names.
const compactTime = "20060102T150405.000Z"

func (w span) contains(t time.Time) bool {
	return !t.Before(w.From) && !t.After(w.To)
}
