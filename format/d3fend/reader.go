package d3fend

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/vuln"
)

// ontology is the node that says what the document is.
var ontology = strings.TrimSuffix(namespace, "#")

// foreign are the vocabularies that D3FEND uses and does not make.
var foreign = []string{"rdf:", "rdfs:", "owl:", "xsd:", "skos:", "dcterms:", "dc:", "xml:"}

// Reader reads the records of one edition.
type Reader struct {
	in       io.Reader
	form     Form
	mappings *Mappings

	graph   *graph
	names   []string // of the nodes still to be returned
	orphans []string // techniques of the table that are no nodes
	begun   bool
	err     error // what Next says from now on
}

// NewReader reads the ontology from r. The table is joined to it; nil when there
// is none.
func NewReader(r io.Reader, form Form, mappings *Mappings) *Reader {
	return &Reader{in: r, form: form, mappings: mappings}
}

// Next returns the body of the next record, io.EOF after the last. A
// *RecordError concerns one record, or a technique that is in the table and not
// in the ontology; a *FormatError ends the reading.
func (r *Reader) Next() ([]byte, error) {
	if !r.begun {
		r.begun = true
		r.err = r.read()
	}
	switch {
	case r.err != nil:
		return nil, r.err
	case len(r.names) > 0:
		name := r.names[0]
		r.names = r.names[1:]
		return r.record(name)
	case len(r.orphans) > 0:
		name := r.orphans[0]
		r.orphans = r.orphans[1:]
		return nil, &RecordError{name, errors.New("in the table of mappings and not in the ontology")}
	}
	return nil, io.EOF
}

func (r *Reader) record(name string) ([]byte, error) {
	body, err := r.graph.body(name)
	if err != nil {
		return nil, &RecordError{name, err}
	}
	if rows := r.mappings.of(name); rows != nil {
		body = append(bytes.TrimSuffix(body, []byte("}")), `,"`+mappingsMember+`":`...)
		body = append(append(body, array(rows)...), '}')
		if err := (*jsontext.Value)(&body).Canonicalize(); err != nil {
			return nil, &RecordError{name, err}
		}
	}
	return body, nil
}

func (r *Reader) read() error {
	in := bufio.NewReader(r.in)
	if mark, err := in.Peek(3); err == nil && bytes.Equal(mark, []byte("\xEF\xBB\xBF")) {
		if _, err := in.Discard(3); err != nil {
			return err
		}
	}
	if err := r.parse(in); err != nil {
		return err
	}
	for _, name := range r.graph.names {
		if isRecord(name, r.graph.nodes[name]) {
			r.names = append(r.names, name)
		}
	}
	if len(r.names) == 0 {
		return &FormatError{"its end", errors.New("the document has no node of D3FEND's")}
	}
	for _, name := range r.mappings.techniques() {
		if !slices.Contains(r.names, name) {
			r.orphans = append(r.orphans, name)
		}
	}
	return nil
}

func (r *Reader) parse(in *bufio.Reader) (err error) {
	switch r.form {
	case JSON:
		r.graph, err = readJSON(in)
	case Turtle:
		r.graph, err = readTurtle(in)
	case RDFXML:
		r.graph, err = readRDFXML(in)
	case CSV:
		r.graph, err = readList(in)
	default:
		err = fmt.Errorf("no form of the ontology is called %q", r.form)
	}
	return err
}

func isRecord(name string, n node) bool {
	if name == ontology || strings.HasPrefix(name, "_:") || len(n) == 0 {
		return false
	}
	return !slices.ContainsFunc(foreign, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// Release is complete once Next has returned a record or an error. d3fend.csv
// has none.
func (r *Reader) Release() Release {
	if r.graph == nil {
		return Release{}
	}
	n := r.graph.nodes[ontology]
	var out Release
	for _, value := range n["owl:versionInfo"] {
		out.Version = plain(value)
	}
	for _, value := range n["owl:versionIRI"] {
		// http://d3fend.mitre.org/ontologies/d3fend/0.10.0/d3fend.owl
		if parts := strings.Split(named(value), "/"); out.Version == "" && len(parts) > 1 {
			out.Version = parts[len(parts)-2]
		}
	}
	for _, value := range n["d3f:release-date"] {
		day := plain(value)
		date, err := time.Parse(time.DateOnly, day)
		if err != nil {
			date, err = vuln.ParseTime(day)
		}
		if err == nil {
			out.Date = date
		}
	}
	return out
}
