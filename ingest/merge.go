package ingest

import (
	"context"
	"errors"
	"fmt"

	"vulnmirror/source"
	"vulnmirror/store"
	"vulnmirror/vuln"
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
		held, err := vuln.Record{}, error(nil)
		if again {
			held = merged[i]
		} else if held, err = m.st.Get(ctx, r.Kind, r.ID); errors.Is(err, store.ErrNotFound) || err == nil && held.Source != r.Source {
			at[ref] = len(merged)
			merged = append(merged, r)
			continue
		}
		if err == nil {
			r, err = m.with.Merge(held, r)
		}
		if err != nil {
			return fmt.Errorf("%s %s: put together with what is held: %w", ref.Kind, ref.ID, err)
		}
		if again {
			merged[i] = r
			continue
		}
		at[ref] = len(merged)
		merged = append(merged, r)
	}
	b.Records = merged
	return nil
}
