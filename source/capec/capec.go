// Package capec is the source of MITRE's Common Attack Pattern Enumeration and
// Classification, which leads from weaknesses to techniques of ATT&CK.
//
// # Upstream
//
// capec.mitre.org publishes the catalogue as one XML file of 3.8 MB, with attack
// patterns, categories and views. The repository mitre/cti on GitHub has the
// patterns as a STIX 2.1 bundle.
//
// # Quirks this package lives with
//
// The catalogue is frozen at version 3.9 of January 2023, so it is asked for again
// when sources.capec.max_age has passed, and a week is early enough. Techniques of
// ATT&CK stand in it without their T, and some are revoked by now. The same
// weakness is named twice in two patterns. Dates of creation and change are the
// first submission and the last modification of Content_History.
//
// # How it stays true
//
// The file is asked for conditionally. It is believed when it reads to its end, is
// not older than the one held, and has nine tenths of its entries at least.
// Entries that a later catalogue lacks are marked as withdrawn; deprecated ones
// stay, with that status.
package capec

import (
	"io"
	"net/http"
	"time"

	"vulnmirror/fetch"
	format "vulnmirror/format/capec"
	"vulnmirror/source"
	"vulnmirror/source/edition"
	"vulnmirror/vuln"
)

// Name is how the source is called on the command line.
const Name = "capec"

var (
	catalogue = fetch.Location{Name: "catalogue", URL: "https://capec.mitre.org/data/xml/capec_latest.xml"}
	stix      = fetch.Location{Name: "stix", URL: "https://raw.githubusercontent.com/mitre/cti/master/capec/2.1/stix-capec.json"}
)

// Version 3.9 has 615 patterns, which the bundle has alone.
const floor = 500

const (
	xmlFile  = "capec_latest.xml"
	jsonFile = "stix-capec.json"
)

// New returns the source.
func New() *edition.Source {
	asXML := http.Header{"Accept": {"application/xml, text/xml"}}
	whole := edition.ReadsFirst(read) // before its first record, the reader has seen the whole document
	return edition.New(edition.Publication{
		Info: source.Info{
			Name: Name, Title: "MITRE CAPEC, Common Attack Pattern Enumeration and Classification", Kind: vuln.KindCAPEC,
			Home:        "https://capec.mitre.org/",
			Licence:     "MITRE CAPEC terms of use: royalty-free, also commercially; copies carry the copyright notice",
			Attribution: "CAPEC(TM) is © The MITRE Corporation and used with its permission, https://capec.mitre.org/about/termsofuse.html",
			Locations:   []fetch.Location{catalogue, stix},
			Interval:    7 * 24 * time.Hour, Floor: floor, DependsOn: []string{"cwe", "attack"},
		},
		Ways: []edition.Way{
			{Name: "XML", Requests: 1, Gather: edition.GetOne(xmlFile, whole, asXML, catalogue), Open: edition.OneFile(xmlFile, read)},
			{Name: "STIX", Requests: 1, Gather: edition.GetOne(jsonFile, whole, nil, stix), Open: edition.OneFile(jsonFile, read)},
		},
		Check: edition.Frozen,
		Read:  format.Decode,
	})
}

func read(r io.Reader) edition.Reading {
	list := format.NewReader(r)
	return edition.OfList(list, func() (string, time.Time) { return list.Release().Version, list.Release().Date }, nil)
}
