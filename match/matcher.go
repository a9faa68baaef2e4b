package match

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"vulnmirror/cpe"
	"vulnmirror/store"
	"vulnmirror/version"
)

// Matcher finds match criteria and records. It is safe for concurrent use.
//
// It remembers what it asked for, up to some 64 MB: a change of the store shows
// in a new Matcher, or in one that At returns.
type Matcher struct {
	store  Store
	memory *memory
	latest *latest
}

// latest is the memory of the newest state known, shared by the Matchers that
// come from each other.
type latest struct {
	mu     sync.Mutex
	state  string
	memory *memory
}

// New returns a Matcher that asks s and remembers nothing yet.
func New(s Store) *Matcher {
	memory := newMemory()
	return &Matcher{store: s, memory: memory, latest: &latest{memory: memory}}
}

// At returns a Matcher that asks s, such as a snapshot, and shares the memory of
// all that came from m for the same state. The state is any text that differs
// when CVE records, CPE names or match criteria in the store do, for example
// made of their Digests. What is remembered of the state before is forgotten.
func (m *Matcher) At(s Store, state string) *Matcher {
	m.latest.mu.Lock()
	defer m.latest.mu.Unlock()
	if m.latest.state != state {
		m.latest.state, m.latest.memory = state, newMemory()
	}
	return &Matcher{store: s, memory: m.latest.memory, latest: m.latest}
}

// Describing returns the match criteria of CVE records that describe a name, in
// no particular order.
func (m *Matcher) Describing(ctx context.Context, name cpe.Name) ([]store.Criterion, error) {
	p, err := m.product(ctx, about(name))
	if err != nil {
		return nil, err
	}
	found := p.findings(name)
	if len(p.listed) > 0 {
		listings, err := m.listingsOf(ctx, []cpe.Name{name})
		if err != nil {
			return nil, err
		}
		found = p.decided(found, listings[name])
	}
	var out []store.Criterion
	for _, f := range found {
		if f.truth == True {
			out = append(out, f.found())
		}
	}
	return out, nil
}

// Overlapping returns the match criteria of CVE records that describe a product
// which the pattern describes too, in no particular order. A version within
// the bounds must be among what both describe; they count where the pattern's
// version is ANY. Lists of names do not.
func (m *Matcher) Overlapping(ctx context.Context, pattern cpe.Name, within version.Range) ([]store.Criterion, error) {
	asked := about(pattern)
	if asked.Vendor == "" || asked.Product == "" {
		return m.overlappingAny(ctx, asked, pattern, within)
	}
	p, err := m.product(ctx, asked)
	if err != nil {
		return nil, err
	}
	var out []store.Criterion
	for i := range p.criteria {
		if c := &p.criteria[i]; overlaps(c.name, c.key.Value().bounds(), pattern, within) {
			out = append(out, c.found())
		}
	}
	return out, nil
}

// overlappingAny is Overlapping for patterns of many products, whose criteria
// are too many to get ready and remember for a single answer.
func (m *Matcher) overlappingAny(ctx context.Context, asked store.Product, pattern cpe.Name, within version.Range) ([]store.Criterion, error) {
	criteria, err := m.store.Criteria(ctx, asked)
	if err != nil {
		return nil, fmt.Errorf("find the match criteria of %s: %w", pattern, err)
	}
	return slices.DeleteFunc(criteria, func(c store.Criterion) bool {
		name, err := cpe.ParseLenient(c.Criteria)
		return err != nil || !overlaps(name, spell(&c.MatchCriteria).bounds(), pattern, within)
	}), nil
}
