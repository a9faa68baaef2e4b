// Package certcc is the source of the vulnerability notes (VU#…) of the CERT
// Coordination Center at Carnegie Mellon University.
//
// # Upstream
//
// The API below kb.cert.org/vuls/api/ has the numbers of the notes first
// published in a year, all notes of a month, and single notes; of a note,
// elsewhere, its vulnerabilities, the vendors asked, and which vendor is
// affected by which vulnerability. There are about 3,800 notes since 2000, and
// 50 more a year. A record is a note with what is said elsewhere of it: vuls,
// vendors and vendorsvuls.
//
// # Terms
//
// The notes are © Carnegie Mellon University, whose terms do not allow to
// reproduce them without permission. What was received stays in the archive,
// for the operator alone; records have the title, identifiers, dates, scores,
// links and who is affected, and none of the prose, unless sources.certcc.text
// is set. That takes effect with what is decoded afterwards, so with rebuild
// for all. Records are marked as restricted, which keeps them from being passed
// on in bulk.
//
// # Quirks this package lives with
//
// The API answers what it lacks with status 200 and {"error": …}; only what
// names itself VU#… is a note. Addresses need the slash at their end, and
// www.kb.cert.org has none of them. CVE identifiers come with and without CVE-,
// in either case, and with other hyphens. For notes from before 2020, known by
// their vulnote being null, the vulnerabilities are made up of the note's own
// CVE and the statuses repeat the vendors, so only the vendors are asked for.
// Upstream's dates do not order its versions, so that what it says now counts.
//
// # How it stays true
//
// Everything is read month by month first, which takes 350 requests, and once a
// month again; each year's numbers prove that no note is missing, and single
// ones that are, and months that cannot be had, are asked for note by note. In
// between the numbers of this year and the last tell of new notes, and of edits
// only a page in HTML, the list of notes by their latest update, does. It has
// days: it is read until two days before it was read last, and a note edited
// less than two days before it was fetched is fetched again. When the page is
// not what it was, months are read instead. A note that was held and is no
// longer listed is asked for by its number before it becomes withdrawn. What is
// said elsewhere of a note is asked for when the note changed, and once a month
// in the year after; 1,000 notes a run, the newest first, until all have been.
package certcc

import (
	"encoding/json"
	"fmt"
	"time"

	"vulnmirror/fetch"
	"vulnmirror/source"
	"vulnmirror/vuln"
)

// Name is how the source is called on the command line.
const Name = "certcc"

// Host is for whoever sets request rates.
const Host = "kb.cert.org"

const (
	// together is how many requests are under way at once.
	together = 2
	// firstYear is that of the oldest notes.
	firstYear = 2000
	// floor is less than the notes of all years to 2020.
	floor = 3000
	// sweepAfter is the age at which all months are read again.
	sweepAfter = 30 * 24 * time.Hour
	// settled is how long after the day of an edit there may be another one that
	// the list of updates does not tell from it, wherever upstream's day begins.
	settled = 48 * time.Hour
	// answersPerRun bounds the notes of which the rest is asked for in a run.
	answersPerRun = 1000
)

const api = "https://" + Host + "/vuls/api/"

var (
	summary  = fetch.Location{Name: "summary", URL: api + "{year}/summary/"}
	month    = fetch.Location{Name: "month", URL: api + "{year}/{month}/"}
	note     = fetch.Location{Name: "note", URL: api + "{id}/"}
	vuls     = fetch.Location{Name: "vuls", URL: api + "{id}/vuls/"}
	vendors  = fetch.Location{Name: "vendors", URL: api + "{id}/vendors/"}
	statuses = fetch.Location{Name: "statuses", URL: api + "{id}/vendors/vuls/"}
	byUpdate = fetch.Location{Name: "byupdate", URL: "https://" + Host + "/vuls/byupdate/desc/?page={page}"}
)

// Settings are what an operator may choose.
type Settings struct {
	// Text keeps the prose of notes in records: for operators whom CERT/CC
	// permitted it, or who keep it to themselves.
	Text bool
	// Floor is the fewest records of a complete load; 0 means 3,000. Whoever
	// stands in for CERT/CC may have fewer.
	Floor int
	// Now tells the present year and month; nil means the system clock.
	Now func() time.Time
}

// Source fetches and decodes the notes of CERT/CC.
type Source struct {
	Settings
	perRun int // answersPerRun, but in tests
}

// New returns the source. Empty settings take their defaults.
func New(s Settings) *Source {
	if s.Floor == 0 {
		s.Floor = floor
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	return &Source{Settings: s, perRun: answersPerRun}
}

// Info describes the source.
func (s *Source) Info() source.Info {
	return source.Info{
		Name: Name, Title: "CERT/CC vulnerability notes", Kind: vuln.KindCERTCC,
		Home:        "https://" + Host + "/vuls/",
		Licence:     "© Carnegie Mellon University; no reproduction without permission, https://www.sei.cmu.edu/legal/",
		Attribution: "Vulnerability notes of the CERT Coordination Center, © Carnegie Mellon University, https://" + Host + "/vuls/",
		Restricted:  true,
		Locations:   []fetch.Location{summary, month, note, vuls, vendors, statuses, byUpdate},
		Interval:    24 * time.Hour, Floor: s.Floor,
		Replaces: true,
	}
}

// Preview says what a Fetch would do first.
func (s *Source) Preview(last source.Cursor) (source.Preview, error) {
	st, err := readState(last)
	if err != nil {
		return source.Preview{}, err
	}
	now := s.Now().UTC()
	p := source.Preview{Way: "numbers of two years, list of updates", Requests: 3 + len(st.Missing) + 2*st.Due, URLs: urls(now.Year(), now.Year()-1)}
	if s.sweepDue(st) {
		p.Way = "all months, and what is said elsewhere of each note"
		p.Requests = 13*(now.Year()-firstYear+1) + answersPerRun
	}
	return p, nil
}

func (s *Source) sweepDue(st state) bool { return s.Now().Sub(st.Swept) >= sweepAfter }

func urls(years ...int) []string {
	var out []string
	for _, year := range years {
		out = append(out, fmt.Sprintf(api+"%d/summary/", year))
	}
	return out
}

// state is the source's part of the cursor.
type state struct {
	// Swept is when all months were read last, Looked when the list of updates
	// was, both by upstream's clock.
	Swept  time.Time `json:"swept,omitzero"`
	Looked time.Time `json:"looked,omitzero"`
	// Years and Page are what Changed compares: digests of the numbers of this
	// year and the last, and of the first page of the list of updates.
	Years map[int]string `json:"years,omitempty"`
	Page  string         `json:"page,omitempty"`
	// Missing are notes that are listed and could not be had.
	Missing []string `json:"missing,omitempty"`
	// Due is how many notes lack what is said of them elsewhere.
	Due int `json:"due,omitempty"`
}

func readState(last source.Cursor) (state, error) {
	st := state{Years: make(map[int]string)}
	if len(last.State) == 0 {
		return st, nil
	}
	if err := json.Unmarshal(last.State, &st); err != nil {
		return st, fmt.Errorf("%s: the manifest's cursor is unreadable: %w", Name, err)
	}
	if st.Years == nil {
		st.Years = make(map[int]string)
	}
	return st, nil
}
