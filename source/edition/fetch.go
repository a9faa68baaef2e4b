package edition

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
)

// state is the source's part of the cursor.
type state struct {
	Records int    `json:"records"` // of the edition held
	Way     string `json:"way"`
}

// Fetch takes in the edition that upstream has, by the first way that works.
func (s *Source) Fetch(ctx context.Context, up *fetch.Client, run *archive.Run, last source.Cursor) (source.Cursor, error) {
	held, err := heldEdition(run)
	if err != nil {
		return last, err
	}
	var before state
	if len(last.State) > 0 {
		if err := json.Unmarshal(last.State, &before); err != nil {
			return last, fmt.Errorf("%s: the manifest's cursor is unreadable: %w", s.Name, err)
		}
	}
	var failures []error
	for _, way := range s.Ways {
		g := &Gathering{Up: up, Held: held, run: run}
		found, err := s.by(ctx, way, g, before)
		if ctx.Err() != nil {
			return last, context.Cause(ctx)
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", way.Name, err))
			continue
		}
		return s.keep(run, g, held, found, last, failures)
	}
	return last, errors.Join(failures...)
}

// heldEdition is the newest list in the archive, nil when there is none.
func heldEdition(run *archive.Run) (*Edition, error) {
	f, ok := run.Current(Path)
	if !ok {
		return nil, nil
	}
	return open(func(string) (io.ReadCloser, error) { return run.Open(f) }, f.Filename)
}

// found is an edition that proved itself.
type found struct {
	*Edition
	records int
}

// by gets an edition one way and proves it. What does not prove itself leaves
// the run for the quarantine.
func (s *Source) by(ctx context.Context, way Way, g *Gathering, before state) (found, error) {
	if err := way.Gather(ctx, g); err != nil {
		return found{}, err
	}
	e := g.edition(way.Name)
	if len(e.Members) == 0 {
		return found{}, errors.Join(g.missing...)
	}
	f, err := s.prove(ctx, e, g, before)
	if err == nil || ctx.Err() != nil {
		return f, err
	}
	reason := err.Error()
	err = fmt.Errorf("%w: %w", source.ErrRefused, err)
	for _, m := range e.Members {
		if got, ok := g.run.Received(m.Path); ok && g.run.ID() == got.Run {
			err = errors.Join(err, g.run.QuarantineFile(got, reason))
		}
	}
	return f, err
}

// keep puts the list of an edition into the run and says where the next Fetch
// resumes.
func (s *Source) keep(run *archive.Run, g *Gathering, held *Edition, f found, last source.Cursor, failures []error) (source.Cursor, error) {
	next := last
	next.Complete = last.Complete || len(g.missing) == 0
	next.Release, next.Watermark = f.Release, f.Date
	next.Notes = nil
	for _, err := range failures {
		next.Notes = append(next.Notes, "taken by another way ("+f.Way+"), since by "+err.Error())
	}
	var err error
	if next.State, err = json.Marshal(state{f.records, f.Way}); err != nil {
		return last, err
	}
	if held == nil || !reflect.DeepEqual(*held, *f.Edition) {
		if err := write(run, f.Edition); err != nil {
			return last, err
		}
	} else if len(g.missing) == 0 && last.Complete {
		return next, source.ErrUnchanged
	}
	if len(g.missing) > 0 {
		return next, &source.Incomplete{Missing: g.missing}
	}
	return next, nil
}

// write puts an edition's list into the run.
func write(run *archive.Run, e *Edition) error {
	data, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(run.Part(Path), append(data, '\n'), 0o644); err != nil {
		return err
	}
	// The list is of what upstream has now, whatever the date of the release.
	_, err = run.Put(archive.File{Path: Path, URL: e.Members[0].URL, AsOf: run.Started()})
	return err
}
