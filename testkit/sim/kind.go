package sim

import "time"

// Kind is one of the collections that NVD's API answers for.
type Kind int

// The collections, each with an API endpoint of its own.
const (
	CVEs          Kind = iota
	CPEs               // names of the official dictionary
	MatchCriteria      // match strings with the names they hold
	Sources            // who reports and scores
	Changes            // events of the change history
)

// Kinds lists every collection.
func Kinds() []Kind { return []Kind{CVEs, CPEs, MatchCriteria, Sources, Changes} }

// shape is how a collection's documents look: contract B, and for the spelling
// of NVD_SOURCE an answer as it was served.
type shape struct {
	endpoint    string // last part but one of the API path
	format      string
	list, entry string // keys of the list and, inside each element, of the record; entry "" = none
	most        int    // largest and default page
	known       []string
}

var shapes = [...]shape{
	CVEs: {"cves", "NVD_CVE", "vulnerabilities", "cve", 2000, []string{
		"cveId", "cveIds", "vulnStatuses", "hasKev", "noRejected", "keywordSearch", "keywordExactMatch",
		"lastModStartDate", "lastModEndDate", "pubStartDate", "pubEndDate",
	}},
	CPEs: {"cpes", "NVD_CPE", "products", "cpe", 10000, []string{
		"cpeNameId", "cpeMatchString", "matchCriteriaId", "keywordSearch", "keywordExactMatch", "lastModStartDate", "lastModEndDate",
	}},
	MatchCriteria: {"cpematch", "NVD_CPEMatchString", "matchStrings", "matchString", 500, []string{
		"cveId", "matchCriteriaId", "matchStringSearch", "lastModStartDate", "lastModEndDate",
	}},
	Sources: {"source", "NVD_SOURCE", "sources", "", 1000, []string{
		"sourceIdentifier", "lastModStartDate", "lastModEndDate",
	}},
	Changes: {"cvehistory", "NVD_CVEHistory", "cveChanges", "change", 5000, []string{
		"cveId", "eventName", "changeStartDate", "changeEndDate",
	}},
}

func (k Kind) shape() *shape { return &shapes[k] }

// String names the collection as the API path does: "cves", "cpes", …
func (k Kind) String() string { return k.shape().endpoint }

// item appends one record's compact JSON.
type item func(dst []byte) []byte

// appendItem appends an element of a collection's list.
func (k Kind) appendItem(dst []byte, body item) []byte {
	entry := k.shape().entry
	if entry == "" {
		return body(dst)
	}
	dst = append(append(append(dst, `{"`...), entry...), `":`...)
	return append(body(dst), '}')
}

// moment is a time in Unix milliseconds, as records keep it.
func moment(ms int64) time.Time { return time.UnixMilli(ms) }
