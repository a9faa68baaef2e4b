package mirror

import (
	"context"
	"errors"
	"fmt"

	"vulnmirror/archive"
	"vulnmirror/ingest"
	"vulnmirror/source"
	"vulnmirror/store"
)

// Rebuild fills into, an empty store, with everything the archive holds, and
// tells for every source what became of its records. It needs no network. The
// sources stay locked until done returns, so that swapping stores inside it
// loses no run.
func (m *Mirror) Rebuild(ctx context.Context, into store.Store, done func() error) ([]Result, error) {
	names, err := m.Archive.Sources()
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s holds no source; run vulnmirror sync first", m.Archive.Dir())
	}
	var results []Result
	for _, name := range names {
		src, err := Find(m.Sources, name)
		if err != nil {
			return results, fmt.Errorf("the archive was written by another vulnmirror: %w", err)
		}
		lockCtx, release, err := m.lock(ctx, name)
		if err != nil {
			return results, err
		}
		defer release()
		r, err := m.rebuild(lockCtx, src, into)
		results = append(results, r)
		if err != nil {
			return results, fmt.Errorf("%s: %w", name, err)
		}
	}
	return results, done()
}

func (m *Mirror) rebuild(ctx context.Context, src source.Source, into store.Store) (Result, error) {
	r := Result{Source: src.Info().Name, Started: m.Now().UTC()}
	tree := m.Archive.Source(r.Source)
	cursor, err := lastCursor(tree)
	if err != nil {
		return r, err
	}
	manifest, err := tree.Manifest()
	if err != nil {
		return r, err
	}
	r.Report, err = ingest.Files(ctx, src, tree, ingest.InOrder(src, manifest.Files), into, m.Meter)
	if err != nil {
		return r, err
	}
	state, err := m.carriedState(ctx, r.Source, cursor, manifest)
	if err != nil {
		return r, err
	}
	r.Records, err = held(ctx, into, src.Info())
	r.Watermark, r.Complete = cursor.Watermark, cursor.Complete
	r.Ended = m.Now().UTC()
	r.Seconds = r.Ended.Sub(r.Started).Seconds()
	r.fetched = true
	r.conclude(err)
	return r, errors.Join(err, into.SetSource(ctx, state))
}

// carriedState is what the archive proves of a source's state, with what only
// the store in service knows, when there is one.
func (m *Mirror) carriedState(ctx context.Context, name string, cursor source.Cursor, manifest archive.Manifest) (store.SourceState, error) {
	state := store.SourceState{Source: name, Watermark: cursor.Watermark, Synced: manifest.LastUpdated, Release: cursor.Release}
	if cursor.Complete {
		state.Completed = manifest.LastUpdated
	}
	if m.Store == nil {
		return state, nil
	}
	states, err := m.Store.Sources(ctx)
	for _, s := range states {
		if s.Source == name {
			state = s
			state.Watermark, state.Release = cursor.Watermark, cursor.Release
		}
	}
	return state, err
}
