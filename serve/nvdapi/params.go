package nvdapi

import (
	"strings"
)

// A parameter is one row of an API's parameter table.
type parameter struct {
	name string // as NVD's documentation spells it
	flag bool   // set by its presence; takes no value
	// read takes the value into the request. For a flag it is called only when
	// the flag is set, with "". An error is always a problem.
	read func(*request, string) error
}

// maxParameters bounds the tables.
const maxParameters = 64

// paging is the end of every table.
var paging = []parameter{
	{name: "resultsPerPage", read: (*request).readPageSize},
	{name: "startIndex", read: (*request).readStart},
}

// lastModified is in most tables.
var lastModified = []parameter{
	{name: "lastModStartDate", read: date("lastModStartDate", func(r *request) *end { return &r.modified.from })},
	{name: "lastModEndDate", read: date("lastModEndDate", func(r *request) *end { return &r.modified.to })},
}

// keywords are in the tables of what has text.
var keywords = []parameter{
	{name: "keywordSearch", read: (*request).readKeywords},
	{name: "keywordExactMatch", flag: true, read: func(r *request, _ string) error { r.exact = true; return nil }},
}

// indexByName finds a parameter by its name in lower case.
func indexByName(ps []parameter) map[string]int {
	index := make(map[string]int, len(ps))
	for i, p := range ps {
		index[strings.ToLower(p.name)] = i
	}
	return index
}
