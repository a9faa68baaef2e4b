package match

// Truth is what can be said of a statement (the three values of Kleene's
// logic).
type Truth uint8

// The values, in the order And takes the least and Or the greatest of.
const (
	False Truth = iota
	Unknown
	True
)

// String returns "false", "unknown" or "true".
func (t Truth) String() string {
	switch t {
	case False:
		return "false"
	case True:
		return "true"
	}
	return "unknown"
}

// MarshalText is String, for JSON.
func (t Truth) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// And is true when both are.
func (t Truth) And(o Truth) Truth { return min(t, o) }

// Or is true when one is.
func (t Truth) Or(o Truth) Truth { return max(t, o) }

// Not swaps true and false.
func (t Truth) Not() Truth { return True - t }

// NotIf is Not when negate is set.
func (t Truth) NotIf(negate bool) Truth {
	if negate {
		return t.Not()
	}
	return t
}
