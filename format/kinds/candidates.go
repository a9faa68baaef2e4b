package kinds

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"vulnmirror/cpe"
	"vulnmirror/vuln"
)

// Ref is one way to read what a person typed as an identifier.
type Ref struct {
	Kind vuln.Kind
	ID   string
	// Alias: ID is not what the record is held by but another identifier it has
	// (vuln.Facts.Aliases), to be looked up by store.Query.Aliases.
	Alias bool
}

// ErrNoIdentifier means that text cannot identify a record, so that looking for
// one is pointless. What Candidates wraps it in is for people.
var ErrNoIdentifier = errors.New("no identifier")

// Candidates lists what text may identify, in any spelling people use, most
// likely first: whoever looks takes the first that is held. A kind limits it to
// records of that kind, and lets spellings count that would otherwise be taken
// for something else or for words; "" means any. Text that cannot identify
// anything is an ErrNoIdentifier, or the error that a CPE name was found to have.
//
// What text says itself comes first: "cwe-79" is CWE-79 alone. A bare number may
// be several: 79 is CWE-79 or CAPEC-79; 1055 is CWE-1055, T1055 or VU#1055;
// 382314 is VU#382314 or KB382314. A CVE identifier is the CVE record, then what
// Microsoft, CISA and FIRST say of it.
func Candidates(text string, kind vuln.Kind) ([]Ref, error) {
	text = strings.TrimSpace(text)
	var out []Ref
	for _, k := range all {
		if kind != "" && kind != k.Kind {
			continue
		}
		for _, ref := range k.read(text, kind == k.Kind) {
			if ref.ID != "" && !slices.Contains(out, ref) {
				out = append(out, ref)
			}
		}
	}
	if len(out) == 0 {
		return nil, unread(text, kind)
	}
	named := strings.HasPrefix(strings.ToLower(text), "d3f:")
	slices.SortStableFunc(out, func(a, b Ref) int { return rank(a, named) - rank(b, named) })
	return out, nil
}

// rank puts aliases last. Weaknesses of CWE and techniques of ATT&CK are nodes of
// D3FEND as well; named as such, that is what they are first.
func rank(r Ref, named bool) int {
	switch {
	case r.Alias:
		return 2
	case named && r.Kind != vuln.KindD3FEND:
		return 1
	}
	return 0
}

// read lists what text may identify among records of this kind.
func (k Kind) read(text string, asked bool) []Ref {
	if k.typed != nil {
		return k.typed(text, asked)
	}
	if id, ok := k.Parse(text); ok {
		return []Ref{{Kind: k.Kind, ID: id}}
	}
	return nil
}

// unread says why text identifies nothing.
func unread(text string, kind vuln.Kind) error {
	if isCPE(text) && (kind == "" || kind == vuln.KindCPE) {
		_, err := cpe.ParseLenient(text)
		return err
	}
	if k, ok := Of(kind); ok {
		return fmt.Errorf("%q is %w of a %s; one is %s", text, ErrNoIdentifier, k.One, k.Example)
	}
	return fmt.Errorf("%q is not a CVE identifier, CPE name, UUID or address of a source, and %w of any other kind of record", text, ErrNoIdentifier)
}
