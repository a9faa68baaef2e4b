package nvdupstream

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"vulnmirror/vuln"
)

const (
	// splitAbove is how many pages one window may hold before it is halved:
	// long windows move while they are read.
	splitAbove = 5
	// resumeGap is how much newer than a resumed window's end the present must
	// be to ask again.
	resumeGap = time.Minute
)

// span is a window of modification times, both ends included.
type span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Delta asks for what changed since the watermark, window after window. A
// window that contains the watermark holds one record at least, the one the
// watermark was taken from, so that an empty answer is known for a failure.
func (p *Pass) Delta(ctx context.Context) error {
	for {
		w, err := p.nextWindow()
		if err != nil {
			return err
		}
		before := p.Cursor.Watermark
		if err := p.changed(ctx, w, !w.contains(before)); err != nil {
			return err
		}
		next := span{}
		if !p.Cursor.Watermark.After(before) {
			next.From = w.To.Add(-p.Overlap)
		}
		if err := p.Run.Note("window", next); err != nil || p.Now().Sub(w.To) < resumeGap {
			return err
		}
	}
}

// nextWindow is the one an earlier process was at, or else it begins at the
// watermark, or where the last one ended when that had no news.
func (p *Pass) nextWindow() (span, error) {
	var w span
	if _, err := p.Run.Noted("window", &w); err != nil || !w.To.IsZero() {
		return w, err
	}
	if w.From.IsZero() {
		w.From = p.Cursor.Watermark.Add(-p.Overlap)
	}
	w.To = p.Now().UTC().Truncate(time.Millisecond)
	if w.To.Before(w.From) {
		w.To = w.From.Add(p.Overlap)
	}
	if w.To.Sub(w.From) > MaxWindow {
		w.To = w.From.Add(MaxWindow)
	}
	return w, p.Run.Note("window", w)
}

// changed reads one window, in halves when it holds very much.
func (p *Pass) changed(ctx context.Context, w span, mayBeEmpty bool) error {
	l := Listing{
		Name:  fmt.Sprintf("%s changed %s to %s", p.Noun, w.From.Format(time.DateTime), w.To.Format(time.DateTime)),
		Dir:   "api/changed/" + w.From.Format(compactTime) + "-" + w.To.Format(compactTime),
		Query: Window(p.Window, w.From, w.To), Moves: true, MayBeEmpty: mayBeEmpty,
	}
	first, err := p.Page(ctx, l.Dir+"/000000.json", l.Query, 0, mayBeEmpty)
	if err != nil {
		return fmt.Errorf("%s: %w", l.Name, err)
	}
	if first.Header.TotalResults > splitAbove*p.PageSize && w.To.Sub(w.From) > time.Hour {
		middle := w.From.Add(w.To.Sub(w.From) / 2).Truncate(time.Millisecond)
		older := span{From: w.From, To: middle}
		if err := p.changed(ctx, older, mayBeEmpty || !older.contains(p.Cursor.Watermark)); err != nil {
			return err
		}
		newer := span{From: middle, To: w.To}
		return p.changed(ctx, newer, !newer.contains(p.Cursor.Watermark))
	}
	a, err := p.List(ctx, l)
	if err != nil {
		return err
	}
	p.Advance(a.Newest, w.To)
	return nil
}

// DeltaRequests is about how many requests Delta takes.
func (p *Pass) DeltaRequests() int {
	gap := p.Gap()
	windows := 1 + int(gap/MaxWindow)
	return windows + int(gap.Hours()/24*float64(p.PerDay))/p.PageSize
}

// DeltaURL is the first address that Delta asks for.
func (p *Pass) DeltaURL() string {
	from := p.Cursor.Watermark.Add(-p.Overlap)
	return p.Endpoint + "?" + Window(p.Window, from, p.Now()).Encode()
}

// Window asks for both ends included, as NVD's own windows are taken to be.
func Window(name string, from, to time.Time) url.Values {
	return url.Values{
		name + "StartDate": {vuln.FormatTime(from) + "Z"},
		name + "EndDate":   {vuln.FormatTime(to) + "Z"},
	}
}

// compactTime spells times in folder names.
const compactTime = "20060102T150405.000Z"

func (w span) contains(t time.Time) bool {
	return !t.Before(w.From) && !t.After(w.To)
}
