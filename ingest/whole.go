package ingest

import (
	"hash/maphash"
	"slices"

	"vulnmirror/archive"
	"vulnmirror/source"
	"vulnmirror/store"
)

// inventory collects the identifiers in a file that lists all that upstream
// has. It holds hashes, because there may be millions: two that hash alike keep
// a record from being withdrawn, never the other way round.
type inventory struct {
	seed   maphash.Seed
	ids    []uint64
	blurry bool // a record could not be identified: anything may be listed
	// covers tells what the list would have if upstream had it; nil: everything.
	covers func(id string) bool
}

// inventoryIn is what an index names.
func inventoryIn(index *source.Index) *inventory {
	v := newInventory()
	v.covers = index.Covers
	for _, id := range index.IDs {
		v.add(id)
	}
	return v
}

// inventoryOf is nil for a file that lists no more than it holds.
func inventoryOf(src source.Source, f archive.File) *inventory {
	lister, ok := src.(source.Lister)
	if !ok || !lister.Lists(f) {
		return nil
	}
	return newInventory()
}

func newInventory() *inventory { return &inventory{seed: maphash.MakeSeed()} }

// add notes one record listed, refused or not.
func (v *inventory) add(id string) {
	switch {
	case v == nil:
	case id == "":
		v.blurry = true
	default:
		v.ids = append(v.ids, maphash.String(v.seed, id))
	}
}

// withdrawal is what upstream has no longer, going by file f; nil when nothing
// can be told.
func (v *inventory) withdrawal(src source.Source, f archive.File) *store.Withdrawal {
	keep := v.keep()
	if keep == nil || f.AsOf.IsZero() {
		return nil
	}
	info := src.Info()
	return &store.Withdrawal{Kind: info.Kind, Source: info.Name, At: f.Fetched, UpTo: f.AsOf, Keep: keep}
}

// keep tells of records whether they are listed; nil when that cannot be told.
func (v *inventory) keep() func(id string) bool {
	if v == nil || v.blurry || len(v.ids) == 0 {
		return nil
	}
	slices.Sort(v.ids)
	return func(id string) bool {
		if v.covers != nil && !v.covers(id) {
			return true
		}
		_, listed := slices.BinarySearch(v.ids, maphash.String(v.seed, id))
		return listed
	}
}
