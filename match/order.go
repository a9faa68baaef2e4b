package match

import (
	"math"
	"slices"

	"vulnmirror/version"
)

// place is where a version lies among the bounds of a product: 2i+1 at the
// bound i, 2i before it and after the one before. Once it is known, ranges are
// decided by comparing integers, and thousands of them cost little.
type place int32

// first and last are where ranges without that bound begin and end.
const (
	first place = -1
	last  place = math.MaxInt32
)

// order is the bounds of a product in the order of versions, each once.
type order []string

func newOrder(ranges []version.Range) order {
	var o order
	for _, r := range ranges {
		for _, bound := range [...]string{r.StartIncluding, r.StartExcluding, r.EndIncluding, r.EndExcluding} {
			if bound != "" {
				o = append(o, bound)
			}
		}
	}
	slices.SortFunc(o, version.Compare)
	return slices.Clip(slices.CompactFunc(o, func(a, b string) bool { return version.Compare(a, b) == 0 }))
}

func (o order) place(v string) place {
	i, found := slices.BinarySearchFunc(o, v, version.Compare)
	if found {
		return place(2*i + 1)
	}
	return place(2 * i)
}

// span is a range as places, both included.
type span struct{ from, to place }

func (o order) span(r version.Range) span {
	s := span{first, last}
	if r.StartIncluding != "" {
		s.from = o.place(r.StartIncluding)
	}
	if r.StartExcluding != "" {
		s.from = max(s.from, o.place(r.StartExcluding)+1)
	}
	if r.EndIncluding != "" {
		s.to = o.place(r.EndIncluding)
	}
	if r.EndExcluding != "" {
		s.to = min(s.to, o.place(r.EndExcluding)-1)
	}
	return s
}

func (s span) bounded() bool { return s != span{first, last} }
