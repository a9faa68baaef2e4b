// Package kev is the source of CISA's catalogue of Known Exploited
// Vulnerabilities: CVE records known to be exploited, with the date by which US
// agencies must act.
//
// # Upstream
//
// cisa.gov publishes the whole catalogue as one JSON file whenever it adds an
// entry. The repository cisagov/kev-data on GitHub, branch develop, has the same
// file some minutes later. The CSV says nothing more and is not asked for.
//
// # Quirks this package lives with
//
// cisa.gov refuses many cloud providers and unknown programs with status 403;
// GitHub then serves. Entries do get removed: CVE-2022-28958, CVE-2022-31460 and
// CVE-2025-4664 were. When CISA changed an entry is said nowhere.
//
// # How it stays true
//
// The file is asked for conditionally at every occasion. It is believed when it
// holds as many entries as its count says, 1,000 at least, nine tenths of those
// held, and is not older than the catalogue held. Entries that a later catalogue
// lacks are marked as withdrawn.
package kev

import (
	"errors"
	"fmt"
	"io"
	"time"

	"vulnmirror/fetch"
	format "vulnmirror/format/kev"
	"vulnmirror/source"
	"vulnmirror/source/edition"
	"vulnmirror/vuln"
)

// Name is how the source is called on the command line.
const Name = "kev"

const file = "known_exploited_vulnerabilities.json"

var (
	catalogue = fetch.Location{Name: "catalogue", URL: "https://www.cisa.gov/sites/default/files/feeds/" + file}
	github    = fetch.Location{Name: "github", URL: "https://raw.githubusercontent.com/cisagov/kev-data/develop/" + file}
)

// The catalogue had 1,542 entries in March 2026, and few have ever been removed.
const floor = 1000

// New returns the source.
func New() *edition.Source {
	return edition.New(edition.Publication{
		Info: source.Info{
			Name: Name, Title: "CISA KEV, Known Exploited Vulnerabilities", Kind: vuln.KindKEV,
			Home:        "https://www.cisa.gov/known-exploited-vulnerabilities-catalog",
			Licence:     "CC0 1.0",
			Attribution: "Known Exploited Vulnerabilities Catalog of the US Cybersecurity and Infrastructure Security Agency",
			Locations:   []fetch.Location{catalogue, github},
			Interval:    2 * time.Hour, Floor: floor, DependsOn: []string{"nvd-cve"},
		},
		Ways: []edition.Way{{
			Name: "JSON", Requests: 1,
			Gather: edition.GetOne(file, edition.ReadsAll(read), nil, catalogue, github),
			Open:   edition.OneFile(file, read),
		}},
		Read: format.Decode,
	})
}

func read(r io.Reader) edition.Reading {
	c := &counted{Reader: format.NewReader(r)}
	return edition.OfList(c, func() (string, time.Time) { return c.Release().Version, c.Release().Date }, nil)
}

// counted ends a catalogue with an error when it has other than the number of
// entries it says.
type counted struct {
	*format.Reader
	n int
}

// Next returns the next entry, io.EOF after the last.
func (c *counted) Next() ([]byte, error) {
	body, err := c.Reader.Next()
	if errors.Is(err, io.EOF) && c.n != c.Release().Count {
		return nil, fmt.Errorf("the catalogue says it has %d entries and holds %d", c.Release().Count, c.n)
	}
	c.n++
	return body, err
}
