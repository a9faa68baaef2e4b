package nvdcve

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"vulnmirror/format/nvd"
	"vulnmirror/source/nvdupstream"
)

// modified is the feed of what changed in the last eight days.
const modified = "modified"

// feed describes the feed of a year, or modified, below a folder.
func feed(base, name string) nvdupstream.Feed {
	file := "nvdcve-2.0-" + name
	return nvdupstream.Feed{
		Name: name, Stem: base + file, Ext: ".json.gz",
		Path: "feeds/" + file + ".json.gz", Whole: name != modified,
		Read: func(_ nvd.Meta, r io.Reader) (nvdupstream.Summary, error) {
			return nvdupstream.Summarise(collection.Format, r)
		},
	}
}

// feeds brings every wanted year and the modified feed up to date. What cannot
// be had is noted and the others go on.
func (p *pass) feeds(ctx context.Context) error {
	years := p.years()
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	stamps, failures := make([]time.Time, len(years)), make([]error, len(years))
	for i, year := range years {
		group.Go(func() error {
			s, err := p.Update(gctx, feed(p.FeedBase, strconv.Itoa(year)))
			stamps[i], failures[i] = s.Newest, err
			return context.Cause(gctx)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	p.Miss(gather(failures)...)
	// modified comes last: it covers what the years lack since they were made.
	recent, err := p.Update(ctx, feed(p.FeedBase, modified))
	if err := p.Tolerate(ctx, err); err != nil {
		return err
	}
	var newest time.Time
	for i, year := range years {
		if failures[i] == nil {
			p.addYear(year)
			newest = latest(newest, stamps[i])
		}
	}
	switch {
	case !p.hadAll(failures):
	case err == nil:
		p.Cursor.Complete = true
		p.Advance(recent.Newest, recent.Made)
	case !p.Cursor.Complete:
		// Without modified, files of different nights may leave a gap; its
		// length is bounded by what modified would have covered.
		p.Advance(newest.Add(-8*24*time.Hour), time.Time{})
	}
	return nil
}

// hadAll tells whether every feed that could be had was had. When feeds are the
// only way allowed, a year that upstream does not have cannot be had at all: it
// fails the run, but what upstream has is then a complete load.
func (p *pass) hadAll(failures []error) bool {
	for _, err := range failures {
		var a *nvdupstream.Absent
		if err != nil && (p.Method != "feeds" || !errors.As(err, &a)) {
			return false
		}
	}
	return len(p.covered.Years) > 0
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (p *pass) addYear(year int) {
	if !slices.Contains(p.covered.Years, year) {
		p.covered.Years = append(p.covered.Years, year)
	}
}
