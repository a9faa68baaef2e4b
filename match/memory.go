package match

import (
	"context"
	"fmt"
	"iter"

	"vulnmirror/cpe"
	"vulnmirror/format/nvd"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// How many bytes a Matcher remembers of each, roughly.
const (
	productMemory = 48 << 20
	recordMemory  = 16 << 20
)

// memory is what was learned from one state of a store.
type memory struct {
	products *lru[store.Product, *product]
	records  *lru[string, *record]
}

func newMemory() *memory {
	return &memory{newLRU[store.Product, *product](productMemory), newLRU[string, *record](recordMemory)}
}

// product returns the criteria that may describe products like name, and under
// which key they are remembered.
func (m *Matcher) product(ctx context.Context, name cpe.Name) (*product, store.Product, error) {
	asked := store.Product{Part: literal(name.Part()), Vendor: literal(name.Vendor()), Product: literal(name.Product())}
	if p, ok := m.memory.products.get(asked); ok {
		return p, asked, nil
	}
	criteria, err := m.store.Criteria(ctx, asked)
	if err != nil {
		return nil, asked, fmt.Errorf("find match criteria for %s: %w", name, err)
	}
	p := newProduct(criteria)
	m.memory.products.put(asked, p, p.weight())
	return p, asked, nil
}

// literal is a value as a store is asked for it: empty when it is open.
func literal(v cpe.Value) string {
	if v == cpe.Any || v.Wild() {
		return ""
	}
	return string(v)
}

// fewCriteria is up to how many criteria a product's uses are asked for all at
// once: the next of its versions then needs nothing from the store.
const fewCriteria = 64

// uses returns where the criteria found are used, in the order of found.
func (m *Matcher) uses(ctx context.Context, p *product, asked store.Product, found []finding) ([][]use, error) {
	out := make([][]use, len(found))
	p.mu.Lock()
	var missing []*criterion
	for i, f := range found {
		uses, known := p.uses[f.criterion]
		if !known {
			missing = append(missing, f.criterion)
		}
		out[i] = uses
	}
	p.mu.Unlock()
	if len(missing) == 0 {
		return out, nil
	}
	if len(p.criteria) <= fewCriteria {
		missing = missing[:0]
		for i := range p.criteria {
			missing = append(missing, &p.criteria[i])
		}
	}
	learned, err := m.askUses(ctx, missing)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	grown := int64(0)
	for _, c := range missing {
		if _, known := p.uses[c]; !known {
			p.uses[c] = learned[c.Ref]
			grown += int64(1+len(learned[c.Ref])) * weightOfUse
		}
	}
	p.mu.Unlock()
	m.memory.products.grow(asked, grown)
	for i, f := range found {
		if out[i] == nil {
			out[i] = learned[f.Ref]
		}
	}
	return out, nil
}

func (m *Matcher) askUses(ctx context.Context, criteria []*criterion) (map[string][]use, error) {
	refs := make([]string, len(criteria))
	for i, c := range criteria {
		refs[i] = c.Ref
	}
	all, err := m.store.Uses(ctx, refs)
	if err != nil {
		return nil, fmt.Errorf("find the records that use match criteria: %w", err)
	}
	learned := make(map[string][]use, len(refs))
	for _, u := range all {
		learned[u.Ref] = append(learned[u.Ref], use{u.ID, u.Affects})
	}
	return learned, nil
}

// record is what matching needs of a CVE record.
type record struct {
	status    string
	best      *vuln.Score
	kev       bool
	statement statement
}

// recall returns the records with these ids. One that is gone is left out: it
// changed after its criteria were found.
func (m *Matcher) recall(ctx context.Context, ids []string) (map[string]*record, error) {
	out := make(map[string]*record, len(ids))
	var missing []string
	for _, id := range ids {
		if r, ok := m.memory.records.get(id); ok {
			out[id] = r
		} else {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return out, nil
	}
	for r, err := range m.store.List(ctx, store.Query{Kind: vuln.KindCVE, IDs: missing, Order: store.ByID}) {
		if err != nil {
			return nil, fmt.Errorf("read the records found: %w", err)
		}
		full, err := nvd.DecodeCVE(r.Body)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", r.ID, err)
		}
		known := &record{status: r.Status, best: r.Facts.Best, kev: full.Facts.KEV != nil, statement: newStatement(full.Facts.Criteria)}
		m.memory.records.put(r.ID, known, 300+220*int64(len(full.Facts.Criteria)))
		out[r.ID] = known
	}
	return out, nil
}

// Store is what matching asks. store.Reader and store.Snapshot are such.
type Store interface {
	store.Applicability
	List(ctx context.Context, q store.Query) iter.Seq2[vuln.Record, error]
}
