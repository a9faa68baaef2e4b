package msrc

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"vulnmirror/source"
)

// asksWhenBehind is how often a document is asked for that is not of the date
// the index announces.
const asksWhenBehind = 3

// state is the source's part of the cursor.
type state struct {
	Documents map[string]held `json:"documents,omitempty"` // by the identifier they are kept under
}

// held is what is known of a document that is held.
type held struct {
	Listed          string    `json:"listed,omitempty"` // its CurrentReleaseDate in the index when it was fetched last
	Date            time.Time `json:"date,omitzero"`    // CurrentReleaseDate in the document
	Vulnerabilities int       `json:"vulnerabilities"`
	// Behind is how often in a row it was not of the date the index announced.
	Behind int `json:"behind,omitempty"`
	// Doubted is the SHA-256 of a revision that lost too much, and Doubts how
	// often it came.
	Doubted string `json:"doubted,omitempty"`
	Doubts  int    `json:"doubts,omitempty"`
}

func readState(last source.Cursor) (state, error) {
	var s state
	if len(last.State) > 0 {
		if err := json.Unmarshal(last.State, &s); err != nil {
			return s, fmt.Errorf("%s: the manifest's cursor is unreadable: %w", Name, err)
		}
	}
	if s.Documents == nil {
		s.Documents = make(map[string]held)
	}
	return s, nil
}

// keptAs returns the spelling of an identifier under which a document is held,
// and id itself when it is not.
func (s state) keptAs(id string) string {
	for name := range s.Documents {
		if strings.EqualFold(name, id) {
			return name
		}
	}
	return id
}

// wanted is a document to ask for.
type wanted struct {
	id     string // in the address
	kept   string // in the archive
	alias  string
	listed string // CurrentReleaseDate in the index, "" when it is not there
	due    bool   // it is not held, or the index tells of another revision
	anew   bool   // validators do not count
}

// plan lists the documents to ask for, as the index has them, then those it
// lacks: of the last months, and of all when a whole load is yet to come.
func (s *Source) plan(l list, have state, complete bool) []wanted {
	recent := s.recent()
	isRecent := func(month time.Time) bool {
		return !month.IsZero() && !month.Before(recent[len(recent)-1])
	}
	var out []wanted
	for _, d := range l.documents {
		month := monthOfLine(d)
		if !s.wants(yearOf(month)) {
			continue
		}
		w := wanted{id: d.ID, kept: have.keptAs(d.ID), alias: d.Alias, listed: d.Current}
		h, isHeld := have.Documents[w.kept]
		w.anew = !isHeld || !sameDate(h.Listed, d.Current)
		w.due = w.anew || h.Behind > 0 && h.Behind < asksWhenBehind
		if w.due || isRecent(month) {
			out = append(out, w)
		}
	}
	var probes []string
	months := recent
	if !complete {
		months = s.months()
	}
	for _, month := range months {
		probes = append(probes, have.keptAs(month.Format(monthLayout)))
	}
	for _, id := range slices.Sorted(maps.Keys(have.Documents)) {
		if isRecent(monthOf(id)) && !slices.Contains(probes, id) {
			probes = append(probes, id)
		}
	}
	for _, id := range probes {
		if l.find(id) == nil && s.wants(yearOf(monthOf(id))) {
			out = append(out, wanted{id: id, kept: id})
		}
	}
	return out
}

func yearOf(month time.Time) int {
	if month.IsZero() {
		return 0
	}
	return month.Year()
}

// unlisted are the documents held that the index does not name.
func (s state) unlisted(l list) []string {
	var out []string
	for id := range s.Documents {
		if l.find(id) == nil {
			out = append(out, id)
		}
	}
	slices.SortFunc(out, later)
	return out
}
