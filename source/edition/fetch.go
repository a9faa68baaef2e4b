package edition

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
)

// Fetch takes in the edition that upstream has, by the first way that works.
func (s *Source) Fetch(ctx context.Context, up *fetch.Client, run *archive.Run, last source.Cursor) (source.Cursor, error) {
	held, err := heldEdition(run)
	if err != nil {
		return last, err
	}
	var failures []error
	for _, way := range s.Ways {
		g := &Gathering{Up: up, Held: held, run: run}
		e, err := s.by(ctx, way, g)
		if ctx.Err() != nil {
			return last, context.Cause(ctx)
		}
		if err != nil {
			for _, note := range g.notes {
				err = errors.Join(err, errors.New(note))
			}
			failures = append(failures, fmt.Errorf("%s: %w", way.Name, err))
			continue
		}
		return s.keep(run, g, e, last, failures)
	}
	return last, errors.Join(failures...)
}

// heldEdition is the newest list in the archive, nil when there is none.
func heldEdition(run *archive.Run) (*Edition, error) {
	f, ok := run.Current(Path)
	if !ok {
		return nil, nil
	}
	e, err := open(func(string) (io.ReadCloser, error) { return run.Open(f) }, f.Filename)
	if err != nil {
		return nil, fmt.Errorf("the list of what is held, %s, cannot be read: %w", f.Filename, err)
	}
	return e, nil
}

// by gets an edition one way and proves it. What does not prove itself leaves
// the run for the quarantine.
func (s *Source) by(ctx context.Context, way Way, g *Gathering) (*Edition, error) {
	if err := way.Gather(ctx, g); err != nil {
		return nil, err
	}
	e := g.edition(way.Name)
	if len(e.Members) == 0 {
		return nil, errors.Join(append(g.missing, errors.New("no file could be had"))...)
	}
	if e.sameFiles(g.Held) {
		return g.Held, nil
	}
	err := s.prove(ctx, e, g)
	if err == nil || ctx.Err() != nil {
		return e, err
	}
	reason := err.Error()
	err = fmt.Errorf("%w: %s: %w", source.ErrRefused, e.origin(), err)
	for _, m := range e.Members {
		if got, ok := g.run.Received(m.Path); ok && g.run.ID() == got.Run {
			err = errors.Join(err, g.run.QuarantineFile(got, reason))
		}
	}
	return nil, err
}

// keep puts the list of an edition into the run and says where the next Fetch
// resumes.
func (s *Source) keep(run *archive.Run, g *Gathering, e *Edition, last source.Cursor, failures []error) (source.Cursor, error) {
	next := last
	next.Complete = last.Complete || len(g.missing) == 0
	next.Release, next.Watermark = e.Release, e.Date
	for _, err := range failures {
		g.Note("taken by another way, " + e.Way + ", since " + err.Error())
	}
	next.Notes = g.notes
	if e != g.Held {
		if err := write(run, e); err != nil {
			return last, err
		}
	}
	switch {
	case len(g.missing) > 0:
		return next, &source.Incomplete{Missing: g.missing}
	case len(run.ReceivedFiles()) == 0 && last.Complete:
		return next, source.ErrUnchanged
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
	_, err = run.Put(archive.File{Path: Path, URL: e.Members[0].URL + "#" + Path, AsOf: run.Started()})
	return err
}
