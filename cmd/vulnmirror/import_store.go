package main

import (
	"context"
	"sync"

	"vulnmirror/store"
	"vulnmirror/store/location"
)

// importStore is the database as imports change it. It counts what becomes of
// each file's records.
type importStore struct {
	location.Store

	mu    sync.Mutex
	files map[string]*outcome // by Origin.Filename
}

var _ interface {
	store.Store
	store.Preparer
	store.BulkLoader
} = (*importStore)(nil)

// outcome is what became of the records of one archived file.
type outcome struct {
	added, changed, unchanged, older int

	skipped []string // the first of those older
}

// skippedNamed is how many skipped records are told by name.
const skippedNamed = 5

func (o *outcome) skip(id string) {
	if o.older++; len(o.skipped) < skippedNamed {
		o.skipped = append(o.skipped, id)
	}
}

// Apply applies a batch and counts.
func (s *importStore) Apply(ctx context.Context, b *store.Batch) (store.Outcome, error) {
	o := s.outcome(b.Origin.Filename)
	out, err := s.Store.Apply(ctx, b)
	o.added += out.Added
	o.changed += out.Changed
	o.unchanged += out.Unchanged
	for i, d := range out.Dispositions {
		if d == store.Older {
			o.skip(b.Records[i].ID)
		}
	}
	return out, err
}

func (s *importStore) outcome(filename string) *outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.files[filename]
	if o == nil {
		o = &outcome{}
		s.files[filename] = o
	}
	return o
}
