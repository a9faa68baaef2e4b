package mirror

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"vulnmirror/archive"
	"vulnmirror/ingest"
	"vulnmirror/source"
	"vulnmirror/store"
)

// postponed tells whether what the store lacks of a source was fetched anew, so
// that the store is to be made anew from it, which renew does for all sources at
// once.
func (m *Mirror) postponed(ctx context.Context, src source.Source, tree *archive.Tree) (bool, error) {
	if _, ok := m.Store.(store.Renewer); !ok {
		return false, nil
	}
	manifest, err := tree.Manifest()
	if err != nil || !slices.ContainsFunc(manifest.Files, func(f archive.File) bool { return f.Anew }) {
		return false, err
	}
	pending, err := ingest.Pending(ctx, m.Store, src, manifest.Files)
	return slices.ContainsFunc(pending, func(f archive.File) bool { return f.Anew }), err
}

// renew fills a store beside the one in service from the archive, when a source
// was fetched anew, and puts it in the other's place: nothing that went wrong in
// the old one outlives it, and it answers until then. The results of the sources
// concerned tell how that went.
func (m *Mirror) renew(ctx context.Context, results []Result) {
	if !slices.ContainsFunc(results, func(r Result) bool { return r.anew }) || ctx.Err() != nil {
		return
	}
	m.Log.Info("making the database anew, beside the one in service")
	rebuilt, err := m.rebuildBeside(ctx)
	for i := range results {
		r := &results[i]
		if !r.anew {
			continue
		}
		var floorErr error
		if j := slices.IndexFunc(rebuilt, func(b Result) bool { return b.Source == r.Source }); j >= 0 && err == nil {
			r.Report, r.stored, r.Records = rebuilt[j].Report, true, rebuilt[j].Records
			src, findErr := Find(m.Sources, r.Source)
			if floorErr = findErr; findErr == nil {
				floorErr = m.floor(ctx, src, r)
			}
		}
		r.Ended = m.Now().UTC()
		r.Seconds = r.Ended.Sub(r.Started).Seconds()
		r.conclude(errors.Join(r.fetchErr, err, floorErr))
		if err := m.remember(ctx, *r); err != nil {
			r.conclude(errors.Join(r.err, err))
		}
	}
}

func (m *Mirror) rebuildBeside(ctx context.Context) ([]Result, error) {
	into, err := m.Store.(store.Renewer).Renew(ctx)
	if err != nil {
		return nil, fmt.Errorf("make the database anew: %w", err)
	}
	results, err := m.Rebuild(ctx, into, func() error { return into.Take(ctx) })
	if err != nil {
		err = errors.Join(fmt.Errorf("make the database anew; the old one stays in service: %w", err), into.Close())
	}
	return results, err
}

// doubt tells each result which of the sources it depends on are broken.
func (m *Mirror) doubt(ctx context.Context, results []Result) error {
	states, err := m.Store.Sources(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	for i := range results {
		src, err := Find(m.Sources, results[i].Source)
		if err != nil {
			return err
		}
		results[i].Doubts = Doubts(src.Info(), states)
	}
	return nil
}

// Doubts says which of the sources that one depends on are broken, and why.
func Doubts(info source.Info, states []store.SourceState) []string {
	var out []string
	for _, s := range states {
		if !s.Failed.IsZero() && slices.Contains(info.DependsOn, s.Source) {
			out = append(out, fmt.Sprintf("%s is broken since %s: %s", s.Source, since(s.Failed), s.Reason))
		}
	}
	return out
}
