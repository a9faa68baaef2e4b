package nvdcve

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"vulnmirror/source/nvdupstream"
)

// api loads everything by the configured plan once, then what changed.
func (p *pass) api(ctx context.Context) error {
	load := p.Pages
	if p.Plan == "quarters" {
		load = p.quarters
	}
	full := p.NeedsFull()
	err := p.API(ctx, load)
	if full && p.Cursor.Complete {
		p.covered = coverage{All: true}
	}
	return err
}

// quarters loads the whole list by quarters of the publication date, from the
// oldest record on, each year's pages in one folder. The quarters together
// must hold as many records as the API counts without a window; when they do
// not, the list is loaded by offset, which no date can hide from.
func (p *pass) quarters(ctx context.Context) (nvdupstream.Answer, error) {
	head, err := p.oldest(ctx)
	if err != nil {
		return nvdupstream.Answer{}, err
	}
	all := nvdupstream.NewAnswer()
	all.Made = head.made
	for from := quarter(head.published); !from.After(p.Now().UTC()); from = from.AddDate(0, 3, 0) {
		a, err := p.quarter(ctx, from)
		if err != nil {
			return all, err
		}
		all.Merge(a)
	}
	all.Total = head.total
	if all.Distinct() < head.total {
		return p.Pages(ctx)
	}
	return all, nil
}

func (p *pass) quarter(ctx context.Context, from time.Time) (nvdupstream.Answer, error) {
	number := (int(from.Month()) + 2) / 3
	return p.List(ctx, nvdupstream.Listing{
		Name:       fmt.Sprintf("CVE records published in %d, quarter %d", from.Year(), number),
		Dir:        fmt.Sprintf("api/quarters/%d/q%d", from.Year(), number),
		Query:      nvdupstream.Window(nvdupstream.ByPublication, from, from.AddDate(0, 3, 0).Add(-time.Millisecond)),
		MayBeEmpty: true,
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
	s, err := p.Page(ctx, path, url.Values{}, 0, false)
	if err != nil {
		return head{}, fmt.Errorf("the oldest CVE record: %w", err)
	}
	held, _ := p.Held(path)
	for record, err := range collection.DecodeContent(p.Run.Open(held)) {
		if err == nil && !record.Published.IsZero() {
			return head{total: s.Header.TotalResults, published: record.Published, made: s.Made}, nil
		}
	}
	return head{}, fmt.Errorf("the oldest CVE record: no record of the first page has a publication date")
}

func quarter(t time.Time) time.Time {
	return time.Date(t.Year(), (t.Month()-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC)
}
