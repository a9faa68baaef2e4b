package mirror

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"vulnmirror/archive"
	"vulnmirror/ingest"
	"vulnmirror/source"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// ingest applies whatever the archive holds and the store does not.
func (m *Mirror) ingest(ctx context.Context, src source.Source, tree *archive.Tree, r *Result) error {
	m.storing.Lock()
	defer m.storing.Unlock()
	manifest, err := tree.Manifest()
	if err != nil {
		return err
	}
	pending, err := ingest.Pending(ctx, m.Store, src, manifest.Files)
	if err != nil {
		return err
	}
	r.Report, err = ingest.Files(ctx, src, tree, pending, m.Store, m.Meter)
	if err != nil {
		return err
	}
	r.stored = true
	if r.Refused > 0 {
		m.Log.Warn("records were refused; their bytes are kept in the archive", "source", r.Source, "count", r.Refused, "first", r.Refusals[0])
	}
	return m.floor(ctx, src, r)
}

// floor refuses to call a load complete that is plainly too small.
func (m *Mirror) floor(ctx context.Context, src source.Source, r *Result) error {
	digest, err := m.Store.Digest(ctx, store.Query{Kind: src.Info().Kind})
	if err != nil {
		return err
	}
	if r.Records, err = held(ctx, m.Store, src.Info()); err != nil {
		return err
	}
	if floor := src.Info().Floor; r.Complete && digest.Count < floor {
		return fmt.Errorf("%w: %d records, and a whole load has %d at least", source.ErrRefused, digest.Count, floor)
	}
	return nil
}

// held counts the records of a source's kinds.
func held(ctx context.Context, st store.Reader, info source.Info) (int, error) {
	n := 0
	for _, kind := range append([]vuln.Kind{info.Kind}, info.With...) {
		digest, err := st.Digest(ctx, store.Query{Kind: kind})
		if err != nil {
			return 0, err
		}
		n += digest.Count
	}
	return n, nil
}

// remember tells the store, from which answers are given, how the run ended.
func (m *Mirror) remember(ctx context.Context, r Result) error {
	// A run that was interrupted is remembered too.
	ctx = context.WithoutCancel(ctx)
	states, err := m.Store.Sources(ctx)
	if err != nil {
		return err
	}
	state := store.SourceState{Source: r.Source}
	for _, s := range states {
		if s.Source == r.Source {
			state = s
		}
	}
	if !r.Watermark.IsZero() {
		state.Watermark = r.Watermark
	}
	if r.Release != "" {
		state.Release = r.Release
	}
	if r.err != nil {
		state.Failed, state.Reason = r.Ended, r.Error
	} else {
		state.Synced, state.Failed, state.Reason = r.Ended, time.Time{}, ""
	}
	if r.Complete && r.stored && state.Completed.IsZero() {
		state.Completed = r.Ended
	}
	return m.Store.SetSource(ctx, state)
}

func lastCursor(tree *archive.Tree) (source.Cursor, error) {
	var cursor source.Cursor
	manifest, err := tree.Manifest()
	if err != nil || len(manifest.Cursor) == 0 {
		return cursor, err
	}
	if err := json.Unmarshal(manifest.Cursor, &cursor); err != nil {
		return cursor, fmt.Errorf("the cursor in %s/manifest.json is unreadable: %w", tree.Dir(), err)
	}
	return cursor, nil
}
