// Package msrc is the source of what Microsoft's Security Response Center says of
// vulnerabilities and of the updates that remedy them.
//
// # Upstream
//
// api.msrc.microsoft.com/cvrf/v3.0 publishes a document for each month since
// April 2016, in the Common Vulnerability Reporting Framework 1.1, and an index
// of them, updates. The documents are some 200 MB in XML, the larger ones of 4 MB
// and more, with about 10,000 vulnerabilities and the updates (KB numbers) that
// remedy each, product by product, with what they supersede. No key is needed.
//
// # Quirks this package lives with
//
// Identifiers are mostly like 2024-Feb, but also 2018-FEB, 2017-May-B and
// Oct-OOB; they are kept as spelled, and found whatever their case. Documents
// are revised for years, and their dates go backwards: 2023-Nov went from
// revision 17 of the 22nd with 100 vulnerabilities to revision 9 of the 10th
// with 102 and on to 24 of the 29th with 106. At the beginning of a month its
// document is a part of what it will be. The index now and then lacks months
// whose documents are there. Documents are asked for in XML, as JSON was missing
// at times; some begin with a byte order mark, some dates have no zone, which
// means UTC, and one document has no vulnerability at all. Errors come with
// status 200, as {"error": …} or as a page.
//
// # How it stays true
//
// A document is fetched when the index gives it another CurrentReleaseDate than
// when it was fetched last, be that earlier or later, and when it is not held.
// Those of the last three months are asked for every time, with the validators of
// what is held, whether or not the index has them, and a whole load asks for every
// month that the index lacks; only content decides whether a document changed. One that is not of the date the index announces is asked
// for again, three times at most. What the index no longer names stays, and the
// notes of the run say so.
//
// A document is believed when it is whole, is the one asked for, and has at least
// nine tenths of the vulnerabilities that its last revision had, unless it is a
// draft. One that lost more goes to the quarantine; when the same bytes come for
// the fifth time they are believed, for then upstream means it. Single documents
// that fail do not stop the others; after three requests in a row without an
// answer the rest is left for the next run.
//
// The revision fetched last counts, whatever its dates. Of two documents that
// speak of one vulnerability, that one counts which revised the vulnerability
// last, and of two on one day the one of the later month. A vulnerability that a
// document has no longer is marked as withdrawn when no other document has it.
// Updates put together what all documents say of them, and are never withdrawn.
package msrc

import (
	"slices"
	"time"

	"vulnmirror/fetch"
	"vulnmirror/source"
	"vulnmirror/vuln"
)

// Name is how the source is called on the command line.
const Name = "msrc"

// Host is asked, for whoever sets request rates.
const Host = "api.msrc.microsoft.com"

var (
	updates  = fetch.Location{Name: "updates", URL: "https://" + Host + "/cvrf/v3.0/updates"}
	document = fetch.Location{Name: "document", URL: "https://" + Host + "/cvrf/v3.0/cvrf/{id}"}
)

// Settings are what an operator may choose.
type Settings struct {
	Years []int // of the documents; none means all
	// Floor is the fewest vulnerabilities of a complete load; 0 means 500, or none
	// when Years are chosen.
	Floor int
	Now   func() time.Time // tells which months are the last; nil means the system clock
}

// floor is below what half a year has; all there was in March 2026 are 10,100. An
// index that names a few months only is no reason to hold nothing: the others are
// asked for all the same.
const floor = 500

// Source fetches and decodes the monthly documents.
type Source struct{ settings Settings }

// New returns the source. Empty settings take their defaults.
func New(s Settings) *Source {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Floor == 0 && len(s.Years) == 0 {
		s.Floor = floor
	}
	s.Years = slices.Clone(s.Years)
	return &Source{s}
}

// Info describes the source.
func (s *Source) Info() source.Info {
	return source.Info{
		Name: Name, Title: "Microsoft Security Updates (CVRF)",
		Kind: vuln.KindMSRC, With: []vuln.Kind{vuln.KindMSKB},
		Home:        "https://msrc.microsoft.com/update-guide",
		Licence:     "Microsoft's terms of use",
		Attribution: "Security update data by the Microsoft Security Response Center, https://msrc.microsoft.com/.",
		Restricted:  true,
		Locations:   []fetch.Location{updates, document},
		Interval:    6 * time.Hour, Floor: s.settings.Floor, DependsOn: []string{"nvd-cve"}, Replaces: true,
	}
}

// Preview says what a Fetch would ask for at this moment. It needs no network.
func (s *Source) Preview(last source.Cursor) (source.Preview, error) {
	p := source.Preview{Way: "index, then what changed and the last months", Requests: 1 + recentMonths, URLs: []string{updates.URL}}
	for _, month := range s.recent() {
		p.URLs = append(p.URLs, addressOf(month.Format(monthLayout)))
	}
	if !last.Complete {
		p.Way, p.Requests = "index, then every document", 1
		for _, month := range s.months() {
			if s.wants(month.Year()) {
				p.Requests++
			}
		}
	}
	return p, nil
}

// wants tells whether documents of a year are to be had; 0 is an unknown one.
func (s *Source) wants(year int) bool {
	return len(s.settings.Years) == 0 || year == 0 || slices.Contains(s.settings.Years, year)
}
