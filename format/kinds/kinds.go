// Package kinds is the one list of the kinds of records there are: what people
// call them, how their identifiers are spelled, and how what a body says is
// read. Whoever answers questions about records of any kind asks here instead
// of knowing the formats.
package kinds

import (
	"slices"

	"vulnmirror/vuln"
)

// Kind describes the records of one kind.
type Kind struct {
	Kind      vuln.Kind
	One, Many string // what people call them, e.g. "CVE record", "CVE records"
	Example   string // of an identifier, or how to come by one

	// Parse normalises an identifier of this kind from any spelling people use.
	// Whether there is such a record it cannot tell. Some kinds are known by
	// aliases too; Candidates says which of the two an identifier is.
	Parse func(text string) (id string, ok bool)

	// Read completes a record as stores hand it back, with envelope and Body:
	// what it returns has Title, Facts and Text as well, decoded from Body. An
	// error names the record.
	Read func(vuln.Record) (vuln.Record, error)

	// typed lists what text may identify, best first. Asked says that records of
	// this kind are wanted: text that would otherwise be taken for something
	// else may then be an identifier.
	typed func(text string, asked bool) []Ref
}

// All returns every kind: NVD's, MITRE's, then advisories and judgements of
// urgency. The order is stable.
func All() []Kind { return slices.Clone(all) }

// Of returns the kind of that name, in lower case; false when there is none.
func Of(kind vuln.Kind) (Kind, bool) {
	i := slices.IndexFunc(all, func(k Kind) bool { return k.Kind == kind })
	if i < 0 {
		return Kind{}, false
	}
	return all[i], true
}

// NamedByCVE tells whether records of a kind have the CVE identifier of what they
// are about.
func NamedByCVE(kind vuln.Kind) bool {
	return slices.Contains([]vuln.Kind{vuln.KindCVE, vuln.KindMSRC, vuln.KindKEV, vuln.KindEPSS}, kind)
}
