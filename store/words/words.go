// Package words cuts text into the words that searches compare, the same way
// for every store: a word is a run of letters and digits, without case and
// without the marks on letters ("Nünez" is "nunez"). Everything else separates
// words, so "log4j-core 2.0" is log4j, core, 2, 0 and "C++" is c.
package words

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Split returns the words of text in order, repeated ones too. Bytes that are
// not UTF-8 separate words.
func Split(text string) []string {
	var out []string
	Each(text, func(word []byte) { out = append(out, string(word)) })
	return out
}

// Each calls f with every word that Split returns. The bytes are valid during
// the call.
func Each(text string, f func(word []byte)) {
	var space [64]byte
	word := space[:0]
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			i++
			if c = asciiFold[c]; c != 0 {
				word = append(word, c)
				continue
			}
		} else {
			r, n := utf8.DecodeRuneInString(text[i:])
			i += n
			if unicode.Is(unicode.Mn, r) {
				continue // a mark on the letter before it
			}
			if unicode.IsLetter(r) || unicode.IsNumber(r) {
				word = utf8.AppendRune(word, fold(r))
				continue
			}
		}
		if len(word) > 0 {
			f(word)
			word = word[:0]
		}
	}
	if len(word) > 0 {
		f(word)
	}
}

// HasPhrase reports whether text holds the given words, as Split returns them,
// one after another and whole. No words are in no text.
func HasPhrase(text string, phrase []string) bool {
	if len(phrase) == 0 {
		return false
	}
	have := Split(text)
	for len(have) >= len(phrase) {
		if startsWith(have, phrase) {
			return true
		}
		have = have[1:]
	}
	return false
}

func startsWith(have, phrase []string) bool {
	for i, w := range phrase {
		if have[i] != w {
			return false
		}
	}
	return true
}

// asciiFold maps letters and digits to lower case and everything else to 0.
var asciiFold = func() (t [utf8.RuneSelf]byte) {
	for _, c := range []byte("0123456789abcdefghijklmnopqrstuvwxyz") {
		t[c] = c
		t[strings.ToUpper(string(c))[0]] = c
	}
	return t
}()

var unmarked = sync.OnceValue(func() map[rune]rune {
	m := map[rune]rune{}
	for _, line := range baseLetters {
		base, n := utf8.DecodeRuneInString(line)
		for _, r := range line[n:] {
			m[r] = base
		}
	}
	return m
})

func fold(r rune) rune {
	r = unicode.ToLower(r)
	if base, ok := unmarked()[r]; ok {
		return base
	}
	return r
}
