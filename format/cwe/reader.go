// Package cwe reads the Common Weakness Enumeration in the two shapes MITRE
// publishes it in. Weaknesses, categories and views are all records, with one
// space of numbers.
//
//   - The XML catalogue (schema https://cwe.mitre.org/data/xsd/cwe_schema_latest.xsd,
//     root Weakness_Catalog), which the published zip holds one of. A record is the
//     rendering that package mitrexml specifies: {"Weakness": {…}}, {"Category": {…}}
//     or {"View": {…}}, with the External_References it names.
//   - The JSON of the CWE API (https://github.com/CWE-CAPEC/REST-API-wg), in its
//     repository json_repo one file an entry or one for all categories or views, from
//     the API an object with Weaknesses, Categories or Views. A record is upstream's
//     object, as it came. The version stands in a document of its own, see
//     ReadVersion.
//
// Both give the same identifiers, dates, texts but for white space, and links.
package cwe

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"vulnmirror/format/jsonlist"
	"vulnmirror/format/mitrexml"
)

// RecordError concerns one entry; reading goes on after it.
type RecordError = jsonlist.RecordError

// FormatError says at which byte a document was found to be none of CWE's.
type FormatError = jsonlist.FormatError

// Release is the version of the catalogue, e.g. 4.20, and its day.
type Release = mitrexml.Release

var catalogue = mitrexml.Catalogue{
	Root:  "Weakness_Catalog",
	Space: "http://cwe.mitre.org/cwe-",
	Sections: map[string]string{
		"Weaknesses": "Weakness", "Categories": "Category", "Views": "View",
	},
	Lists: []string{
		"Affected_Resources/Affected_Resource",
		"Applicable_Platforms/Architecture", "Applicable_Platforms/Language",
		"Applicable_Platforms/Operating_System", "Applicable_Platforms/Technology",
		"Background_Details/Background_Detail",
		"Common_Consequences/Consequence",
		"Demonstrative_Example/Body_Text", "Demonstrative_Example/Example_Code",
		"Demonstrative_Examples/Demonstrative_Example",
		"Detection_Methods/Detection_Method",
		"Exploitation_Factors/Exploitation_Factor",
		"Functional_Areas/Functional_Area",
		"Mitigation/Phase",
		"Modes_Of_Introduction/Introduction",
		"Observed_Examples/Observed_Example",
		"Potential_Mitigations/Mitigation",
		"Reasons/Reason",
		"Related_Attack_Patterns/Related_Attack_Pattern",
		"Related_Weaknesses/Related_Weakness",
		"Suggestions/Suggestion",
		"Weakness_Ordinalities/Weakness_Ordinality",
	},
}

// Reader splits a document of either shape. Of the catalogue in XML it holds
// about the document's size, else the largest record.
type Reader struct {
	next    func() ([]byte, error)
	release func() Release
}

// NewReader reads a document from r and finds out its shape.
func NewReader(r io.Reader) *Reader {
	in := bufio.NewReader(r)
	head := beginning(in)
	if bytes.HasPrefix(head, []byte("<")) {
		xml := mitrexml.NewReader(in, catalogue)
		return &Reader{next: xml.Next, release: xml.Release}
	}
	list := jsonlist.NewReader(in, array(head))
	return &Reader{
		next:    func() ([]byte, error) { return entryOnly(list.Next()) },
		release: func() Release { return Release{} },
	}
}

// Next returns the next record, io.EOF after the last. A *RecordError concerns
// one entry, a *FormatError ends the document.
func (r *Reader) Next() ([]byte, error) { return r.next() }

// Release is complete once Next was called; it is empty for JSON, where a
// document of its own states it.
func (r *Reader) Release() Release { return r.release() }

// beginning returns the first bytes of a document after byte order mark and
// white space, and leaves them to be read.
func beginning(in *bufio.Reader) []byte {
	head, err := in.Peek(256)
	if err != nil && len(head) == 0 {
		return nil // whoever reads on meets the same error
	}
	return bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\ufeff")))
}

// array tells which array of an answer of the API holds the records, "" when the
// document is one record or an array itself.
func array(head []byte) string {
	head = bytes.TrimSpace(bytes.TrimPrefix(head, []byte("{")))
	for section := range catalogue.Sections {
		if bytes.HasPrefix(head, []byte(`"`+section+`"`)) {
			return section
		}
	}
	return ""
}

// entryOnly refuses JSON of the API that lists no entries: its version and its
// tree.
func entryOnly(body []byte, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	var has struct {
		ID string
	}
	if err := jsonlist.Unmarshal(body, &has); err != nil || has.ID == "" {
		return nil, &FormatError{Err: errors.New("JSON without the member ID of weaknesses, categories and views")}
	}
	return body, nil
}

// ReadVersion reads what the API says at /cwe/version and json_repo keeps in
// cwev.json.
func ReadVersion(r io.Reader) (Release, error) {
	body, err := jsonlist.NewReader(r, "").Next()
	if err != nil {
		return Release{}, err
	}
	var v struct {
		ContentVersion, ContentDate string
	}
	if err := jsonlist.Unmarshal(body, &v); err != nil {
		return Release{}, &FormatError{Err: err}
	}
	if v.ContentVersion == "" {
		return Release{}, &FormatError{Err: fmt.Errorf("no ContentVersion in %.200s", body)}
	}
	return Release{Version: v.ContentVersion, Date: mitrexml.Date(v.ContentDate)}, nil
}

// ParseID returns the identifier, e.g. CWE-79, for the spellings people use: 79,
// cwe-79, CWE79, CWE-79: its name, d3f:CWE-79, the address of its page.
func ParseID(s string) (id string, ok bool) { return mitrexml.Number("CWE", strings.TrimSpace(s)) }
