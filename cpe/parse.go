package cpe

import "strings"

// MaxLength is the longest name accepted, in bytes. It bounds the work a
// hostile name can cause; those NVD holds have less than a tenth of it.
const MaxLength = 4096

// Parse reads a formatted string (NISTIR 7695 section 6.2.3): "cpe:2.3:" and
// eleven components. It accepts well-formed names only, in any letter case;
// the error is a [*SyntaxError]. The Name keeps s in memory when s is in
// canonical spelling already, and nothing is allocated then.
func Parse(s string) (Name, error) {
	if ends, ok := scan(s); ok {
		return finish(s, ends), nil
	}
	return parse(s, strict)
}

// ParseLenient reads a name as it is met in practice, a formatted string or a
// URI: what Parse and ParseURI accept, and besides
//
//   - white space around the name; inside it becomes "_"
//   - special characters that lack their backslash
//   - a backslash before a character that needs none, or at the end
//   - missing components at the end and empty ones, which become Any
//   - printable characters beyond ASCII, in lower case. The String of such a
//     name is for ParseLenient again, not for Parse.
//
// Wildcards in the middle of a value, an unknown part and too many components
// are errors here too: their meaning cannot be guessed.
func ParseLenient(s string) (Name, error) {
	if ends, ok := scan(s); ok {
		return finish(s, ends), nil
	}
	if trimmed := strings.TrimSpace(s); hasPrefixFold(trimmed, uriPrefix) {
		return parseURI(trimmed, lenient)
	}
	return parse(strings.TrimSpace(s), lenient)
}

// scan finds where the components of a formatted string end, if it is in
// canonical spelling; anything else is left to parse.
func scan(s string) (ends [Attributes]uint16, ok bool) {
	if len(s) > MaxLength || !strings.HasPrefix(s, prefix) {
		return ends, false
	}
	a, start, wildcards := 0, len(prefix), false
	for i := start; ; i++ {
		if i < len(s) {
			switch classOf(s[i]) {
			case plain:
				continue
			case wild:
				wildcards = true
				continue
			case quote:
				i++
				if i == len(s) || !classOf(s[i]).quotable() {
					return ends, false
				}
				continue
			case colon:
			default:
				return ends, false
			}
		}
		if malformed(Attribute(a), s[start:i], wildcards, false) != "" {
			return ends, false
		}
		ends[a] = uint16(i)
		a, start, wildcards = a+1, i+1, false
		if i == len(s) || a == Attributes {
			return ends, i == len(s) && a == Attributes
		}
	}
}

// finish makes a Name of a scanned string. A name that is Any everywhere has
// one form, the zero Name.
func finish(s string, ends [Attributes]uint16) Name {
	if len(s) == len(anyAll) && s == anyAll {
		return Name{}
	}
	return Name{text: s, ends: ends}
}

// parse reads a formatted string component by component into its canonical
// spelling.
func parse(s string, r rules) (Name, error) {
	if !hasPrefixFold(s, prefix) {
		return Name{}, &SyntaxError{s, Attributes, 0, `does not begin with "cpe:2.3:"`}
	}
	if len(s) > MaxLength {
		return Name{}, &SyntaxError{s, Attributes, MaxLength, tooLong}
	}
	var b builder
	rest := s[len(prefix):]
	for more := true; more; {
		if b.count == Attributes {
			return Name{}, &SyntaxError{s, Attributes, len(s) - len(rest), "has more than eleven components"}
		}
		length := component(rest)
		if err := b.add(Attribute(b.count), rest[:length], r); err != nil {
			err.Text, err.Offset = s, err.Offset+len(s)-len(rest)
			return Name{}, err
		}
		more = length < len(rest)
		rest = rest[min(length+1, len(rest)):]
	}
	if b.count < Attributes && !r.repair {
		return Name{}, &SyntaxError{s, Attribute(b.count), len(s), "is missing (a name has eleven components)"}
	}
	for b.count < Attributes {
		if err := b.add(Attribute(b.count), string(Any), r); err != nil {
			return Name{}, err
		}
	}
	return b.name(), nil
}

// component returns the length of the first component of s.
func component(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ':':
			return i
		case '\\':
			i++
		}
	}
	return len(s)
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
