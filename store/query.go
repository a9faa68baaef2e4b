package store

import (
	"time"

	"vulnmirror/cpe"
	"vulnmirror/vuln"
)

// Query selects records. Every field that is set narrows the result; the zero
// Query with a Kind selects all records of that kind.
type Query struct {
	Kind vuln.Kind
	IDs  []string // any of these
	// Aliases are other identifiers, any of which the record has
	// (Facts.Aliases), ignoring case.
	Aliases []string
	// LinksTo selects records with a link to this one, whatever its Rule.
	LinksTo *vuln.Link
	Year    int // vuln.FeedYear of the id

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

	// Vendor and Product select CPE names and match criteria of that vendor and
	// product, and CVE records whose configurations have such criteria. They are
	// compared as CPE spells them, quoted and in lower case (NISTIR 7695).
	Vendor, Product string
	// Platform selects CPE names and match criteria that describe a platform
	// this CPE name does too (cpe.Name.Overlaps); bounds do not count.
	Platform *cpe.Name
	// Criteria selects CVE records whose configurations have any of these match
	// criteria, as Criterion.Ref names them; with Vulnerable only where the
	// criterion is marked as vulnerable. An empty list that is not nil selects
	// nothing.
	Criteria   []string
	Vulnerable bool
	// NoCriteria selects CVE records without any match criteria: nothing can be
	// said of what they concern.
	NoCriteria bool

	Native    bool // no converted records
	Withdrawn bool // withdrawn records too

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
