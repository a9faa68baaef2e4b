package postgres

import (
	"time"

	"vulnmirror/store"
	"vulnmirror/store/draft"
)

// prepared is what Prepare leaves in a batch.
type prepared struct{ drafts []incoming }

// incoming is a version of a record that is to be stored.
type incoming struct {
	draft.Draft
	parts parts
}

// Prepare works out what Apply will write. It fails only for a body that cannot
// be compressed.
func (s *Store) Prepare(b *store.Batch) (err error) {
	p := &prepared{drafts: make([]incoming, len(b.Records))}
	for i := range b.Records {
		if p.drafts[i].Draft, err = draft.Of(&b.Records[i]); err != nil {
			return err
		}
		p.drafts[i].parts = partsOf(&p.drafts[i].Draft)
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
