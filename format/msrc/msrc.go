// Package msrc reads the monthly documents of Microsoft's CVRF API
// (https://api.msrc.microsoft.com/cvrf/v3.0/cvrf/{id}; CVRF 1.1,
// http://www.icasi.org/cvrf-v1-1), as XML and as JSON, and the index of them,
// /updates. A document has two kinds of records.
//
// A vulnerability, CVE-2024-21353 or ADV180002, is an object of
//
//   - document: the id of the document, 2024-Feb,
//   - xml: the Vulnerability element as xmljson renders it with Mapping; or json:
//     the element of the array Vulnerability as it came,
//   - products: the names of the products it speaks of, by ProductID.
//
// An update, KB5034768, is what all remediations of a document say of it:
//
//   - kb: its number,
//   - documents: by the document's id, an array of Statements.
//
// Several documents may speak of one update; Merge puts together what they say,
// and what exports of the Security Update Guide say.
// Neither kind has the document's revision or dates in it: those change, and go
// backwards, while a record stays the same. Release tells them.
package msrc

import (
	"regexp"
	"strings"

	"vulnmirror/format/jsonlist"
	"vulnmirror/format/xmljson"
	"vulnmirror/vuln"
)

// RecordError concerns one record; reading goes on after it.
type RecordError = jsonlist.RecordError

// FormatError says at which byte a document was found to be none of the API.
type FormatError = jsonlist.FormatError

// Scorer is who scored what a document scores, by the name NVD gives Microsoft.
const Scorer = "secure@microsoft.com"

const (
	spaceCVRF = "http://www.icasi.org/CVRF/schema/cvrf/1.1"
	spaceVuln = "http://www.icasi.org/CVRF/schema/vuln/1.1"
	spaceProd = "http://www.icasi.org/CVRF/schema/prod/1.1"
)

// Mapping is how the elements of a document in XML are rendered. No name occurs
// in two of CVRF's namespaces at one place, so none needs a prefix.
var Mapping = xmljson.Mapping{
	Depth:      1,
	Namespaces: map[string]string{spaceCVRF: "", spaceVuln: "", spaceProd: ""},
	Lists: []string{
		"RevisionHistory/Revision", "ProductTree/Branch", "ProductTree/FullProductName", "Branch/Branch", "Branch/FullProductName",
		"Vulnerability/CWE", "Notes/Note", "ProductStatuses/Status", "Status/ProductID", "Threats/Threat", "Threat/ProductID",
		"CVSSScoreSets/ScoreSet", "ScoreSet/ProductID", "Remediations/Remediation", "Remediation/ProductID",
		"AffectedFiles/AffectedFile", "Acknowledgments/Acknowledgment", "Acknowledgment/Name", "Acknowledgment/URL",
	},
}

var (
	advisory = regexp.MustCompile(`^ADV[0-9]{6}$`)
	again    = regexp.MustCompile(`^CVE-[0-9]{4}-[0-9]{4,19}M$`)
	update   = regexp.MustCompile(`^(?i:KB)?\s*([0-9]{6,7})$`)
)

// ParseID normalises the identifier of a vulnerability, of CVE or an advisory of
// Microsoft (ADV180002), in any spelling people use. An M after a CVE identifier
// (CVE-2024-21626M) is Microsoft's mark of what it says again for its Linux.
func ParseID(s string) (string, bool) {
	if id := strings.ToUpper(strings.TrimSpace(s)); advisory.MatchString(id) || again.MatchString(id) {
		return id, true
	}
	id, err := vuln.ParseCVE(s)
	return id, err == nil
}

// cveOf returns the CVE identifier of a vulnerability, "" for an advisory.
func cveOf(id string) string {
	if again.MatchString(id) {
		id = id[:len(id)-1]
	}
	if !vuln.ValidCVE(id) {
		return ""
	}
	return id
}

// ParseKB normalises the number of an update (KB5034768, kb 5034768, 5034768) to
// its digits, six or seven.
func ParseKB(s string) (string, bool) {
	match := update.FindStringSubmatch(strings.TrimSpace(s))
	if match == nil {
		return "", false
	}
	return match[1], true
}
