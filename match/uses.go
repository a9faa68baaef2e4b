package match

import (
	"context"
	"fmt"

	"vulnmirror/store"
)

// use is one record's use of a criterion.
type use struct {
	id      string
	affects store.Affects
}

// weightOfUse is roughly how many bytes a remembered use takes.
const weightOfUse = 56

// fewCriteria is up to how many criteria a product's uses are asked for all at
// once: the next of its versions then needs nothing from the store.
const fewCriteria = 64

// learnUses asks where the criteria that were found are used, as far as that is
// not known, for all lookups together.
func (m *Matcher) learnUses(ctx context.Context, lookups []lookup) error {
	missing := make(map[*product]map[*criterion]bool)
	for i := range lookups {
		p := lookups[i].product
		for _, c := range p.unknownUses(lookups[i].found) {
			if missing[p] == nil {
				missing[p] = make(map[*criterion]bool)
			}
			missing[p][c] = true
		}
	}
	var refs []string
	for p, criteria := range missing {
		if len(p.criteria) <= fewCriteria {
			for i := range p.criteria {
				criteria[&p.criteria[i]] = true
			}
		}
		for c := range criteria {
			refs = append(refs, c.ref)
		}
	}
	learned, err := m.askUses(ctx, refs)
	if err != nil {
		return err
	}
	for p, criteria := range missing {
		m.memory.products.grow(p.asked, p.setUses(criteria, learned))
	}
	return nil
}

// askUses returns the uses of criteria by Ref.
func (m *Matcher) askUses(ctx context.Context, refs []string) (map[string][]use, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	parts := halves(refs)
	found := make([][]store.Use, len(parts))
	err := spread(ctx, len(parts), func(ctx context.Context, i int) (err error) {
		found[i], err = m.store.Uses(ctx, parts[i])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find the records that use match criteria: %w", err)
	}
	learned := make(map[string][]use, len(refs))
	for _, uses := range found {
		for _, u := range uses {
			learned[u.Ref] = append(learned[u.Ref], use{u.ID, u.Affects})
		}
	}
	return learned, nil
}

// unknownUses returns those of the criteria found whose uses are not known.
func (p *product) unknownUses(found []finding) []*criterion {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []*criterion
	for _, f := range found {
		if _, known := p.uses[f.criterion]; !known {
			out = append(out, f.criterion)
		}
	}
	return out
}

// setUses remembers the uses of criteria, which may be none, and returns how
// many bytes more that takes.
func (p *product) setUses(criteria map[*criterion]bool, learned map[string][]use) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	grown := 0
	for c := range criteria {
		if _, known := p.uses[c]; !known {
			p.uses[c] = learned[c.ref]
			grown += 1 + len(learned[c.ref])
		}
	}
	return int64(grown) * weightOfUse
}

func (p *product) usesOf(c *criterion) []use {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.uses[c]
}
