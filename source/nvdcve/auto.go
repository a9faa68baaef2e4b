package nvdcve

import (
	"context"
	"slices"
	"time"

	"vulnmirror/source/nvdupstream"
)

// auto catches up by the way that costs the fewest requests, and by the next
// one when it fails. An empty mirror starts from the feeds, and then asks the
// API for what changed since they were made.
func (p *pass) auto(ctx context.Context) error {
	empty := !p.Cursor.Complete
	if err := p.First(ctx, p.ways()); err != nil {
		return err
	}
	if empty && p.Cursor.Complete && !p.covered.All {
		return p.Tolerate(ctx, p.Delta(ctx))
	}
	return nil
}

// ways lists what could be done, cheapest first.
func (p *pass) ways() []nvdupstream.Way {
	if !p.Cursor.Complete {
		return []nvdupstream.Way{
			{Name: "feeds", Requests: p.feedRequests(), Run: p.feeds},
			{Name: "API, " + p.Plan, Requests: p.FullRequests(), Run: p.api},
		}
	}
	gap := p.Gap()
	ways := []nvdupstream.Way{
		{Name: "API changes", Requests: p.DeltaRequests(), Run: p.Delta},
		{Name: "year feeds", Requests: p.feedRequests(), Run: p.feeds},
	}
	if gap < modifiedReach {
		ways = append(ways, nvdupstream.Way{Name: "modified feed", Requests: 2, Run: p.modifiedOnly})
	}
	slices.SortStableFunc(ways, func(a, b nvdupstream.Way) int { return a.Requests - b.Requests })
	return ways
}

// modifiedReach is how old the watermark may be for the modified feed, which
// covers eight days, to close the gap with a day to spare.
const modifiedReach = 7 * 24 * time.Hour

// feedRequests counts a .meta and a body for each feed.
func (p *pass) feedRequests() int { return 2 * (len(p.years()) + 1) }

// modifiedOnly closes a short gap with one small file.
func (p *pass) modifiedOnly(ctx context.Context) error {
	s, err := p.Update(ctx, feed(p.FeedBase, modified))
	if err != nil {
		return err
	}
	p.Advance(s.Newest, s.Made)
	return nil
}
