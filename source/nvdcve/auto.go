package nvdcve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// way is one means to catch up with upstream.
type way struct {
	name     string
	requests int // about how many it takes
	run      func(context.Context) error
}

// auto catches up by the way that costs the fewest requests, and by the next
// one when it fails. An empty mirror starts from the feeds, and then asks the
// API for what changed since they were made.
func (p *pass) auto(ctx context.Context) error {
	empty := !p.cursor.Complete
	if err := p.cheapest(ctx, p.ways()); err != nil {
		return err
	}
	if empty && p.cursor.Complete && !p.state.All {
		return p.tolerate(ctx, p.delta(ctx))
	}
	return nil
}

// cheapest tries one way after the other. What a way that failed did get is
// good and stays; the failures count only when no way succeeded.
func (p *pass) cheapest(ctx context.Context, ways []way) error {
	before := len(p.missing)
	var failures []error
	for _, w := range ways {
		err := p.tolerate(ctx, w.run(ctx))
		if err != nil || len(p.missing) == before {
			return err
		}
		failures = append(failures, fmt.Errorf("by %s: %w", w.name, errors.Join(p.missing[before:]...)))
		p.missing = p.missing[:before]
	}
	p.missing = append(p.missing, failures...)
	return nil
}

// ways lists what could be done, cheapest first.
func (p *pass) ways() []way {
	if !p.cursor.Complete {
		return []way{
			{"feeds", p.feedRequests(), p.feeds},
			{"API, " + p.Plan, p.fullRequests(), p.api},
		}
	}
	gap := p.gap()
	ways := []way{
		{"API changes", deltaRequests(gap), p.delta},
		{"year feeds", p.feedRequests(), p.feeds},
	}
	if gap < modifiedReach {
		ways = append(ways, way{"modified feed", 2, p.modifiedOnly})
	}
	slices.SortStableFunc(ways, func(a, b way) int { return a.requests - b.requests })
	return ways
}

const (
	// modifiedReach is how old the watermark may be for the modified feed,
	// which covers eight days, to close the gap with a day to spare.
	modifiedReach = 7 * 24 * time.Hour
	// changesPerDay is what NVD changes on a usual day, about.
	changesPerDay = 3000
	// recordsAbout is how many CVE records there are, for estimates only.
	recordsAbout = 400_000
)

// gap is how much time a window must cover.
func (p *pass) gap() time.Duration {
	return p.Now().Sub(p.cursor.Watermark) + p.Overlap
}

func deltaRequests(gap time.Duration) int {
	windows := 1 + int(gap/maxWindow)
	return windows + int(gap.Hours()/24*changesPerDay)/pageSize
}

// feedRequests counts a .meta and a body for each feed.
func (p *pass) feedRequests() int { return 2 * (len(p.years()) + 1) }

func (p *pass) fullRequests() int {
	return max(recordsAbout, p.state.Total)/pageSize + 1
}

// modifiedOnly closes a short gap with one small file.
func (p *pass) modifiedOnly(ctx context.Context) error {
	s, err := p.feed(ctx, modified)
	if err != nil {
		return err
	}
	p.advance(s.newest, s.made)
	return nil
}
