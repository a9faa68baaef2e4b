package ingest

import (
	"cmp"
	"slices"

	"vulnmirror/archive"
	"vulnmirror/source"
)

// InOrder returns those of a manifest's files that have records, in the order in
// which these are to be applied: run by run, and inside a run as upstream made them, so that of two versions
// with the same lastModified the one made later stays, and the same files give
// the same store whatever happened between.
func InOrder(src source.Source, files []archive.File) []archive.File {
	rank := make(map[string]int)
	for _, f := range files {
		if _, ok := rank[f.Run]; !ok {
			rank[f.Run] = len(rank)
		}
	}
	out := slices.Clone(files)
	if composer, ok := src.(source.Composer); ok {
		out = slices.DeleteFunc(out, composer.IsPart)
	}
	slices.SortStableFunc(out, func(a, b archive.File) int {
		return cmp.Or(cmp.Compare(rank[a.Run], rank[b.Run]), a.AsOf.Compare(b.AsOf))
	})
	return out
}
