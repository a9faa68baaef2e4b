// Package certfr reads the advisories (avis) and alerts (alertes) of CERT-FR in
// both generations: the JSON at https://www.cert.ssi.gouv.fr/avis/{id}/json/
// (schema https://www.cert.ssi.gouv.fr/openapi.json) and the TXT files in the
// archives https://www.cert.ssi.gouv.fr/tar/{year}.tar. A record in JSON is a
// document as it came; one in TXT is rendered as an object of
//
//   - reference: the id,
//   - txt: an array of {"name": …, "text": …}, the parts of the document in their
//     order. The name is the label as spelled, without number and colon; it is ""
//     for what stands before the first label. The text has the part's lines
//     without white space at their ends, without empty lines and page footers.
//
// TXT says less than JSON; its records are Converted.
//
// Identifiers are CERTA-YYYY-TYP-NNN to 2013 and CERTFR-YYYY-TYP-NNN since, TYP
// being AVI, ALE, ACT, CTI, IOC, DUR, RFX, …. Numbers of avis have four digits
// since 2023, all others three and more when they run over.
package certfr

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"vulnmirror/format/jsonlist"
)

// RecordError concerns one document; reading goes on after it.
type RecordError = jsonlist.RecordError

// FormatError says at which byte input was found to be no document, or no
// archive.
type FormatError = jsonlist.FormatError

// Reader reads the JSON of one document, or an array of them, holding one at a
// time. Archives are for NewArchiveReader.
type Reader struct{ list *jsonlist.Reader }

// NewReader reads documents in JSON from r.
func NewReader(r io.Reader) *Reader { return &Reader{jsonlist.NewReader(r, "")} }

// Next returns the next document, io.EOF after the last. A *RecordError concerns
// one document, a *FormatError ends it all.
func (r *Reader) Next() ([]byte, error) { return r.list.Next() }

var (
	dashes = strings.NewReplacer("\u2010", "-", "\u2011", "-", "\u2012", "-", "\u2013", "-", "\u2014", "-", "\u2212", "-", " ", "-", "_", "-")
	id     = regexp.MustCompile(`^(?:CERT(A|FR)-)?([12][0-9]{3})-([A-Z]{3})-0*([1-9][0-9]{0,4})$`)
)

// ParseID normalises an identifier in any spelling people use (lower case,
// numbers without their zeros, no CERTFR before the year) to the published one.
func ParseID(s string) (string, bool) {
	match := id.FindStringSubmatch(strings.ToUpper(dashes.Replace(strings.TrimSpace(s))))
	if match == nil {
		return "", false
	}
	team, year, kind, number := match[1], match[2], match[3], match[4]
	if team == "" {
		team = "FR"
		if year < "2014" {
			team = "A"
		}
	}
	width := 3
	if kind == "AVI" && year >= "2023" {
		width = 4
	}
	n, err := strconv.Atoi(number)
	if err != nil {
		return "", false
	}
	return fmt.Sprintf("CERT%s-%s-%s-%0*d", team, year, kind, width, n), true
}

// sections are the folders of the site by type.
var sections = map[string]string{
	"AVI": "avis", "ALE": "alerte", "ACT": "actualite", "CTI": "cti", "IOC": "ioc", "DUR": "dur", "RFX": "fiche",
}

// Section returns the folder of the site that a document is in, such as "avis",
// "" when it is not known.
func Section(id string) string { return sections[kindOf(id)] }

// kindOf returns the type in a normalised identifier.
func kindOf(id string) string {
	parts := strings.Split(id, "-")
	if len(parts) != 4 {
		return ""
	}
	return parts[2]
}
