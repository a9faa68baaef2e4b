// Package capec reads the Common Attack Pattern Enumeration and Classification in
// the two shapes MITRE publishes it in.
//
//   - The XML catalogue (schema https://capec.mitre.org/data/xsd/ap_schema_latest.xsd,
//     root Attack_Pattern_Catalog) of attack patterns, categories and views. A record
//     is the rendering that package mitrexml specifies: {"Attack_Pattern": {…}},
//     {"Category": {…}} or {"View": {…}}, with the External_References it names.
//   - The STIX bundle of https://github.com/mitre/cti (capec/2.0 and capec/2.1), of
//     attack patterns only. A record's body is as package stix specifies: the object
//     as it came, and its mitigations, which are objects without an identifier, among
//     what is related to it.
//
// Both give the same identifiers, and the same links to CWE and ATT&CK as far as
// they are of the same version.
package capec

import (
	"bufio"
	"bytes"
	"io"

	"vulnmirror/format/jsonlist"
	"vulnmirror/format/mitrexml"
	"vulnmirror/format/stix"
)

// RecordError concerns one entry; reading goes on after it.
type RecordError = jsonlist.RecordError

// FormatError says at which byte a document was found to be none of CAPEC's.
type FormatError = jsonlist.FormatError

// Release is the version of the catalogue, e.g. 3.9, and its day.
type Release = mitrexml.Release

var catalogue = mitrexml.Catalogue{
	Root:  "Attack_Pattern_Catalog",
	Space: "http://capec.mitre.org/capec-",
	Sections: map[string]string{
		"Attack_Patterns": "Attack_Pattern", "Categories": "Category", "Views": "View",
	},
	Lists: []string{
		"Attack_Step/Technique",
		"Consequences/Consequence",
		"Example_Instances/Example",
		"Execution_Flow/Attack_Step",
		"Indicators/Indicator",
		"Mitigations/Mitigation",
		"Prerequisites/Prerequisite",
		"Related_Attack_Pattern/Exclude_Related",
		"Related_Attack_Patterns/Related_Attack_Pattern",
		"Related_Weaknesses/Related_Weakness",
		"Resources_Required/Resource",
		"Skills_Required/Skill",
	},
}

// Reader splits a document of either shape. It holds about the document's size.
type Reader struct {
	next    func() ([]byte, error)
	release func() Release
}

// NewReader reads a document from r and finds out its shape.
func NewReader(r io.Reader) *Reader {
	in := bufio.NewReader(r)
	if isXML(in) {
		xml := mitrexml.NewReader(in, catalogue)
		return &Reader{next: xml.Next, release: xml.Release}
	}
	var release Release
	none := func(*stix.Object) []string { return nil }
	bundle := stix.NewReader(stix.Scheme{
		Identify: func(o *stix.Object) string {
			release = later(release, o)
			return identify(o)
		},
		Names: none, Calls: none,
	}, in)
	return &Reader{next: bundle.Next, release: func() Release { return release }}
}

// Next returns the next record, io.EOF after the last. A *RecordError concerns
// one entry; a *FormatError ends the document, before any record was returned.
func (r *Reader) Next() ([]byte, error) { return r.next() }

// Release is complete once Next was called. A bundle states it in its patterns:
// it is that of the one modified last, and the day of that.
func (r *Reader) Release() Release { return r.release() }

// isXML looks at the first byte after byte order mark and white space.
func isXML(in *bufio.Reader) bool {
	head, err := in.Peek(256)
	if err != nil && len(head) == 0 {
		return false // whoever reads on meets the same error
	}
	return bytes.HasPrefix(bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\ufeff"))), []byte("<"))
}

// identify returns the CAPEC identifier of a STIX object, "" for one without.
func identify(o *stix.Object) string {
	for _, ref := range o.References {
		if ref.Source == "capec" {
			id, _ := ParseID(ref.ID)
			return id
		}
	}
	return ""
}

// later returns the release that an object states if it is newer.
func later(than Release, o *stix.Object) Release {
	var stated struct {
		Version string `json:"x_capec_version"`
	}
	_, modified, _ := o.Times()
	if jsonlist.Unmarshal(o.Body, &stated) != nil || stated.Version == "" || !modified.After(than.Date) {
		return than
	}
	return Release{Version: stated.Version, Date: modified}
}

// ParseID returns the identifier, e.g. CAPEC-66, for the spellings people use: 66,
// capec-66, CAPEC66, CAPEC-66: its name, the address of its page.
func ParseID(s string) (id string, ok bool) { return mitrexml.Number("CAPEC", s) }
