package certcc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"vulnmirror/fetch"
	format "vulnmirror/format/certcc"
	"vulnmirror/source"
	"vulnmirror/source/documents"
)

// mostPages bounds how far the list of updates is read; behind that a sweep is
// cheaper.
const mostPages = 100

// errLayout: the list of updates is not what it was.
var errLayout = errors.New("the list of updates cannot be read")

// daily asks for the notes that are new or were edited since last.
func (p *pass) daily(ctx context.Context, before state) error {
	due := slices.Clone(before.Missing)
	now, listed := p.Now().UTC().Year(), make(map[int][]string)
	for year := now; year >= now-1; year-- {
		ids, err := p.year(ctx, year)
		if err == nil {
			listed[year] = ids
		}
		if err := p.Tolerate(err); err != nil {
			return err
		}
	}
	seen := make(map[string]bool)
	for id := range p.lists.at {
		seen[id] = true
	}
	unlisted := make(map[string]bool)
	if len(listed) == 2 {
		for id, gone := range p.gone(listed) {
			seen[id], unlisted[id] = !gone, gone
		}
	}
	missed, _ := p.left(listed, seen)
	edited, err := p.edited(ctx)
	if errors.Is(err, errLayout) {
		p.notes = append(p.notes, err.Error()+"; all months were read instead")
		return p.sweep(ctx)
	}
	if err := p.Tolerate(err); err != nil {
		return err
	}
	_, err = p.single(ctx, slices.Concat(due, missed, edited), unlisted)
	return err
}

// gone are the notes held of the years listed that none of them lists.
func (p *pass) gone(listed map[int][]string) map[string]bool {
	out := make(map[string]bool)
	for year := range listed {
		for _, id := range p.lists.of(year) {
			out[id] = true
		}
	}
	for _, ids := range listed {
		for _, id := range ids {
			delete(out, id)
		}
	}
	return out
}

// edited walks the list of updates back to where it was looked at last, and
// returns the notes that may have been edited since they were fetched.
func (p *pass) edited(ctx context.Context) ([]string, error) {
	var due []string
	var looked, previous time.Time
	until := p.state.Looked.Add(-settled)
	for n := 1; n <= mostPages; n++ {
		rows, at, err := p.page(ctx, n)
		if err != nil {
			return nil, err
		}
		if n == 1 {
			looked = at
			p.state.Page = pageDigest(rows)
		}
		for _, row := range rows {
			if !previous.IsZero() && row.Updated.After(previous) {
				return nil, fmt.Errorf("%w: %s is out of order", errLayout, row.ID)
			}
			previous = row.Updated
		}
		for _, row := range rows {
			if row.Updated.Before(until) {
				p.state.Looked = looked
				return due, nil
			}
			if p.lists.find(row.ID) == nil || p.answered(row.ID).Before(row.Updated.Add(settled)) {
				due = append(due, row.ID)
			}
		}
		if len(rows) == 0 { // the end of the list
			p.state.Looked = looked
			return due, nil
		}
	}
	return nil, fmt.Errorf("%w: it goes on for more than %d pages", errLayout, mostPages)
}

// page reads one page of the list of updates; behind the last there are no rows.
func (p *pass) page(ctx context.Context, n int) ([]format.Update, time.Time, error) {
	var rows []format.Update
	d := updates(p.Up, n)
	d.Check = func(r io.Reader) (err error) {
		rows, err = format.ParseUpdates(r)
		return err
	}
	result, err := p.Download(ctx, d)
	var status *fetch.StatusError
	switch {
	case n > 1 && errors.As(err, &status) && status.Status == http.StatusNotFound:
		return nil, time.Time{}, nil
	case errors.Is(err, source.ErrRefused):
		return nil, time.Time{}, fmt.Errorf("%w: %w", errLayout, err)
	case err != nil:
		return nil, time.Time{}, fmt.Errorf("list of updates: %w", err)
	}
	at := result.Date
	if at.IsZero() {
		at = p.Run.Started()
	}
	p.answeredAt(at)
	return rows, at, nil
}

// updates is a page of the list of notes by their latest update.
func updates(up *fetch.Client, n int) documents.Document {
	return documents.Document{
		Path: fmt.Sprintf("updates/%d.html", n), URL: up.At(byUpdate, "page", strconv.Itoa(n)),
		Header: http.Header{"Accept": {"text/html, application/xhtml+xml"}},
	}
}

func pageDigest(rows []format.Update) string {
	var words []string
	for _, row := range rows {
		words = append(words, row.ID+" "+row.Updated.Format(time.DateOnly))
	}
	return digestOf(words)
}
