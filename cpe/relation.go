package cpe

// Relation is how the set a source describes relates to the set a target
// describes (NISTIR 7696 sections 6.1 and 6.2).
type Relation uint8

// The relations.
const (
	Undefined Relation = iota // cannot be told
	Superset                  // the source covers the target and more
	Subset                    // the target covers the source and more
	Equal
	Disjoint // nothing is in both
)

// String returns the relation's name in lower case.
func (r Relation) String() string {
	names := [...]string{"undefined", "superset", "subset", "equal", "disjoint"}
	if int(r) >= len(names) {
		return "no relation"
	}
	return names[r]
}

// Relate compares two values of one attribute as table 6-2 of NISTIR 7696
// lists. Wildcards are for the source; a target that has some gives Undefined.
func Relate(source, target Value) Relation {
	switch {
	case target.Wild():
		return Undefined
	case source == target:
		return Equal
	case source == Any:
		return Superset
	case target == Any:
		return Subset
	case source == NA || target == NA:
		return Disjoint
	case source.Wild() && matches(string(source), string(target)):
		return Superset
	}
	return Disjoint
}

// Relate compares the name, as source, with a target attribute by attribute and
// joins the results as NISTIR 7696 section 6.2 says: Disjoint if one attribute
// is, Equal if all are, Superset or Subset if all are that or Equal, otherwise
// Undefined.
func (n Name) Relate(target Name) Relation {
	joined := Equal
	for a := range Attribute(Attributes) {
		switch r := Relate(n.At(a), target.At(a)); {
		case r == Disjoint:
			return Disjoint
		case r == Equal || r == joined:
		case joined == Equal:
			joined = r
		default:
			joined = Undefined
		}
	}
	return joined
}

// Covers reports whether the name, taken as source, is Superset of target or
// Equal to it: whether the target is one of the products the name describes.
func (n Name) Covers(target Name) bool {
	for a := range Attribute(Attributes) {
		if r := Relate(n.At(a), target.At(a)); r != Superset && r != Equal {
			return false
		}
	}
	return true
}
