package match

import (
	"vulnmirror/cpe"
	"vulnmirror/store"
	"vulnmirror/version"
	"vulnmirror/vuln"
)

// criterion is a match criterion, read.
type criterion struct {
	ref      string // store.Criterion.Ref
	key      key
	name     cpe.Name
	within   span // its bounds
	plain    bool // nothing after the version is restricted
	expanded bool // store.Criterion.Expanded
}

// found returns the criterion as a store does.
func (c *criterion) found() store.Criterion {
	s := c.key.Value()
	return store.Criterion{Ref: c.ref, Expanded: c.expanded, MatchCriteria: vuln.MatchCriteria{
		ID: s.id, Criteria: s.criteria,
		VersionStartIncluding: s.startIncluding, VersionStartExcluding: s.startExcluding,
		VersionEndIncluding: s.endIncluding, VersionEndExcluding: s.endExcluding,
	}}
}

// bounds returns a criterion's version bounds.
func (s spelling) bounds() version.Range {
	return version.Range{
		StartIncluding: s.startIncluding, StartExcluding: s.startExcluding,
		EndIncluding: s.endIncluding, EndExcluding: s.endExcluding,
	}
}

// describes tells whether the criterion's components and bounds describe a name,
// whose version has the given place among all bounds.
func (c *criterion) describes(name cpe.Name, at place) Truth {
	truth := True
	for a := range cpe.Attribute(cpe.Attributes) {
		if a > cpe.Version && c.plain {
			break
		}
		truth = truth.And(covers(c.name.At(a), name.At(a)))
		if truth == False {
			return False
		}
	}
	if c.within.bounded() {
		truth = truth.And(c.within.holds(name.Version(), at))
	}
	return truth
}

// covers tells whether a criterion's value describes a name's value. Where the
// name is open itself, the answer is Unknown unless nothing is in both.
func covers(source, target cpe.Value) Truth {
	switch {
	case source == cpe.Any || source == target:
		return True
	case target == cpe.Any:
		return Unknown
	case target.Wild():
		if cpe.Meet(source, target) {
			return Unknown
		}
		return False
	}
	if cpe.Relate(source, target) == cpe.Superset {
		return True
	}
	return False
}

// holds tells whether the bounds hold a version that has the given place among
// them.
func (s span) holds(v cpe.Value, at place) Truth {
	switch {
	case v == cpe.NA:
		if s.from == first {
			return True
		}
		return False
	case v == cpe.Any || v.Wild():
		return Unknown
	case s.from <= at && at <= s.to:
		return True
	}
	return False
}
