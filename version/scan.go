package version

import (
	"unicode"
	"unicode/utf8"
)

// kind ranks elements; within word and number their text does.
type kind uint8

const (
	dev kind = iota
	alpha
	beta
	gamma
	milestone
	pre
	rc
	end // of the text
	word
	number
	wildcard // the x of 2.x
)

// element is one step of a version. The text of a number has no leading zeros,
// that of zero is empty.
type element struct {
	kind kind
	text string
}

// scanner reads a version, then an update, element by element. Zeros are held
// back until a number follows that makes them count.
type scanner struct {
	rest, update string
	begun        bool // past what may stand before the first number
	zeros        int
	held         element // what follows the zeros
	holding      bool
}

func scan(version, update string) scanner {
	if update == "*" || update == "-" {
		update = ""
	}
	return scanner{rest: version, update: update}
}

// next returns the next element that counts; kind end at the end and ever
// after.
func (s *scanner) next() element {
	for !s.holding {
		e := s.token()
		if e.kind == number && e.text == "" {
			s.zeros++
			continue
		}
		if e.kind < number {
			s.zeros = 0
		}
		s.held, s.holding = e, true
	}
	if s.zeros > 0 {
		s.zeros--
		return element{kind: number}
	}
	s.holding = false
	return s.held
}

// token returns the next element of the text.
func (s *scanner) token() element {
	for {
		if s.rest == "" {
			if s.update == "" {
				return element{kind: end}
			}
			s.rest, s.update = s.update, ""
			if digits(s.rest) > 0 {
				return element{word, "u"}
			}
		}
		if n := digits(s.rest); n > 0 {
			text := trimZeros(s.rest[:n])
			s.rest, s.begun = s.rest[n:], true
			return element{number, text}
		}
		n := letters(s.rest)
		if n == 0 {
			_, size := utf8.DecodeRuneInString(s.rest)
			s.rest = s.rest[size:]
			continue
		}
		text := s.rest[:n]
		s.rest = s.rest[n:]
		if !s.begun && isPrefix(text) {
			continue
		}
		e := classify(text, digits(s.rest), s.begun)
		s.begun = true
		return e
	}
}

// letters returns the length of the run of letters v begins with, with what
// combines with them.
func letters(v string) int {
	for i, r := range v {
		ascii := r|0x20 >= 'a' && r|0x20 <= 'z'
		if !ascii && (r < utf8.RuneSelf || r == utf8.RuneError || !unicode.IsLetter(r) && !unicode.IsMark(r)) {
			return i
		}
	}
	return len(v)
}
