package postgres

import (
	"time"

	"vulnmirror/store"
	"vulnmirror/store/draft"
)

// prepared is what Prepare leaves in a batch.
type prepared struct{ drafts []draft.Draft }

// Prepare works out what Apply will write. It fails only for a body that cannot
// be compressed.
func (s *Store) Prepare(b *store.Batch) (err error) {
	p := &prepared{drafts: make([]draft.Draft, len(b.Records))}
	for i := range b.Records {
		if p.drafts[i], err = draft.Of(&b.Records[i]); err != nil {
			return err
		}
	}
	b.Prepared = p
	return nil
}

// orNull is t for the database, to the millisecond, nil for the zero time.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Millisecond)
	return &t
}
