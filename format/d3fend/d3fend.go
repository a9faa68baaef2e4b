// Package d3fend reads MITRE D3FEND: the ontology, in any form it is published
// in, and the table of what its techniques do against those of ATT&CK.
//
// The ontology as JSON-LD (d3fend.json), Turtle (d3fend.ttl) and RDF/XML
// (d3fend.owl) says the same: techniques, tactics, artifacts, weaknesses,
// offensive techniques, references and the properties that relate them. JSON-LD
// is preferred, being cheapest to read. d3fend.csv lists the techniques alone,
// with tactic, place in the hierarchy and definition; its records are Converted.
// d3fend-full-mappings, as CSV or as SPARQL results in JSON, says which
// techniques of ATT&CK each technique concerns, by which artifact, as a reasoner
// inferred it; the ontology alone says that only by way of artifacts. The CSV is
// preferred, a third of the size.
//
// A record is a named node of the graph, less the nodes of vocabularies that are
// not D3FEND's and the node of the ontology itself. Its body is the node in
// JSON-LD with the prefixes of upstream's own context, whichever form it was
// read from: nodes without a name stand where they are referred to, without
// their invented ids; several values of a property are sorted, a single one is
// not a list; and the whole is canonical (RFC 8785). A technique in the table
// has a member more, "d3fend-full-mappings": its rows, less the columns that
// repeat what other nodes say (labels, tactics, parents), each distinct row
// once. A record made of d3fend.csv has the member "d3fend.csv", its row.
//
// The whole graph, some 30 MiB, is held while a document is read.
package d3fend

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Form is how a document is written.
type Form string

// The forms of the ontology; of the table JSON (SPARQL results) and CSV.
const (
	JSON   Form = "json"
	Turtle Form = "ttl"
	RDFXML Form = "owl"
	CSV    Form = "csv"
)

// Release tells editions of the ontology apart.
type Release struct {
	Version string    // owl:versionInfo, or that of owl:versionIRI
	Date    time.Time // d3f:release-date
}

// RecordError concerns one record; those after it can be read.
type RecordError struct {
	ID  string
	Err error
}

func (e *RecordError) Error() string { return e.ID + ": " + e.Err.Error() }

// Unwrap returns the reason.
func (e *RecordError) Unwrap() error { return e.Err }

// FormatError ends the reading: a document is not what it should be.
type FormatError struct {
	Place string // where that showed, e.g. "line 7"
	Err   error
}

func (e *FormatError) Error() string { return fmt.Sprintf("at %s: %v", e.Place, e.Err) }

// Unwrap returns the reason.
func (e *FormatError) Unwrap() error { return e.Err }

// namespace is what the prefix d3f stands for.
const namespace = "http://d3fend.mitre.org/ontologies/d3fend.owl#"

// prefixes are those of the context of upstream's JSON-LD.
var prefixes = []struct{ name, iri string }{
	{"d3f:", namespace},
	{"rdf:", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"},
	{"rdfs:", "http://www.w3.org/2000/01/rdf-schema#"},
	{"owl:", "http://www.w3.org/2002/07/owl#"},
	{"xsd:", "http://www.w3.org/2001/XMLSchema#"},
	{"skos:", "http://www.w3.org/2004/02/skos/core#"},
	{"dcterms:", "http://purl.org/dc/terms/"},
	{"dc:", "http://purl.org/dc/elements/1.1/"},
	{"dbr:", "http://dbpedia.org/resource/"},
	{"xml:", "http://www.w3.org/XML/1998/namespace"},
}

// compact writes an IRI with a prefix, if there is one for it.
func compact(iri string) string {
	for _, p := range prefixes {
		if rest, ok := strings.CutPrefix(iri, p.iri); ok && rest != "" {
			return p.name + rest
		}
	}
	return iri
}

// expand writes an IRI in full.
func expand(name string) string {
	for _, p := range prefixes {
		if rest, ok := strings.CutPrefix(name, p.name); ok {
			return p.iri + rest
		}
	}
	return name
}

var (
	className   = regexp.MustCompile(`^(?i:d3f):([^\s:/]+)$`)
	fullName    = regexp.MustCompile(`^(?i:https?://d3fend\.mitre\.org/)(?:ontologies/d3fend\.owl#|[a-z-]+/d3f:)([^\s:/]+?)/?$`)
	techniqueID = regexp.MustCompile(`^D3[AF]?-[A-Z0-9-]+$`)
)

// ParseID normalises an identifier: the name of a class or individual
// (d3f:FileAnalysis, in full, or as the address of its page), or the id of a
// technique (d3-fa), which is an alias of the record that has it. Names are
// case-sensitive.
func ParseID(s string) (string, bool) {
	s = strings.TrimSpace(s)
	for _, name := range []*regexp.Regexp{className, fullName} {
		if match := name.FindStringSubmatch(s); match != nil {
			return "d3f:" + match[1], true
		}
	}
	if upper := strings.ToUpper(s); techniqueID.MatchString(upper) {
		return upper, true
	}
	return "", false
}
