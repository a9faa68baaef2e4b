// Package mitrexml splits the XML catalogues that MITRE publishes in one
// schema, CWE (cwe_schema, namespace http://cwe.mitre.org/cwe-7) and CAPEC
// (ap_schema, http://capec.mitre.org/capec-3): sections of entries, and a list of
// works that entries refer to.
//
// A record is an object with one member named like the entry's element, e.g.
// "Weakness", whose value is the entry as package xmljson renders it, and the
// member External_References: the works it refers to, rendered likewise, in the
// order it names them first. They stand at the end of a catalogue, so the
// entries are held until it was read: about as much as the document's size.
package mitrexml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"vulnmirror/format/jsonlist"
	"vulnmirror/format/xmljson"
)

// Catalogue tells the catalogues apart.
type Catalogue struct {
	Root     string            // name of the root element
	Space    string            // what its namespace begins with; the rest is the schema's version
	Sections map[string]string // the names of entries by the section they stand in
	Lists    []string          // further elements that repeat, see xmljson.Mapping
}

// Release is upstream's version of a catalogue and the day it was published.
type Release struct {
	Version string
	Date    time.Time
}

// The section of the works that entries refer to.
const references, reference = "External_References", "External_Reference"

// Reader splits one catalogue.
type Reader struct {
	of      Catalogue
	xml     *xmljson.Reader
	release Release
	entries []xmljson.Element
	works   map[string][]byte // rendered, by Reference_ID
	next    int
	err     error
}

// NewReader reads a catalogue from r.
func NewReader(r io.Reader, of Catalogue) *Reader {
	return &Reader{
		of:    of,
		xml:   xmljson.NewReader(r, xmljson.Mapping{Depth: 2, Lists: append(repeating(), of.Lists...)}),
		works: make(map[string][]byte),
	}
}

// Release is known once Next was called.
func (r *Reader) Release() Release { return r.release }

// Next returns the next entry, io.EOF after the last. A *jsonlist.RecordError
// concerns something at the place of an entry that is none; a
// *jsonlist.FormatError means that the document is not this catalogue or damaged,
// and then it is the only answer.
func (r *Reader) Next() ([]byte, error) {
	if r.works != nil && r.entries == nil && r.err == nil {
		r.err = r.load()
	}
	if r.err != nil {
		return nil, r.err
	}
	if r.next == len(r.entries) {
		r.entries, r.works, r.err = nil, nil, io.EOF
		return nil, r.err
	}
	e := r.entries[r.next]
	r.entries[r.next] = xmljson.Element{}
	r.next++
	if section := e.Path[1]; r.of.Sections[section] != e.Name() {
		return nil, &jsonlist.RecordError{
			Position: r.next - 1,
			Err:      fmt.Errorf("at byte %d: element %s in section %s, which is not one of this catalogue", e.Offset, e.Name(), section),
		}
	}
	return r.record(e), nil
}

// load reads the whole catalogue.
func (r *Reader) load() error {
	root, err := r.xml.Root()
	if err != nil {
		return err
	}
	if root.Name != r.of.Root || root.Space != "" && !strings.HasPrefix(root.Space, r.of.Space) {
		return &jsonlist.FormatError{Err: fmt.Errorf("the root element is %q of namespace %q, expected %s of %s…", root.Name, root.Space, r.of.Root, r.of.Space)}
	}
	r.release = Release{Version: root.Attributes["Version"], Date: Date(root.Attributes["Date"])}
	r.entries = []xmljson.Element{}
	for {
		e, err := r.xml.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if e.Path[1] == references && e.Name() == reference {
			r.works[workID(e.Body)] = e.Body
			continue
		}
		r.entries = append(r.entries, e)
	}
}

// record writes an entry with the works it refers to.
func (r *Reader) record(e xmljson.Element) []byte {
	out := append([]byte(`{"`+e.Name()+`":`), e.Body...)
	seen := make(map[string]bool)
	separator := `,"` + references + `":[`
	for _, id := range cited(e.Body) {
		work, known := r.works[id]
		if !known || seen[id] {
			continue
		}
		seen[id] = true
		out = append(append(out, separator...), work...)
		separator = ","
	}
	if len(seen) > 0 {
		out = append(out, ']')
	}
	return append(out, '}')
}

// Quotes inside a JSON string have a backslash before them, so these are found
// where they are attributes and nowhere else.
var (
	citation = []byte(`"@External_Reference_ID":"`)
	identity = []byte(`"@Reference_ID":"`)
)

// cited returns the ids of works that stand anywhere in a rendered entry.
func cited(body []byte) []string {
	var out []string
	for {
		_, after, found := bytes.Cut(body, citation)
		if !found {
			return out
		}
		id, rest, _ := bytes.Cut(after, []byte(`"`))
		out, body = append(out, string(id)), rest
	}
}

func workID(body []byte) string {
	_, after, _ := bytes.Cut(body, identity)
	id, _, _ := bytes.Cut(after, []byte(`"`))
	return string(id)
}
