package cpe

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Value is what one attribute of a name says, in the spelling of the formatted
// string binding: [Any], [NA], or a string in lower case in which every
// character but letters, digits, "-", "." and "_" is quoted by a backslash.
// Unquoted "*" or a run of "?" at its beginning or end are wildcards.
//
// Values come from [Name.At] and [Literal]; other text converted to Value is
// not checked before [New] or [Name.With] take it.
type Value string

// The logical values.
const (
	Any Value = "*" // no restriction
	NA  Value = "-" // the attribute does not apply
)

// Literal returns the value that means exactly the given plain text: special
// characters are quoted, letters folded to lower case, white space becomes "_"
// (NISTIR 7695 section 5.3.2). It fails for text no value can express: none at
// all, a lone hyphen, control characters, damaged UTF-8.
func Literal(text string) (Value, error) {
	switch text {
	case "":
		return "", errors.New("cpe: a value needs at least one character")
	case "-":
		return "", errors.New(`cpe: a value cannot be a lone hyphen (use NA)`)
	}
	var out strings.Builder
	out.Grow(len(text) + 8)
	for _, r := range text {
		switch {
		case r < utf8.RuneSelf && classOf(byte(r)).quotable():
			out.WriteByte('\\')
			out.WriteByte(byte(r))
		case unicode.IsSpace(r):
			out.WriteByte('_')
		case r == utf8.RuneError || !unicode.IsPrint(r):
			return "", errors.New("cpe: a value holds printable characters only")
		default:
			out.WriteRune(unicode.ToLower(r))
		}
	}
	return Value(out.String()), nil
}

// Text returns the value as people write it, without quoting: `joomla\!` is
// "joomla!". Any is "*" and NA is "-".
func (v Value) Text() string {
	if strings.IndexByte(string(v), '\\') < 0 {
		return string(v)
	}
	var out strings.Builder
	out.Grow(len(v))
	for i := 0; i < len(v); i++ {
		if v[i] == '\\' && i+1 < len(v) {
			i++
		}
		out.WriteByte(v[i])
	}
	return out.String()
}

// Logical reports whether the value is Any or NA rather than a string.
func (v Value) Logical() bool { return v == Any || v == NA }

// Wild reports whether the value is a string with an unquoted wildcard. Any is
// no such string.
func (v Value) Wild() bool {
	if v == Any || v == "" {
		return false
	}
	if v[0] == '*' || v[0] == '?' {
		return true
	}
	last := len(v) - 1
	if v[last] != '*' && v[last] != '?' {
		return false
	}
	quotes := 0
	for last-quotes > 0 && v[last-quotes-1] == '\\' {
		quotes++
	}
	return quotes%2 == 0
}
