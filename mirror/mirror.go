// Package mirror is the one place that knows the life of a source: lock, fetch,
// archive, ingest, report. Sources differ only in what source.Source asks of
// them.
package mirror

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/progress"
	"vulnmirror/source"
	"vulnmirror/store"
)

// Mirror keeps sources up to date in an archive and a store.
type Mirror struct {
	Sources  []source.Source
	Archive  *archive.Archive
	Store    store.Store
	Client   *fetch.Client
	Meter    progress.Meter
	Log      *slog.Logger
	Now      func() time.Time
	LockWait time.Duration // how long to wait for another process; 0 means not at all
	Parallel int           // sources at a time
	// MaxAge is how old the last answer of a source's upstream may be while its
	// cheap check says that nothing changed; nil: asked in full every time.
	MaxAge func(name string) time.Duration
	// RenewAfter is the age at which what is held of a source is fetched anew; 0:
	// never.
	RenewAfter time.Duration
	// Locations are the addresses of the operator's own, by name of the source
	// and of its fetch.Location.
	Locations map[string]map[string]string

	// storing: sources fetch side by side but take turns at the store, which has
	// one writer, so that a run needs the memory of one.
	storing sync.Mutex
}

// Find returns the source of that name.
func Find(sources []source.Source, name string) (source.Source, error) {
	i := slices.IndexFunc(sources, func(s source.Source) bool { return s.Info().Name == name })
	if i < 0 {
		var known []string
		for _, s := range sources {
			known = append(known, s.Info().Name)
		}
		return nil, fmt.Errorf("no source is called %q; known are %q", name, known)
	}
	return sources[i], nil
}

// Sync brings the named sources up to date, side by side. One that fails does
// not stop the others; the summary tells how each ended. The summary is also
// written to logs/summary.json of the archive.
func (m *Mirror) Sync(ctx context.Context, names []string) (Summary, error) {
	sum := Summary{Started: m.Now().UTC()}
	chosen := make([]source.Source, len(names))
	for i, name := range names {
		src, err := Find(m.Sources, name)
		if err != nil {
			return sum, err
		}
		chosen[i] = src
	}
	sum.Sources = make([]Result, len(chosen))
	var group errgroup.Group
	group.SetLimit(max(1, m.Parallel))
	for i, src := range chosen {
		group.Go(func() error {
			sum.Sources[i] = m.sync(ctx, src)
			return nil
		})
	}
	_ = group.Wait() // the functions return nil; results carry the errors
	m.renew(ctx, sum.Sources)
	if err := m.doubt(ctx, sum.Sources); err != nil {
		return sum, err
	}
	sum.finish(m.Now().UTC())
	return sum, sum.write(m.Archive.Dir())
}

// sync is one run of one source.
func (m *Mirror) sync(ctx context.Context, src source.Source) Result {
	name := src.Info().Name
	client := m.Client.Scope(m.Meter).Relocated(m.Locations[name])
	r := Result{Source: name, Started: m.Now().UTC()}
	err := m.locked(ctx, src, client, &r)
	r.count(client.Tally())
	r.Ended = m.Now().UTC()
	r.Seconds = r.Ended.Sub(r.Started).Seconds()
	r.conclude(err)
	if r.Status != Locked {
		if err := m.remember(ctx, r); err != nil {
			r.conclude(errors.Join(r.err, err))
		}
	}
	return r
}

// locked does the run's work while no other process does the same.
func (m *Mirror) locked(ctx context.Context, src source.Source, client *fetch.Client, r *Result) error {
	tree := m.Archive.Source(r.Source)
	ctx, release, err := m.lock(ctx, r.Source)
	if err != nil {
		return err
	}
	defer release()
	cursor, fetchErr := m.fetch(ctx, src, client, tree)
	r.Watermark, r.Complete, r.Release, r.Notes = cursor.Watermark, cursor.Complete, cursor.Release, cursor.Notes
	if fetchErr == nil {
		r.fetched = true
	} else if errors.Is(fetchErr, source.ErrUnchanged) {
		fetchErr = nil
	}
	r.fetchErr = fetchErr
	if ctx.Err() != nil {
		return errors.Join(fetchErr, context.Cause(ctx))
	}
	if r.anew, err = m.postponed(ctx, src, tree); err != nil || r.anew {
		return errors.Join(fetchErr, err)
	}
	// Even when nothing came now, an earlier run may have been stopped between
	// archive and store.
	return errors.Join(fetchErr, m.ingest(ctx, src, tree, r))
}

// fetch fills a run and commits it to the archive when its content is safe.
func (m *Mirror) fetch(ctx context.Context, src source.Source, client *fetch.Client, tree *archive.Tree) (source.Cursor, error) {
	last, err := lastCursor(tree)
	if err != nil {
		return last, err
	}
	run, err := tree.Begin(m.Now())
	if err != nil {
		return last, err
	}
	begin := last
	switch {
	case run.Resumed():
		m.Log.Info("continuing the run that was interrupted", "source", src.Info().Name, "run", run.ID(), "files", len(run.ReceivedFiles()))
	case m.isOld(src, tree, last):
		m.Log.Info("what is held is old; everything is fetched anew", "source", src.Info().Name, "since", last.Begun)
		if err := run.Anew(); err != nil {
			return last, err
		}
	case m.isFresh(ctx, src, client, last):
		return last, errors.Join(source.ErrUnchanged, run.Discard())
	}
	if run.IsAnew() {
		begin = source.Cursor{}
	}
	cursor, err := src.Fetch(ctx, client, run, begin)
	var incomplete *source.Incomplete
	switch {
	case errors.Is(err, source.ErrUnchanged):
		return m.unchanged(src, run, last, cursor)
	case run.IsAnew() && err != nil && ctx.Err() == nil && !(errors.As(err, &incomplete) && cursor.Complete):
		return last, errors.Join(err, m.putOff(tree, run, last))
	case err == nil, errors.As(err, &incomplete):
		cursor.Asked, cursor.Begun = m.Now().UTC(), last.Begun
		if run.IsAnew() || last.Begun.IsZero() {
			cursor.Begun = run.Started()
		}
		_, commitErr := run.Commit(cursor, m.Now())
		return cursor, errors.Join(err, commitErr)
	default:
		return last, err
	}
}

// Preview says what a sync of one source would do first.
func (m *Mirror) Preview(name string) (source.Preview, error) {
	src, err := Find(m.Sources, name)
	if err != nil {
		return source.Preview{}, err
	}
	previewer, ok := src.(source.Previewer)
	if !ok {
		return source.Preview{}, fmt.Errorf("source %s cannot tell before it fetches", name)
	}
	last, err := lastCursor(m.Archive.Source(name))
	if err != nil {
		return source.Preview{}, err
	}
	return previewer.Preview(last)
}
