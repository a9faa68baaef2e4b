package main

import (
	"context"
	"slices"
	"sync"

	"vulnmirror/source/nvdlegacy"
	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/vuln"
)

// importStore is the database as imports change it. It counts what becomes of
// each file's records. And it skips a copy that bears the same date as what
// another source brought, but says something else: NVD changes records without
// moving lastModified, so the copy may be the older one, and what was fetched
// from NVD is the better guess. A rebuild, in which imports come first, ends up
// with the same.
type importStore struct {
	*sqlite.Store

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

// Apply applies a batch without the copies to be skipped, and counts.
func (s *importStore) Apply(ctx context.Context, b *store.Batch) (store.Outcome, error) {
	better, err := s.better(ctx, b.Records)
	if err != nil {
		return store.Outcome{}, err
	}
	o := s.outcome(b.Origin.Filename)
	if len(better) > 0 {
		b.Prepared = nil
		b.Records = slices.DeleteFunc(b.Records, func(r vuln.Record) bool {
			if better[r.ID] {
				o.skip(r.ID)
			}
			return better[r.ID]
		})
	}
	out, err := s.Store.Apply(ctx, b)
	o.added += out.Added
	o.changed += out.Changed
	o.unchanged += out.Unchanged
	for i, d := range out.Dispositions {
		if d == store.Older {
			o.skip(b.Records[i].ID)
		}
	}
	out.Older += len(better)
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

// better names those of records, which are of one kind, that are held with the
// same date and other content from another source. A converted record gives
// way to one that is not; that is the store's own rule.
func (s *importStore) better(ctx context.Context, records []vuln.Record) (map[string]bool, error) {
	if len(records) == 0 || records[0].Converted {
		return nil, nil
	}
	copies := make(map[string]vuln.Record, len(records))
	q := store.Query{Kind: records[0].Kind, Withdrawn: true, Order: store.ByID}
	for _, r := range records {
		copies[r.ID] = r
		q.IDs = append(q.IDs, r.ID)
	}
	better := make(map[string]bool)
	for held, err := range s.List(ctx, q) {
		if err != nil {
			return nil, err
		}
		r := copies[held.ID]
		if held.Source != nvdlegacy.ImportName && !held.Converted && held.Modified.Equal(r.Modified) &&
			vuln.ContentHash(held.Body) != vuln.ContentHash(r.Body) {
			better[held.ID] = true
		}
	}
	return better, nil
}
