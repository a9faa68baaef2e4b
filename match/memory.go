package match

import (
	"context"
	"fmt"
	"iter"
	"maps"

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
	return m.remember(asked, criteria), nil
}

func (m *Matcher) remember(asked store.Product, criteria []store.Criterion) *product {
	p := newProduct(asked, criteria)
	m.memory.products.put(asked, p, p.weight())
	return p
}

// products returns the criteria that may describe each of the products. Those
// that are named in full are asked for together.
func (m *Matcher) products(ctx context.Context, asked []store.Product) (map[store.Product]*product, error) {
	known, missing := m.memory.products.among(asked)
	named := missing[:0:0]
	for _, a := range missing {
		if a.Part != "" && a.Vendor != "" && a.Product != "" {
			named = append(named, a)
			continue
		}
		p, err := m.product(ctx, a)
		if err != nil {
			return nil, err
		}
		known[a] = p
	}
	if len(named) == 0 {
		return known, nil
	}
	parts := halves(named)
	read := make([]map[store.Product]*product, len(parts))
	err := spread(ctx, len(parts), func(ctx context.Context, i int) error {
		criteria, err := m.store.Criteria(ctx, parts[i]...)
		if err != nil {
			return fmt.Errorf("find the match criteria of %d products: %w", len(parts[i]), err)
		}
		read[i] = make(map[store.Product]*product, len(parts[i]))
		own, open := byProduct(criteria)
		for _, a := range parts[i] {
			read[i][a] = m.remember(a, append(own[a], open...))
		}
		return nil
	})
	for _, part := range read {
		maps.Copy(known, part)
	}
	return known, err
}

// byProduct tells the criteria of each product apart; open are those that may
// be about any.
func byProduct(criteria []store.Criterion) (own map[store.Product][]store.Criterion, open []store.Criterion) {
	own = make(map[store.Product][]store.Criterion)
	for _, c := range criteria {
		name, err := cpe.ParseLenient(c.Criteria)
		if err != nil {
			continue // it describes nothing
		}
		if a := about(name); a.Part != "" && a.Vendor != "" && a.Product != "" {
			own[a] = append(own[a], c)
		} else {
			open = append(open, c)
		}
	}
	return own, open
}

// listingsOf returns what the dictionary knows of the names.
func (m *Matcher) listingsOf(ctx context.Context, names []cpe.Name) (map[cpe.Name]store.Listing, error) {
	known, missing := m.memory.listings.among(names)
	if len(missing) == 0 {
		return known, nil
	}
	parts := halves(missing)
	read := make([][]store.Listing, len(parts))
	err := spread(ctx, len(parts), func(ctx context.Context, i int) (err error) {
		texts := make([]string, len(parts[i]))
		for j, name := range parts[i] {
			texts[j] = name.String()
		}
		read[i], err = m.store.Listed(ctx, texts...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look %d names up in the dictionary: %w", len(missing), err)
	}
	for i, part := range parts {
		for j, name := range part {
			l := read[i][j]
			known[name] = l
			m.memory.listings.put(name, l, 300+64*int64(len(l.Criteria)))
		}
	}
	return known, nil
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
