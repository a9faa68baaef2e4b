package ingest

import (
	"context"
	"errors"
	"fmt"

	"vulnmirror/source"
	"vulnmirror/store"
)

// merging puts the records of batches together with what is held of them, for
// sources of which several files speak of one record. It looks into the store,
// so that whatever was applied before must be there.
type merging struct {
	with source.Merger
	st   store.Reader
}

// batch merges the records of a batch, of which each is then in it once.
func (m merging) batch(ctx context.Context, b *store.Batch) error {
	at := make(map[store.Ref]int, len(b.Records))
	merged := b.Records[:0]
	for _, r := range b.Records {
		ref := store.Ref{Kind: r.Kind, ID: r.ID}
		i, again := at[ref]
		if again {
			both, err := m.with.Merge(merged[i], r)
			if err != nil {
				return failedToMerge(ref, err)
			}
			merged[i] = both
			continue
		}
		held, err := m.st.Get(ctx, r.Kind, r.ID)
		if err == nil && held.Source == r.Source {
			r, err = m.with.Merge(held, r)
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return failedToMerge(ref, err)
		}
		at[ref] = len(merged)
		merged = append(merged, r)
	}
	b.Records = merged
	return nil
}

func failedToMerge(ref store.Ref, err error) error {
	return fmt.Errorf("%s %s: put together with what is held: %w", ref.Kind, ref.ID, err)
}
