package edition

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"vulnmirror/archive"
	"vulnmirror/source"
	"vulnmirror/vuln"
)

// Of a hundred records one may be unreadable; more say that the format changed.
const readable = 0.99

// prove reads an edition whole and decides whether it may be taken in. It
// completes what e says.
func (s *Source) prove(ctx context.Context, e *Edition, g *Gathering) error {
	var refused *source.Refused
	var first error
	ids, bad := make(map[string]struct{}), 0
	fsys := members{e, func(name string) (io.ReadCloser, error) { return g.run.Open(archive.File{Filename: name}) }}
	err := s.each(e, fsys, func(r vuln.Record, err error) bool {
		if errors.As(err, &refused) {
			if bad++; first == nil {
				first = err
			}
		} else if r.Kind == s.Kind {
			ids[r.ID] = struct{}{}
		}
		return ctx.Err() == nil
	}, func(release string, date time.Time) { e.Release, e.Date = release, date.UTC() })
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	e.Records = len(ids)
	floor := s.Floor
	if way, err := s.way(e.Way); err == nil && way.Floor > 0 {
		floor = min(floor, way.Floor)
	}
	switch n := e.Records; {
	case err != nil:
		return err
	case float64(n) < readable*float64(n+bad):
		return fmt.Errorf("%d of %d records cannot be read, the first: %w", bad, n+bad, first)
	case n == 0:
		return errors.New("it has no records")
	case len(g.missing) == 0 && n < floor:
		return fmt.Errorf("it has %d records, and a whole one has %d at least", n, floor)
	case g.Held == nil:
		return nil
	case float64(n) < s.Least*float64(g.Held.Records):
		return fmt.Errorf("it has %d records where the edition held has %d", n, g.Held.Records)
	case !e.Date.IsZero() && e.Date.Before(g.Held.Date):
		return fmt.Errorf("it is of %s (release %q), older than the edition held, of %s (%q)",
			e.Date.Format(time.DateOnly), e.Release, g.Held.Date.Format(time.DateOnly), g.Held.Release)
	}
	return nil
}
