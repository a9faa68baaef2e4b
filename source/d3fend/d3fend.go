// Package d3fend is the source of MITRE D3FEND: countermeasures, the artifacts
// they act on, and which techniques of ATT&CK and weaknesses they concern.
//
// # Upstream
//
// d3fend.mitre.org publishes each version in a folder: the ontology as JSON-LD,
// Turtle, RDF/XML, and as a CSV of techniques alone, and the table of what
// techniques do against those of ATT&CK ("full mappings") as CSV and JSON. The
// newest ontology is at an address without version as well. api/version.json
// tells the version.
//
// # Quirks this package lives with
//
// The table's former address, api/ontology/inference/, died unannounced with
// version 1.6.0 of 2026; it is the last one asked, for those who keep it alive.
// Sources do not agree on the names in version.json, so any that means version is
// read. Identifiers of techniques are made of their labels and change with them;
// nothing says what replaced them. Entries have no dates.
//
// # How it stays true
//
// The version is asked for, and the files when it has changed. The ontology is
// taken in the best form to be had, the CSV last, whose records are marked as
// converted and never replace others. The table is taken of the version that the
// ontology says it is. Without a table the ontology stands by itself: it leads to
// ATT&CK by way of artifacts; that it is missing is noted and does not fail the
// run. An ontology is believed when it reads to its end, is not older than the one
// held, and has nine tenths of its entries at least. Entries that a later one lacks
// are marked as withdrawn.
package d3fend

import (
	"context"
	"net/http"
	"time"

	"vulnmirror/fetch"
	format "vulnmirror/format/d3fend"
	"vulnmirror/source"
	"vulnmirror/source/edition"
	"vulnmirror/vuln"
)

// Name is how the source is called on the command line.
const Name = "d3fend"

const host = "https://d3fend.mitre.org/"

var (
	current   = fetch.Location{Name: "version", URL: host + "api/version.json"}
	versioned = fetch.Location{Name: "versioned", URL: host + "ontologies/d3fend/{version}/{file}"}
	latest    = fetch.Location{Name: "latest", URL: host + "ontologies/{file}"}
	inference = fetch.Location{Name: "inference", URL: host + "api/ontology/inference/{file}"}
)

const (
	// The ontology of 2022 has 1,653 entries, and it grows.
	floor = 1500
	// techniquesFloor is of d3fend.csv: 138 techniques in 2022, 271 in 2026.
	techniquesFloor = 100
)

// New returns the source.
func New() *edition.Source {
	return edition.New(edition.Publication{
		Info: source.Info{
			Name: Name, Title: "MITRE D3FEND, countermeasures", Kind: vuln.KindD3FEND,
			Home:        "https://d3fend.mitre.org/",
			Licence:     "MIT",
			Attribution: "D3FEND(TM), © The MITRE Corporation, https://d3fend.mitre.org/",
			Locations:   []fetch.Location{current, versioned, latest, inference},
			Interval:    24 * time.Hour, Floor: floor, DependsOn: []string{"attack", "cwe"},
		},
		Ways: []edition.Way{
			way("JSON", 0, ontology{"d3fend.json", format.JSON, nil}),
			way("Turtle", 0, ontology{"d3fend.ttl", format.Turtle, nil}),
			way("RDF/XML", 0, ontology{"d3fend.owl", format.RDFXML, http.Header{"Accept": {"application/rdf+xml, application/xml"}}}),
			way("CSV", techniquesFloor, ontology{"d3fend.csv", format.CSV, nil}),
		},
		Check: changed,
		Read:  format.Decode,
	})
}

func way(name string, floor int, o ontology) edition.Way {
	return edition.Way{Name: name, Requests: 3, Floor: floor, Gather: o.gather, Open: o.open}
}

func changed(ctx context.Context, up *fetch.Client, last source.Cursor) (bool, error) {
	now, err := askVersion(ctx, up)
	return err != nil || now != last.Release, err
}
