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

// Store is what matching asks. store.Reader and store.Snapshot are such.
type Store interface {
	store.Applicability
	List(ctx context.Context, q store.Query) iter.Seq2[vuln.Record, error]
}

// How many bytes a Matcher remembers of each, roughly.
const (
	productMemory   = 32 << 20
	listingMemory   = 8 << 20
	detailMemory    = 12 << 20
	statementMemory = 12 << 20
)

// memory is what was learned from one state of a store.
type memory struct {
	products   *lru[store.Product, *product]
	listings   *lru[cpe.Name, store.Listing]
	details    *lru[string, *detail]
	statements *lru[string, statement]
}

func newMemory() *memory {
	return &memory{
		newLRU[store.Product, *product](productMemory),
		newLRU[cpe.Name, store.Listing](listingMemory),
		newLRU[string, *detail](detailMemory),
		newLRU[string, statement](statementMemory),
	}
}

// about is what a store is asked about a name: the values that are open are
// left out.
func about(name cpe.Name) store.Product {
	literal := func(v cpe.Value) string {
		if v == cpe.Any || v.Wild() {
			return ""
		}
		return string(v)
	}
	return store.Product{Part: literal(name.Part()), Vendor: literal(name.Vendor()), Product: literal(name.Product())}
}

// product returns the criteria that may describe a product.
func (m *Matcher) product(ctx context.Context, asked store.Product) (*product, error) {
	if p, ok := m.memory.products.get(asked); ok {
		return p, nil
	}
	criteria, err := m.store.Criteria(ctx, asked)
	if err != nil {
		return nil, fmt.Errorf("find the match criteria of %s:%s: %w", asked.Vendor, asked.Product, err)
	}
	p := newProduct(asked, criteria)
	m.memory.products.put(asked, p, p.weight())
	return p, nil
}

// listing returns what the dictionary knows of a name.
func (m *Matcher) listing(ctx context.Context, name cpe.Name) (store.Listing, error) {
	if l, ok := m.memory.listings.get(name); ok {
		return l, nil
	}
	l, err := m.store.Listed(ctx, name.String())
	if err != nil {
		return l, fmt.Errorf("look %s up in the dictionary: %w", name, err)
	}
	m.memory.listings.put(name, l, 300+64*int64(len(l.Criteria)))
	return l, nil
}

// detail is what results tell of a record.
type detail struct {
	status string
	best   *vuln.Score
	kev    bool
}

// weightOfDetail is roughly how many bytes a remembered detail takes.
const weightOfDetail = 400

// details returns what is to be told of the records with these ids. One that is
// gone is left out: it changed after its criteria were found.
func (m *Matcher) details(ctx context.Context, ids []string) (map[string]*detail, error) {
	known, missing := m.memory.details.among(ids)
	if len(missing) == 0 {
		return known, nil
	}
	parts := halves(missing)
	read := make([]map[string]*detail, len(parts))
	err := spread(ctx, len(parts), func(ctx context.Context, i int) (err error) {
		read[i], err = m.readDetails(ctx, parts[i])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the records found: %w", err)
	}
	for _, part := range read {
		for id, d := range part {
			known[id] = d
			m.memory.details.put(id, d, weightOfDetail)
		}
	}
	return known, nil
}

func (m *Matcher) readDetails(ctx context.Context, ids []string) (map[string]*detail, error) {
	out := make(map[string]*detail, len(ids))
	q := store.Query{Kind: vuln.KindCVE, IDs: ids, Order: store.ByID}
	for r, err := range m.store.List(ctx, q) {
		if err != nil {
			return nil, err
		}
		out[r.ID] = &detail{status: r.Status, best: r.Facts.Best}
	}
	q.InKEV = true
	for r, err := range m.store.List(ctx, q) {
		if err != nil {
			return nil, err
		}
		if d := out[r.ID]; d != nil {
			d.kev = true
		}
	}
	return out, nil
}

// statementsOf returns the applicability statements of the records with these
// ids. One that is gone is left out.
func (m *Matcher) statementsOf(ctx context.Context, ids []string) (map[string]statement, error) {
	known, missing := m.memory.statements.among(ids)
	if len(missing) == 0 {
		return known, nil
	}
	parts := halves(missing)
	read := make([]map[string]statement, len(parts))
	err := spread(ctx, len(parts), func(ctx context.Context, i int) error {
		read[i] = make(map[string]statement, len(parts[i]))
		for r, err := range m.store.List(ctx, store.Query{Kind: vuln.KindCVE, IDs: parts[i], Order: store.ByID}) {
			if err != nil {
				return err
			}
			full, err := nvd.DecodeCVE(r.Body)
			if err != nil {
				return fmt.Errorf("%s: %w", r.ID, err)
			}
			read[i][r.ID] = newStatement(full.Facts.Criteria)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the records found: %w", err)
	}
	for _, part := range read {
		for id, s := range part {
			known[id] = s
			m.memory.statements.put(id, s, s.weight())
		}
	}
	return known, nil
}
