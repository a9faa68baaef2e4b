package cpe

import (
	"unicode"
	"unicode/utf8"
)

const tooLong = "is longer than 4096 bytes"

// rules say what a builder puts up with.
type rules struct {
	repair bool // mend what is not well-formed where the meaning is clear
	loose  bool // allow characters beyond ASCII, and any string as language
}

var (
	strict  = rules{}
	lenient = rules{repair: true, loose: true}
	built   = rules{loose: true} // values that may come from a lenient parse
)

// builder puts a name together from components in any accepted spelling.
type builder struct {
	text  []byte
	ends  [Attributes]uint16
	count int
	space [160]byte // text starts here, to spare an allocation
}

// add appends the component s. A fault's offset is counted from its beginning.
func (b *builder) add(a Attribute, s string, r rules) *SyntaxError {
	if b.count == 0 {
		b.text = append(b.space[:0], prefix...)
	} else {
		b.text = append(b.text, ':')
	}
	start, wildcards := len(b.text), false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; classOf(c) {
		case plain:
			b.text = append(b.text, c)
		case upper:
			b.text = append(b.text, c+'a'-'A')
		case wild:
			wildcards = true
			b.text = append(b.text, c)
		case space:
			if !r.repair {
				return &SyntaxError{s, a, i, "white space (use _)"}
			}
			b.text = append(b.text, '_')
		case punct, colon:
			if !r.repair {
				return &SyntaxError{s, a, i, "unquoted " + string(rune(c))}
			}
			b.text = append(b.text, '\\', c)
		case quote:
			switch {
			case i+1 < len(s) && classOf(s[i+1]).quotable():
				i++
				b.text = append(b.text, c, s[i])
			case !r.repair:
				return &SyntaxError{s, a, i, "backslash before what needs no quoting"}
			case i+1 == len(s):
				b.text = append(b.text, c, c)
			}
		case beyond:
			char, size := utf8.DecodeRuneInString(s[i:])
			switch {
			case !r.loose:
				return &SyntaxError{s, a, i, "character beyond ASCII"}
			case char == utf8.RuneError && size == 1:
				return &SyntaxError{s, a, i, "damaged UTF-8"}
			case unicode.IsSpace(char) && r.repair:
				b.text = append(b.text, '_')
			case !unicode.IsPrint(char):
				return &SyntaxError{s, a, i, "character that cannot be printed"}
			default:
				b.text = utf8.AppendRune(b.text, unicode.ToLower(char))
			}
			i += size - 1
		case bad:
			return &SyntaxError{s, a, i, "control character"}
		}
	}
	if len(b.text) == start && r.repair {
		b.text = append(b.text, string(Any)...)
	}
	if len(b.text) > MaxLength {
		return &SyntaxError{s, Attributes, 0, tooLong}
	}
	if reason := malformed(a, string(b.text[start:]), wildcards, r.loose); reason != "" {
		return &SyntaxError{s, a, 0, reason}
	}
	b.ends[b.count] = uint16(len(b.text))
	b.count++
	return nil
}

// name returns what was built.
func (b *builder) name() Name {
	return finish(string(b.text), b.ends)
}

// malformed says what is wrong with a value whose characters and quoting are
// in order; "" when nothing is. wildcards tells that it holds unquoted ones.
func malformed(a Attribute, v string, wildcards, loose bool) string {
	switch {
	case v == "":
		return "is empty (use * for any)"
	case v == string(Any), v == string(NA):
		return ""
	case a == Part && v != "a" && v != "o" && v != "h":
		return "is none of a, o, h, * and -"
	case a == Language && !loose && !isTag(v):
		return "is not a language tag"
	case wildcards && !wildcardsPlaced(v):
		return "has a wildcard elsewhere than at the beginning or the end"
	}
	return ""
}

// wildcardsPlaced reports whether unquoted wildcards stand only where NISTIR
// 7695 section 5.3.2 allows them: one * or some ? at either end.
func wildcardsPlaced(v string) bool {
	lead, body, trail := dissect(v)
	if body == "" {
		return lead > 0 && trail == 0
	}
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '\\':
			i++
		case '*', '?':
			return false
		}
	}
	return true
}

// isTag reports whether v has the shape of a language tag.
func isTag(v string) bool {
	length := 0
	for i := range len(v) {
		switch c := v[i]; {
		case c == '-' && length > 0:
			length = 0
		case (c >= 'a' && c <= 'z' || c >= '0' && c <= '9') && length < 8:
			length++
		default:
			return false
		}
	}
	return length > 0
}
