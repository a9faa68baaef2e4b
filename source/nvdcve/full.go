package nvdcve

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"vulnmirror/source"
	"vulnmirror/vuln"
)

// api loads everything by API once, then what changed. A full load stands even
// when what changed meanwhile cannot be had.
func (p *pass) api(ctx context.Context) error {
	if !p.needsFull() {
		return p.delta(ctx)
	}
	if err := p.full(ctx); err != nil {
		return err
	}
	return p.tolerate(ctx, p.delta(ctx))
}

// needsFull tells whether changes alone would leave the mirror incomplete.
func (p *pass) needsFull() bool {
	return !p.cursor.Complete || p.cursor.Watermark.IsZero()
}

// full loads the API's whole list by the configured plan.
func (p *pass) full(ctx context.Context) error {
	if p.state.Loading.IsZero() {
		p.state.Loading = p.run.Started()
	}
	load := p.pages
	if p.Plan == "quarters" {
		load = p.quarters
	}
	a, err := load(ctx)
	if err != nil {
		return err
	}
	if float64(len(a.ids)) < shrinkLimit*float64(p.state.Total) {
		return fmt.Errorf("%w: the API's list shrank from %d records to %d", source.ErrRefused, p.state.Total, len(a.ids))
	}
	p.state.All, p.state.Years, p.state.Total = true, nil, a.total
	p.state.Loading = time.Time{}
	p.cursor.Complete = true
	// What changed after the first page was made may be missing: the delta
	// that follows starts there.
	p.advance(a.newest, a.made)
	return nil
}

// pages loads the whole list by offset.
func (p *pass) pages(ctx context.Context) (answer, error) {
	return p.list(ctx, listing{name: "all CVE records", dir: "api/pages", query: url.Values{}})
}

// quarters loads the whole list by quarters of the publication date, from the
// oldest record on, each year's pages in one folder. The quarters together
// must hold as many records as the API counts without a window; when they do
// not, the list is loaded by offset, which no date can hide from.
func (p *pass) quarters(ctx context.Context) (answer, error) {
	head, err := p.oldest(ctx)
	if err != nil {
		return answer{}, err
	}
	all := answer{ids: make(map[string]struct{}), made: head.made}
	for from := quarter(head.published); !from.After(p.Now().UTC()); from = from.AddDate(0, 3, 0) {
		a, err := p.quarter(ctx, from)
		if err != nil {
			return all, err
		}
		for id := range a.ids {
			all.ids[id] = struct{}{}
		}
		if a.newest.After(all.newest) {
			all.newest = a.newest
		}
	}
	all.total = head.total
	if len(all.ids) < head.total {
		return p.pages(ctx)
	}
	return all, nil
}

func (p *pass) quarter(ctx context.Context, from time.Time) (answer, error) {
	number := (int(from.Month()) + 2) / 3
	return p.list(ctx, listing{
		name:       fmt.Sprintf("CVE records published in %d, quarter %d", from.Year(), number),
		dir:        fmt.Sprintf("api/quarters/%d/q%d", from.Year(), number),
		query:      window("pub", from, from.AddDate(0, 3, 0).Add(-time.Millisecond)),
		mayBeEmpty: true,
	})
}

// head is what the first record of the API's list tells.
type head struct {
	total     int
	published time.Time
	made      time.Time
}

// oldest asks for the first page, which is ordered by publication date.
func (p *pass) oldest(ctx context.Context) (head, error) {
	const path = "api/quarters/first.json"
	s, err := p.page(ctx, path, url.Values{}, 0, false)
	if err != nil {
		return head{}, fmt.Errorf("the oldest CVE record: %w", err)
	}
	held, _ := p.held(path)
	for record, err := range decodeContent(p.run.Open(held)) {
		if err == nil && !record.Published.IsZero() {
			return head{total: s.header.TotalResults, published: record.Published, made: s.made}, nil
		}
	}
	return head{}, fmt.Errorf("the oldest CVE record: no record of the first page has a publication date")
}

func quarter(t time.Time) time.Time {
	return time.Date(t.Year(), (t.Month()-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC)
}

// window asks for both ends included, as NVD's own windows are taken to be.
func window(prefix string, from, to time.Time) url.Values {
	return url.Values{
		prefix + "StartDate": {vuln.FormatTime(from) + "Z"},
		prefix + "EndDate":   {vuln.FormatTime(to) + "Z"},
	}
}
