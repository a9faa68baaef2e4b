// Package certfr is the source of the advisories (avis) and alerts (alertes) of
// CERT-FR, the French government's CERT at ANSSI.
//
// # Upstream
//
// www.cert.ssi.gouv.fr has an index of all avis and one of all alertes, in
// JSON, with the date of each document's last revision, and every document as
// JSON at an address of its own: about 17,000 since 2000. Before that there was
// an archive a year, a tar of TXT and PDF files; it is asked for the years in
// sources.certfr.years, and where documents cannot be had. CERTFR-YYYY-ACT,
// CTI, IOC and others have no index.
//
// # Quirks this package lives with
//
// Numbers of avis have four digits since 2023, all others three, and four when
// they run over; addresses and indexes have been seen with other case or
// padding, so documents are asked for as the index spells them and held as
// published. The index is in no order. A dump may name a document twice; the
// later revision counts. Dates have no zone. Pages of the site's CDN have come
// with status 200 in place of an index, a document or a tar; archives of less
// than 2,000 bytes are such pages too, and the one of 2000 does not unpack. TXT
// says less than JSON, so that its records are marked as converted and yield to
// those in JSON.
//
// # How it stays true
//
// Both indexes are read each time, and the documents that are not held, or held
// from another revision or under another title. A document that is older than
// the index says is asked for again for two days, while caches catch up. An
// index is believed when it is JSON to its end, lacks no more than a tenth of
// what the one held names and no whole month of it, and has earlier dates for
// no more than a tenth. What such an index has no longer becomes withdrawn, and
// comes back with the next that has it; years that the index does not know are
// left alone. A document that cannot be had is named and asked for again; after
// a hundred in a row, or five failures that look like the whole site's, the
// rest waits for the next run.
package certfr

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"vulnmirror/fetch"
	"vulnmirror/source"
	"vulnmirror/vuln"
)

// Name is how the source is called on the command line.
const Name = "certfr"

// Host is for whoever sets request rates.
const Host = "www.cert.ssi.gouv.fr"

const (
	// together is how many documents are asked for at once.
	together = 2
	// about is how many documents there are, for estimates.
	about = 17000
	// floor is less than the avis of all years but the last five.
	floor = 10000
	// firstYear is that of the oldest documents.
	firstYear = 2000
)

// sections are the folders of the site that have an index.
var sections = []string{"avis", "alerte"}

var (
	avis     = fetch.Location{Name: "avis", URL: "https://" + Host + "/avis/json/"}
	alerte   = fetch.Location{Name: "alerte", URL: "https://" + Host + "/alerte/json/"}
	document = fetch.Location{Name: "document", URL: "https://" + Host + "/{section}/{id}/json/"}
	yearly   = fetch.Location{Name: "tar", URL: "https://" + Host + "/tar/{year}.tar"}
)

// Settings are what an operator may choose.
type Settings struct {
	// Years are those whose documents are taken from upstream's archives, where
	// they are not held; only those revised since are asked for one by one.
	Years []int
	// Floor is the fewest records of a complete load; 0 means 10,000. Whoever
	// stands in for CERT-FR may have fewer.
	Floor int
	// Now tells which year is the last that has an archive; nil means the system
	// clock.
	Now func() time.Time
}

// Source fetches and decodes the documents of CERT-FR.
type Source struct{ Settings }

// New returns the source. Empty settings take their defaults.
func New(s Settings) *Source {
	if s.Floor == 0 {
		s.Floor = floor
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	s.Years = slices.Clone(s.Years)
	slices.Sort(s.Years)
	return &Source{s}
}

// Info describes the source.
func (s *Source) Info() source.Info {
	return source.Info{
		Name: Name, Title: "CERT-FR advisories and alerts", Kind: vuln.KindCERTFR,
		Home:        "https://" + Host + "/",
		Licence:     "Licence Ouverte 2.0 (Etalab), as is generally assumed; upstream states none with the data",
		Attribution: "Source: CERT-FR (ANSSI), https://" + Host + "/",
		Locations:   []fetch.Location{avis, alerte, document, yearly},
		Interval:    6 * time.Hour, Floor: s.Floor,
	}
}

// Preview says what a Fetch would do first.
func (s *Source) Preview(last source.Cursor) (source.Preview, error) {
	p := source.Preview{Way: "indexes, then what was revised", Requests: len(sections), URLs: []string{avis.URL, alerte.URL}}
	st, err := readState(last)
	p.Requests += st.Missing
	if !last.Complete && st.Missing == 0 {
		p.Way = "indexes, then every document"
		p.Requests += about
	}
	return p, err
}

// state is the source's part of the cursor.
type state struct {
	Indexes map[string]seen `json:"indexes,omitempty"` // by section
	// Missing is how many documents an index names that are not held as JSON.
	Missing int `json:"missing,omitempty"`
}

// seen is an index as it was last.
type seen struct {
	Digest       string `json:"digest"` // listing.digest
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
}

func readState(last source.Cursor) (state, error) {
	st := state{Indexes: make(map[string]seen)}
	if len(last.State) == 0 {
		return st, nil
	}
	if err := json.Unmarshal(last.State, &st); err != nil {
		return st, fmt.Errorf("%s: the manifest's cursor is unreadable: %w", Name, err)
	}
	if st.Indexes == nil {
		st.Indexes = make(map[string]seen)
	}
	return st, nil
}
