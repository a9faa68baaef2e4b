package match

import (
	"context"
	"fmt"

	"vulnmirror/cpe"
	"vulnmirror/store"
	"vulnmirror/version"
)

// Matcher finds match criteria and records. It is safe for concurrent use.
type Matcher struct {
	store store.Applicability
}

// New returns a Matcher that asks s.
func New(s store.Applicability) *Matcher { return &Matcher{store: s} }

// Describing returns the match criteria of CVE records that describe a name, in
// no particular order.
func (m *Matcher) Describing(ctx context.Context, name cpe.Name) ([]store.Criterion, error) {
	found, err := m.find(ctx, name)
	if err != nil {
		return nil, err
	}
	var out []store.Criterion
	for _, f := range found {
		if f.truth == True {
			out = append(out, f.Criterion)
		}
	}
	return out, nil
}

// Overlapping returns the match criteria of CVE records that describe a product
// which the pattern describes too, in no particular order. A version within
// the bounds must be among what both describe; they count where the pattern's
// version is ANY. Lists of names do not.
func (m *Matcher) Overlapping(ctx context.Context, pattern cpe.Name, within version.Range) ([]store.Criterion, error) {
	p, err := m.product(ctx, pattern)
	if err != nil {
		return nil, err
	}
	var out []store.Criterion
	for i := range p.criteria {
		if c := &p.criteria[i]; c.overlaps(pattern, within) {
			out = append(out, c.Criterion)
		}
	}
	return out, nil
}

// find returns the criteria that describe a name, or may.
func (m *Matcher) find(ctx context.Context, name cpe.Name) ([]finding, error) {
	p, err := m.product(ctx, name)
	if err != nil {
		return nil, err
	}
	found := p.findings(name)
	if len(p.listed) == 0 {
		return found, nil
	}
	listing, err := m.store.Listed(ctx, name.String())
	if err != nil {
		return nil, fmt.Errorf("look %s up in the dictionary: %w", name, err)
	}
	if listing.Known {
		found = p.correct(found, listing.Criteria)
	}
	return found, nil
}

// product returns the criteria that may describe products like name.
func (m *Matcher) product(ctx context.Context, name cpe.Name) (*product, error) {
	asked := store.Product{Part: literal(name.Part()), Vendor: literal(name.Vendor()), Product: literal(name.Product())}
	criteria, err := m.store.Criteria(ctx, asked)
	if err != nil {
		return nil, fmt.Errorf("find match criteria for %s: %w", name, err)
	}
	return newProduct(criteria), nil
}

// literal is a value as a store is asked for it: empty when it is open.
func literal(v cpe.Value) string {
	if v == cpe.Any || v.Wild() {
		return ""
	}
	return string(v)
}
