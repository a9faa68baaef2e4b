package store

import (
	"time"

	"vulnmirror/vuln"
)

// Query selects records. Every field that is set narrows the result; the zero
// Query with a Kind selects all records of that kind.
type Query struct {
	Kind vuln.Kind
	IDs  []string // any of these
	Year int      // vuln.FeedYear of the id

	Published Span
	Modified  Span
	KEVAdded  Span // compared with the catalogue date at 00:00:00 UTC

	Statuses    []string // any of these, upstream spelling
	NotStatuses []string // none of these

	SourceIdentifier string // used anywhere in the record
	CWE              string // exact, e.g. CWE-79, NVD-CWE-noinfo
	Tag              string // CVE tag
	InKEV            bool
	CertAlert        bool
	CertNote         bool
	OVAL             bool

	CVSS     *CVSSFilter
	Severity string  // of the best score, upper case
	MinScore float64 // of the best score, inclusive; 0 means any, unscored too

	// Words must all begin some word of the descriptions, in any order and
	// language, ignoring case (NVD API 2.0, keywordSearch).
	Words []string
	// Phrase must occur in a description as consecutive whole words, ignoring
	// case (NVD API 2.0, keywordExactMatch).
	Phrase string

	Order  Order
	Offset int // records to skip, from 0
	Limit  int // most records to return; 0 means all
}

// Span is an interval of time with both ends included. A zero end is open.
type Span struct{ From, To time.Time }

// IsZero reports whether the span excludes nothing.
func (s Span) IsZero() bool { return s.From.IsZero() && s.To.IsZero() }

// CVSSFilter asks for one score, by whatever scorer, that meets all of it.
type CVSSFilter struct {
	Versions []string // any of these, e.g. "3.0", "3.1"
	Severity string   // upper case; empty means any
	// Metrics are components such as "AV:N" that the vector must all contain.
	Metrics []string
}

// Order is the order of a List.
type Order uint8

// The orders. All are total, so paging by Offset is stable between changes.
const (
	ByPublished    Order = iota // published, then id, ascending: NVD's own
	ByID                        // id, in byte order
	ByModifiedDesc              // newest change first, then id
)
