package store

import (
	"context"

	"vulnmirror/vuln"
)

// Applicability is what the search for the CVE records that concern a platform
// is made of. It looks at current CVE records, converted ones too, not at
// withdrawn ones.
type Applicability interface {
	// Criteria returns the distinct match criteria in configurations that are
	// about any of the products, in no particular order. Some may be of earlier
	// versions of records only; these have no Uses.
	Criteria(ctx context.Context, products ...Product) ([]Criterion, error)
	// Uses returns in which records the criteria with these Refs are used, each
	// pair of criterion and record once, in no particular order.
	Uses(ctx context.Context, refs []string) ([]Use, error)
	// Listed tells of each of the CPE names, as the dictionary spells them,
	// whether the dictionary has it, and the matchCriteriaIds of the held match
	// criteria whose list of names (Facts.Members) has it.
	Listed(ctx context.Context, names ...string) ([]Listing, error)
}

// Product selects match criteria by part, vendor and product as CPE formatted
// strings spell them, in lower case; quoting is kept. An empty field selects
// any. Criteria whose own part, vendor or product is ANY or has wildcards are
// always selected too, since they may describe any product.
type Product struct{ Part, Vendor, Product string }

// Criterion is a match criterion as configurations use it.
type Criterion struct {
	Ref                string // the store's name for it, see Uses
	vuln.MatchCriteria        // without its place and Vulnerable
	// Expanded tells that the list of the names it describes is held.
	Expanded bool
}

// Use is one record's use of one criterion.
type Use struct {
	Ref     string // Criterion.Ref
	ID      string // of the CVE record
	Affects Affects
}

// Affects says in which ways a record uses a criterion: the union over all its
// places in the record.
type Affects uint8

// The ways.
const (
	// Alone: marked as vulnerable in a configuration with no other node, whose
	// operator is OR and which negates nothing. Nothing else need be known.
	Alone Affects = 1 << iota
	// Together: marked as vulnerable where more than this criterion decides.
	Together
	// Context: not marked as vulnerable, such as the platform it runs on.
	Context
)

// Listing is what the dictionary knows of a CPE name.
type Listing struct {
	Known    bool
	Criteria []string // matchCriteriaIds
}
