// Package kev reads CISA's catalogue of Known Exploited Vulnerabilities in JSON
// (schema https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities_schema.json).
// A record is one element of vulnerabilities, as it came. Entries do get
// removed: a catalogue lists all there are, and one that lacks an entry
// withdraws it.
package kev

import (
	"io"
	"strconv"
	"time"

	"vulnmirror/format/jsonlist"
	"vulnmirror/vuln"
)

// RecordError concerns one entry; reading goes on after it.
type RecordError = jsonlist.RecordError

// FormatError says at which byte a document was found to be no catalogue.
type FormatError = jsonlist.FormatError

// Release tells catalogues apart.
type Release struct {
	Version string    // catalogVersion, e.g. 2026.03.13
	Date    time.Time // dateReleased
	Count   int       // entries the catalogue says it has
}

// Reader splits a catalogue, holding no more than its largest entry.
type Reader struct{ list *jsonlist.Reader }

// NewReader reads a catalogue from r.
func NewReader(r io.Reader) *Reader { return &Reader{jsonlist.NewReader(r, "vulnerabilities")} }

// Next returns the next entry, io.EOF after the last. A *RecordError concerns
// one entry, a *FormatError ends the document.
func (r *Reader) Next() ([]byte, error) { return r.list.Next() }

// Release is complete once Next has returned io.EOF; CISA writes it on top.
func (r *Reader) Release() Release {
	date, err := vuln.ParseTime(jsonlist.String(r.list.Header("dateReleased")))
	if err != nil {
		date = time.Time{}
	}
	count, err := strconv.Atoi(string(r.list.Header("count")))
	if err != nil {
		count = 0
	}
	return Release{Version: jsonlist.String(r.list.Header("catalogVersion")), Date: date, Count: count}
}

// ParseID normalises a CVE identifier in any spelling people use.
func ParseID(s string) (string, bool) {
	id, err := vuln.ParseCVE(s)
	return id, err == nil
}
