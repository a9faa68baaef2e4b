package cpe

import "strings"

const (
	uriPrefix     = "cpe:/"
	uriComponents = 7 // part to language
)

// ParseURI reads a URI of CPE 2.2, with or without the packed edition of 2.3
// (NISTIR 7695 section 6.1.3). Missing and empty components are Any. Letters
// may be of either case. The error is a [*SyntaxError].
func ParseURI(s string) (Name, error) { return parseURI(s, strict) }

func parseURI(s string, r rules) (Name, error) {
	if !hasPrefixFold(s, uriPrefix) {
		return Name{}, &SyntaxError{s, Attributes, 0, `does not begin with "cpe:/"`}
	}
	if len(s) > MaxLength {
		return Name{}, &SyntaxError{s, Attributes, MaxLength, tooLong}
	}
	components, err := splitURI(s, r)
	if err != nil {
		return Name{}, err
	}
	var b builder
	for a, c := range components {
		bound, err := unbind(s[c.start:c.end], Attribute(a), r)
		if err == nil {
			err = b.add(Attribute(a), bound, r)
			if err != nil {
				err.Offset = 0 // of the decoded component, which the caller has never seen
			}
		}
		if err != nil {
			err.Text, err.Offset = s, c.start+err.Offset
			return Name{}, err
		}
	}
	return b.name(), nil
}

type span struct{ start, end int }

// splitURI finds the attributes' components; absent ones are empty.
func splitURI(s string, r rules) (out [Attributes]span, _ *SyntaxError) {
	start := len(uriPrefix)
	for a := Part; ; a++ {
		if a == uriComponents {
			return out, &SyntaxError{s, Attributes, start, "has more than seven components"}
		}
		end := len(s)
		if i := strings.IndexByte(s[start:], ':'); i >= 0 {
			end = start + i
		}
		out[a] = span{start, end}
		if end == len(s) {
			break
		}
		start = end + 1
	}
	edition := out[Edition]
	packed, ok := strings.CutPrefix(s[edition.start:edition.end], "~")
	if !ok {
		return out, nil
	}
	if n := strings.Count(packed, "~"); n > 4 || n < 4 && !r.repair {
		return out, &SyntaxError{s, Edition, edition.start, "a packed edition has five values, each after a ~"}
	}
	at := edition.start + 1
	for _, a := range []Attribute{Edition, SWEdition, TargetSW, TargetHW, Other} {
		value, _, _ := strings.Cut(s[min(at, edition.end):edition.end], "~")
		out[a] = span{min(at, edition.end), min(at, edition.end) + len(value)}
		at = out[a].end + 1
	}
	return out, nil
}

// unbind turns a component of a URI into one of a formatted string.
func unbind(s string, a Attribute, r rules) (string, *SyntaxError) {
	if s == "" {
		return string(Any), nil
	}
	out := make([]byte, 0, len(s)+8)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch k := classOf(c); {
		case c == '%':
			if i+2 >= len(s) || !hex(s[i+1]) || !hex(s[i+2]) {
				return "", &SyntaxError{s, a, i, "% without two hexadecimal digits"}
			}
			decoded := unhex(s[i+1])<<4 | unhex(s[i+2])
			switch k := classOf(decoded); {
			case decoded == 0x01:
				out = append(out, '?')
			case decoded == 0x02:
				out = append(out, '*')
			case k.quotable():
				out = append(out, '\\', decoded)
			case k == plain, k == upper, k == beyond && r.loose:
				out = append(out, decoded)
			default:
				return "", &SyntaxError{s, a, i, "%-encoding of what a name cannot hold"}
			}
			i += 2
		case c == '~':
			out = append(out, '\\', c)
		case k == plain, k == upper, r.repair:
			out = append(out, c)
		default:
			return "", &SyntaxError{s, a, i, "character that must be %-encoded"}
		}
	}
	return string(out), nil
}

// URI returns the URI binding (NISTIR 7695 section 6.1.2): the attributes 2.2
// does not know are packed into the edition, trailing components that are Any
// are left out. [ParseURI] reads it back, unless %-encoding made it longer than
// [MaxLength].
func (n Name) URI() string {
	out := append(make([]byte, 0, len(n.text)+16), uriPrefix...)
	for a := range Attribute(uriComponents) {
		if a > 0 {
			out = append(out, ':')
		}
		if a == Edition && n.extended() {
			for _, packed := range []Attribute{Edition, SWEdition, TargetSW, TargetHW, Other} {
				out = bind(append(out, '~'), n.At(packed))
			}
			continue
		}
		out = bind(out, n.At(a))
	}
	for out[len(out)-1] == ':' {
		out = out[:len(out)-1]
	}
	return string(out)
}

// extended reports whether the name says something 2.2 has no component for.
func (n Name) extended() bool {
	for a := SWEdition; a < Attributes; a++ {
		if n.At(a) != Any {
			return true
		}
	}
	return false
}

// bind appends the URI form of a value.
func bind(out []byte, v Value) []byte {
	switch v {
	case Any:
		return out
	case NA:
		return append(out, '-')
	}
	for i := 0; i < len(v); i++ {
		c := v[i]
		switch classOf(c) {
		case plain:
			out = append(out, c)
		case wild:
			if c == '?' {
				out = append(out, "%01"...)
			} else {
				out = append(out, "%02"...)
			}
		case quote:
			i++
			out = append(out, '%', hexDigits[v[i]>>4], hexDigits[v[i]&15])
		default:
			out = append(out, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return out
}

const hexDigits = "0123456789abcdef"

func hex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}
