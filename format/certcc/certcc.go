// Package certcc reads the vulnerability notes of CERT/CC, in both generations:
// the API at https://kb.cert.org/vuls/api/ (fields vuid, cveids, dateupdated, …;
// https://github.com/CERTCC/VINCE, vincepub/serializers.py) and the
// Vulnerability Data Archive that ended in June 2020 (fields ID, CVEIDs,
// DateLastUpdated, …; https://github.com/CERTCC/Vulnerability-Data-Archive).
// A record is one note as it came. Attach puts what the API tells of a note at
// other addresses into it.
//
// The API answers a request for a note it lacks with {"error": …} and status
// 200; only what names itself VU#… is a note.
package certcc

import (
	"io"
	"regexp"
	"strings"

	"vulnmirror/format/jsonlist"
)

// RecordError concerns one note; reading goes on after it.
type RecordError = jsonlist.RecordError

// FormatError says at which byte a document was found to hold no notes.
type FormatError = jsonlist.FormatError

// Reader splits a document of notes: one note, or the array that the API answers
// for a month. It holds one note at a time.
type Reader struct{ list *jsonlist.Reader }

// NewReader reads notes from r.
func NewReader(r io.Reader) *Reader { return &Reader{jsonlist.NewReader(r, "")} }

// Next returns the next note, io.EOF after the last. A *RecordError concerns one
// note, a *FormatError ends the document; the API's {"error": …} is one.
func (r *Reader) Next() ([]byte, error) { return r.list.Next() }

// CERT/CC numbers notes with four to six digits; a bare number must have as many,
// one that says it is a note's need not.
var vu = regexp.MustCompile(`(?i)^(?:VU\s*#?\s*0*([1-9][0-9]{0,6})|([1-9][0-9]{3,5}))$`)

// ParseID normalises the number of a note in any spelling people use (VU#382314,
// vu 382314, 382314) to VU#382314.
func ParseID(s string) (string, bool) {
	match := vu.FindStringSubmatch(strings.TrimSpace(s))
	if match == nil {
		return "", false
	}
	return "VU#" + match[1] + match[2], true
}
