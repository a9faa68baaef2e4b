package feeds

import (
	"context"
	"fmt"
	"slices"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// snapshot opens a snapshot of a store whose records of the layout's kind have
// been loaded once, or fails with errLoading or errAbsent.
func (h *handler) snapshot(ctx context.Context, l *layout) (store.Snapshot, error) {
	snapshot, err := h.from.Snapshot(ctx)
	if err != nil {
		return nil, fmt.Errorf("open a snapshot of the store: %w", err)
	}
	if l.complete.Load() {
		return snapshot, nil
	}
	states, err := snapshot.Sources(ctx)
	for _, s := range states {
		if !s.Completed.IsZero() && h.supplies(s.Source, l.kind) {
			l.complete.Store(true)
			return snapshot, nil
		}
	}
	_ = snapshot.Close() // nothing was written
	switch {
	case err != nil:
		return nil, fmt.Errorf("state of the sources: %w", err)
	case h.awaits(l.kind):
		return nil, errLoading
	}
	return nil, errAbsent
}

func (h *handler) supplies(source string, kind vuln.Kind) bool {
	return h.sources == nil || slices.Contains(h.sources[kind], source)
}

// awaits tells whether a source that supplies the kind is kept up to date.
func (h *handler) awaits(kind vuln.Kind) bool {
	return h.sources == nil || h.enabled == nil ||
		slices.ContainsFunc(h.sources[kind], func(s string) bool { return slices.Contains(h.enabled, s) })
}
