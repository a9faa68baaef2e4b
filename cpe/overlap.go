package cpe

// Overlaps reports whether some name without wildcards is described by both
// names. NISTIR 7696 has no such relation; it answers searches in which either
// side may be open, and where the specification's answer for two values with
// wildcards is Undefined.
func (n Name) Overlaps(other Name) bool {
	for a := range Attribute(Attributes) {
		if !Meet(n.At(a), other.At(a)) {
			return false
		}
	}
	return true
}

// Meet reports whether some value without wildcards is covered by both values:
// Overlaps for one attribute.
func Meet(a, b Value) bool {
	switch {
	case a == b || a == Any || b == Any:
		return true
	case a == NA || b == NA:
		return false
	case a.Wild() && b.Wild():
		return patternsMeet(string(a), string(b))
	case a.Wild():
		return matches(string(a), string(b))
	case b.Wild():
		return matches(string(b), string(a))
	}
	return false
}

// patternsMeet reports whether some string matches both patterns. It slides
// one body along the other: in such a string both bodies stand somewhere, and
// where they do not touch, moving them together until they do only shortens
// what the wildcards must fill.
func patternsMeet(a, b string) bool {
	leadA, bodyA, trailA := dissect(a)
	leadB, bodyB, trailB := dissect(b)
	x, y := []rune(Value(bodyA).Text()), []rune(Value(bodyB).Text())
	for shift := -len(y); shift <= len(x); shift++ {
		after := shift + len(y) - len(x)
		if fits(shift, leadB) && fits(-shift, leadA) && fits(after, trailA) && fits(-after, trailB) && agree(x, y, shift) {
			return true
		}
	}
	return false
}

func fits(count, limit int) bool { return limit == unlimited || count <= limit }

// agree reports whether x and y are the same where they lie over each other
// when y begins shift characters after x.
func agree(x, y []rune, shift int) bool {
	for i := max(shift, 0); i < min(len(x), shift+len(y)); i++ {
		if x[i] != y[i-shift] {
			return false
		}
	}
	return true
}
