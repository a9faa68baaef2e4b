package d3fend

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// lexeme is the smallest part of Turtle that means something. Its kind is '<' of
// an IRI, 'n' of a name with a prefix or a word, '"' of a text, '0' of a number,
// '@' of a language or directive, '^' of what announces a datatype, and of
// punctuation the character itself.
type lexeme struct {
	kind byte
	text string
}

func (l lexeme) String() string {
	if l.text == "" {
		return strconv.QuoteRune(rune(l.kind))
	}
	return strconv.Quote(l.text)
}

func (l lexeme) is(kind byte) bool { return l.kind == kind }

func (l lexeme) word(s string) bool { return l.kind == 'n' && l.text == s }

func (l lexeme) keyword(s string) bool { return l.kind == 'n' && strings.EqualFold(l.text, s) }

// lexer splits Turtle into lexemes.
type lexer struct {
	rest   string
	line   int
	peeked *lexeme
}

// peek returns the lexeme that next will return.
func (l *lexer) peek() (lexeme, error) {
	if l.peeked == nil {
		next, err := l.next()
		if err != nil {
			return next, err
		}
		l.peeked = &next
	}
	return *l.peeked, nil
}

var (
	numberStart  = regexp.MustCompile(`^[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?`)
	languageTag  = regexp.MustCompile(`^[a-zA-Z]+(?:-[a-zA-Z0-9]+)*`)
	prefixedName = regexp.MustCompile(`^(?:[^\s;,()\[\]{}"'<>^@#\\]|\\.)+`)
)

// next returns the next lexeme, io.EOF after the last.
func (l *lexer) next() (lexeme, error) {
	if l.peeked != nil {
		next := *l.peeked
		l.peeked = nil
		return next, nil
	}
	l.space()
	if l.rest == "" {
		return lexeme{}, io.EOF
	}
	switch c := l.rest[0]; c {
	case ';', ',', '[', ']', '(', ')':
		l.skip(1)
		return lexeme{kind: c}, nil
	case '<':
		return l.iri()
	case '"', '\'':
		return l.quoted(l.rest[:1])
	case '^':
		if strings.HasPrefix(l.rest, "^^") {
			l.skip(2)
			return lexeme{kind: '^'}, nil
		}
	case '@':
		if tag := languageTag.FindString(l.rest[1:]); tag != "" {
			l.skip(1 + len(tag))
			return lexeme{'@', tag}, nil
		}
	default:
		if number := numberStart.FindString(l.rest); number != "" {
			l.skip(len(number))
			return lexeme{'0', number}, nil
		}
		if c == '.' {
			l.skip(1)
			return lexeme{kind: c}, nil
		}
		if name := strings.TrimRight(prefixedName.FindString(l.rest), "."); name != "" {
			l.skip(len(name))
			return lexeme{'n', name}, nil
		}
	}
	return lexeme{}, fmt.Errorf("no Turtle: %.20q", l.rest)
}

func (l *lexer) skip(n int) {
	l.line += strings.Count(l.rest[:n], "\n")
	l.rest = l.rest[n:]
}

// space passes white space and comments.
func (l *lexer) space() {
	for {
		l.skip(len(l.rest) - len(strings.TrimLeft(l.rest, " \t\r\n")))
		if !strings.HasPrefix(l.rest, "#") {
			return
		}
		end := strings.IndexByte(l.rest, '\n')
		if end < 0 {
			end = len(l.rest)
		}
		l.skip(end)
	}
}

func (l *lexer) iri() (lexeme, error) {
	end := strings.IndexAny(l.rest, ">\n ")
	if end < 0 || l.rest[end] != '>' {
		return lexeme{}, fmt.Errorf("no IRI: %.40q", l.rest)
	}
	text, err := unescaped(l.rest[1:end])
	l.skip(end + 1)
	return lexeme{'<', text}, err
}

// quoted reads a text in one or three quotation marks.
func (l *lexer) quoted(mark string) (lexeme, error) {
	long := strings.Repeat(mark, 3)
	if strings.HasPrefix(l.rest, long) {
		mark = long
	}
	for i := len(mark); i < len(l.rest); i++ {
		switch {
		case l.rest[i] == '\\':
			i++
		case l.rest[i] == '\n' && len(mark) == 1:
			return lexeme{}, errors.New("a text ends with its line")
		case strings.HasPrefix(l.rest[i:], mark):
			// Of a text in three, marks before the last three are text.
			for len(mark) == 3 && strings.HasPrefix(l.rest[i+1:], mark) {
				i++
			}
			text, err := unescaped(l.rest[len(mark):i])
			l.skip(i + len(mark))
			return lexeme{'"', text}, err
		}
	}
	return lexeme{}, io.ErrUnexpectedEOF
}

// unescaped resolves the escapes of texts and IRIs
// (https://www.w3.org/TR/turtle/#sec-escapes).
func unescaped(s string) (string, error) {
	if !strings.Contains(s, `\`) {
		return s, nil
	}
	var out strings.Builder
	for s != "" {
		before, after, found := strings.Cut(s, `\`)
		out.WriteString(before)
		if !found {
			break
		}
		size := 1
		switch {
		case strings.HasPrefix(after, "u"):
			size = 5
		case strings.HasPrefix(after, "U"):
			size = 9
		}
		if len(after) < size {
			return "", fmt.Errorf("an escape is cut short: %q", after)
		}
		if i := strings.IndexByte(`tbnrf"'\`, after[0]); i >= 0 {
			out.WriteByte("\t\b\n\r\f\"'\\"[i])
		} else if code, err := strconv.ParseUint(after[1:size], 16, 32); err == nil {
			out.WriteRune(rune(code)) // what is no character becomes U+FFFD
		} else {
			return "", fmt.Errorf("no escape: %q", `\`+after[:size])
		}
		s = after[size:]
	}
	return out.String(), nil
}

// unescapedName takes the backslashes out of a name.
func unescapedName(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		out.WriteByte(s[i])
	}
	return out.String()
}
