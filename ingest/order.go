package ingest

import (
	"cmp"
	"slices"

	"vulnmirror/archive"
)

// InOrder returns a manifest's files in the order in which their records are to be applied:
// run by run, and inside a run as upstream made them, so that of two versions
// with the same lastModified the one made later stays, and the same files give
// the same store whatever happened between.
func InOrder(files []archive.File) []archive.File {
	rank := make(map[string]int)
	for _, f := range files {
		if _, ok := rank[f.Run]; !ok {
			rank[f.Run] = len(rank)
		}
	}
	out := slices.Clone(files)
	slices.SortStableFunc(out, func(a, b archive.File) int {
		return cmp.Or(cmp.Compare(rank[a.Run], rank[b.Run]), a.AsOf.Compare(b.AsOf))
	})
	return out
}
