package nvdupstream

import (
	"context"
	"slices"
	"time"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
)

// Catalogue is a source: a collection that has an API and, mostly, an archive
// that lists everything.
type Catalogue struct {
	Collection
	Settings
}

// relistAfter is the age at which the archive is fetched again although changes
// could be had: nothing but the whole list tells what upstream took away.
const relistAfter = 30 * 24 * time.Hour

// archiveCost is what the archive counts for in requests: it is one, of
// hundreds of megabytes.
const archiveCost = 100

// NewCatalogue returns the source of a collection. Empty settings take their
// defaults.
func NewCatalogue(c Collection, s Settings) *Catalogue {
	return &Catalogue{Collection: c, Settings: s.WithDefaults()}
}

// round is one fetch of a catalogue.
type round struct {
	*Pass
	listed bool // the archive is up to date
	asked  bool // the API was asked for changes
}

func (c *Catalogue) round(up *fetch.Client, run *archive.Run, last source.Cursor) (*round, error) {
	p, err := NewPass(c.Collection, c.Settings, up, run, last)
	return &round{Pass: p}, err
}

// Fetch puts what changed since last into run: at first the archive, then what
// the API says has changed, and either when the other fails.
func (c *Catalogue) Fetch(ctx context.Context, up *fetch.Client, run *archive.Run, last source.Cursor) (source.Cursor, error) {
	r, err := c.round(up, run, last)
	if err != nil {
		return last, err
	}
	switch {
	case r.isOnePage():
		err = r.concluded(ctx, r.Full(ctx, r.Pages))
	case c.Archive == "" || c.Method == "api":
		err = r.API(ctx, r.Pages)
	case c.Method == "feeds":
		err = r.whole(ctx)
	default:
		err = r.auto(ctx)
	}
	return r.Close(r.State, err)
}

// isOnePage tells of a list so short that reading all of it is as cheap as
// asking for changes.
func (r *round) isOnePage() bool { return r.Archive == "" && r.FullRequests() == 1 }

// auto goes the ways there are, and asks for what changed since the archive was
// made.
func (r *round) auto(ctx context.Context) error {
	if err := r.First(ctx, r.ways()); err != nil {
		return err
	}
	if r.listed && !r.asked {
		return r.Tolerate(ctx, r.changes(ctx))
	}
	return nil
}

// ways lists what can be done, best first.
func (r *round) ways() []Way {
	whole := Way{"archive", archiveCost, r.whole}
	if !r.Cursor.Complete {
		return []Way{whole, {"API, pages", r.FullRequests(), func(ctx context.Context) error { return r.API(ctx, r.Pages) }}}
	}
	ways := []Way{{"API changes", r.DeltaRequests(), r.changes}, whole}
	if r.listIsDue() {
		slices.Reverse(ways)
	}
	return ways
}

// listIsDue tells whether the archive is due again, or cheaper than asking for
// all that changed meanwhile. A mirror that never had it does without.
func (r *round) listIsDue() bool {
	if r.DeltaRequests() > archiveCost {
		return true
	}
	return !r.State.Listed.IsZero() && r.Now().Sub(r.State.Listed) > relistAfter
}

// whole brings the archive up to date. After it the watermark is the newest
// modification held. That is earlier than before when the record it came from is
// one that upstream took away, and then no window around it would ever be
// believed to be empty.
func (r *round) whole(ctx context.Context) error {
	stamp, err := r.Update(ctx, r.Collection.whole())
	if err != nil {
		return err
	}
	r.listed = true
	r.State.Listed = stamp.Made
	r.Cursor.Complete = true
	gone := r.Cursor.Watermark.Before(stamp.Made) && stamp.Newest.Before(r.Cursor.Watermark)
	if gone && !stamp.Newest.IsZero() {
		r.Cursor.Watermark = stamp.Newest
	}
	r.Advance(stamp.Newest, stamp.Made)
	return nil
}

func (r *round) changes(ctx context.Context) error {
	r.asked = true
	return r.Delta(ctx)
}

// Lists tells that the archive, and nothing else, lists all that upstream has.
func (c *Catalogue) Lists(f archive.File) bool { return isWhole(f.Path) }

// Preview says which way a Fetch at this moment would go first, what it costs
// and where it begins. It needs no network.
func (c *Catalogue) Preview(last source.Cursor) (source.Preview, error) {
	r, err := c.round(nil, nil, last)
	if err != nil {
		return source.Preview{}, err
	}
	feed := source.Preview{Way: "archive", Requests: 2, URLs: []string{c.FeedBase + c.Archive + ".meta", c.archiveURL()}}
	api := source.Preview{Way: "API changes", Requests: r.DeltaRequests(), URLs: []string{r.DeltaURL()}}
	if r.NeedsFull() || r.isOnePage() {
		api = source.Preview{Way: "API, pages", Requests: r.FullRequests(), URLs: []string{c.Endpoint}}
	}
	switch {
	case c.Archive == "" || c.Method == "api":
		return api, nil
	case c.Method == "feeds" || r.ways()[0].Name == feed.Way:
		return feed, nil
	}
	return api, nil
}
