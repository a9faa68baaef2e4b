package cpe

// class says how a byte may stand in a formatted string.
type class uint8

const (
	bad    class = iota // control characters
	plain               // a-z 0-9 - . _
	upper               // A-Z: folded
	space               // white space
	punct               // must be quoted
	wild                // * and ?: a wildcard unless quoted
	quote               // the backslash
	colon               // ends a component unless quoted
	beyond              // not ASCII
)

// quotable reports whether a backslash may stand before the byte.
func (c class) quotable() bool { return c >= punct && c <= colon }

func classOf(b byte) class { return classes[b] }

var classes = func() (t [256]class) {
	for b := range t {
		switch c := byte(b); {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '.', c == '_':
			t[b] = plain
		case c >= 'A' && c <= 'Z':
			t[b] = upper
		case c == ' ', c >= '\t' && c <= '\r':
			t[b] = space
		case c == '*', c == '?':
			t[b] = wild
		case c == '\\':
			t[b] = quote
		case c == ':':
			t[b] = colon
		case c >= 0x80:
			t[b] = beyond
		case c > ' ' && c < 0x7f:
			t[b] = punct
		}
	}
	return t
}()
