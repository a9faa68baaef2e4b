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

// prove reads an edition whole and decides whether it may be taken in.
func (s *Source) prove(ctx context.Context, e *Edition, g *Gathering, before state) (found, error) {
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
		return found{}, context.Cause(ctx)
	}
	f := found{e, len(ids)}
	switch n := len(ids); {
	case err != nil:
		return f, err
	case float64(n) < readable*float64(n+bad):
		return f, fmt.Errorf("%d of %d records cannot be read, the first: %w", bad, n+bad, first)
	case n == 0:
		return f, errors.New("it has no records")
	case len(g.missing) == 0 && n < s.Floor:
		return f, fmt.Errorf("it has %d records, and a whole one has %d at least", n, s.Floor)
	case float64(n) < s.Least*float64(before.Records):
		return f, fmt.Errorf("it has %d records where the edition held has %d", n, before.Records)
	case g.Held != nil && !e.Date.IsZero() && e.Date.Before(g.Held.Date):
		return f, fmt.Errorf("it is of %s (release %q), older than the edition held, of %s (%q)",
			e.Date.Format(time.DateOnly), e.Release, g.Held.Date.Format(time.DateOnly), g.Held.Release)
	}
	return f, nil
}
