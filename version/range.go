package version

// Range is the version bounds of a match criterion, under NVD's names. An
// empty bound is none.
type Range struct {
	StartIncluding, StartExcluding string
	EndIncluding, EndExcluding     string
}

// InRange reports whether a version lies within the bounds that are not empty.
func InRange(v, startIncluding, startExcluding, endIncluding, endExcluding string) bool {
	return Range{startIncluding, startExcluding, endIncluding, endExcluding}.Contains(Release{Version: v})
}

// Contains reports whether a release lies within all bounds. Bounds are
// versions, so a release with an update may lie beside an equal version: 8.0
// update 121 is after an end of 8.0, 8.0 rc1 before a start of 8.0. Leave
// Update empty where versions alone shall decide.
func (r Range) Contains(v Release) bool {
	at := func(bound string) int { return v.Compare(Release{Version: bound}) }
	return (r.StartIncluding == "" || at(r.StartIncluding) >= 0) &&
		(r.StartExcluding == "" || at(r.StartExcluding) > 0) &&
		(r.EndIncluding == "" || at(r.EndIncluding) <= 0) &&
		(r.EndExcluding == "" || at(r.EndExcluding) < 0)
}

// Empty reports whether no version can lie within the bounds: the start is
// after the end, or at it with either excluded.
func (r Range) Empty() bool {
	return below(r.EndExcluding, r.StartIncluding, true) || below(r.EndExcluding, r.StartExcluding, true) ||
		below(r.EndIncluding, r.StartIncluding, false) || below(r.EndIncluding, r.StartExcluding, true)
}

// below reports whether an end lies before a start, or at it where that is
// enough. Bounds that are not there are no obstacle.
func below(end, start string, orEqual bool) bool {
	if end == "" || start == "" {
		return false
	}
	c := Compare(end, start)
	return c < 0 || c == 0 && orEqual
}

// Overlaps reports whether some version can lie within both ranges. Between
// two different versions another one is always taken to be possible.
func (r Range) Overlaps(o Range) bool {
	for _, starts := range [2]Range{r, o} {
		for _, ends := range [2]Range{r, o} {
			if (Range{starts.StartIncluding, starts.StartExcluding, ends.EndIncluding, ends.EndExcluding}).Empty() {
				return false
			}
		}
	}
	return true
}
