package sim

import (
	"slices"
	"strings"
	"unicode"
)

// page is a valid API request: which records, and which part of them.
type page struct {
	kind        Kind
	start, size int

	filter
	ids                  []string // nil = all
	statuses             []string // without blanks, nil = all
	published, modified  *span
	noRejected, knownKEV bool
	words                []string // lower case, all of them must begin a word
	phrase               string   // lower case, words joined by one blank
}

// span is a range of time in Unix milliseconds, both ends included.
type span struct{ from, to int64 }

func (s *span) holds(ms int64) bool { return s == nil || s.from <= ms && ms <= s.to }

// windowed tells whether the request asks for a date range.
func (p *page) windowed() bool { return p.published != nil || p.modified != nil || p.during != nil }

// choose counts the records that match and gives those of the page.
func (p *page) choose(states []state, a author) (total int, part []item) {
	for i := range states {
		if !p.match(&states[i], a) {
			continue
		}
		if total >= p.start && len(part) < p.size {
			part = append(part, func(dst []byte) []byte { return a.body(dst, &states[i]) })
		}
		total++
	}
	return total, part
}

func (p *page) match(s *state, a author) bool {
	return p.published.holds(s.published) && p.modified.holds(s.modified) &&
		!(p.noRejected && s.status == rejected) && (!p.knownKEV || s.kev) &&
		(p.ids == nil || slices.Contains(p.ids, s.id())) &&
		(p.statuses == nil || slices.Contains(p.statuses, strings.ReplaceAll(s.status.String(), " ", ""))) &&
		(p.words == nil || p.speaks(s, a))
}

// speaks tells whether the descriptions hold what was searched for.
func (p *page) speaks(s *state, a author) bool {
	english, spanish := a.prose(s)
	return p.said(english + " " + spanish)
}

// said tells whether a text holds what was searched for.
func (p *page) said(text string) bool {
	words := splitWords(text)
	for _, want := range p.words {
		if !slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(word, want) }) {
			return false
		}
	}
	return p.phrase == "" || strings.Contains(strings.Join(words, " "), p.phrase)
}

func splitWords(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
