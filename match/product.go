package match

import (
	"strings"
	"sync"

	"vulnmirror/cpe"
	"vulnmirror/store"
	"vulnmirror/version"
)

// product is the match criteria that may describe a product, ready to be asked
// about many of its versions.
type product struct {
	criteria []criterion
	exact    map[cpe.Value][]int32 // those of one version, NA too, by it
	open     []int32               // the others
	listed   map[string][]int32    // those whose list of names is held, by matchCriteriaId in upper case
	order    order

	asked store.Product // under which it is remembered

	mu   sync.Mutex
	uses map[*criterion][]use // as far as they were asked for
}

// newProduct reads criteria. One that is no CPE name describes nothing, and is
// left out.
func newProduct(asked store.Product, criteria []store.Criterion) *product {
	p := &product{
		asked:    asked,
		criteria: make([]criterion, 0, len(criteria)),
		exact:    make(map[cpe.Value][]int32),
		uses:     make(map[*criterion][]use),
	}
	keys := make([]key, len(criteria))
	ranges := make([]version.Range, len(criteria))
	for i := range criteria {
		keys[i] = keyOf(&criteria[i].MatchCriteria)
		ranges[i] = keys[i].Value().bounds()
	}
	p.order = newOrder(ranges)
	for i, c := range criteria {
		name, err := cpe.ParseLenient(keys[i].Value().criteria)
		if err != nil {
			continue
		}
		p.add(criterion{
			ref: c.Ref, key: keys[i], expanded: c.Expanded,
			name: name, plain: plain(name), within: p.order.span(ranges[i]),
		})
	}
	return p
}

func (p *product) add(c criterion) {
	i := int32(len(p.criteria))
	p.criteria = append(p.criteria, c)
	if v := c.name.Version(); v == cpe.Any || v.Wild() {
		p.open = append(p.open, i)
	} else {
		p.exact[v] = append(p.exact[v], i)
	}
	if c.expanded {
		if p.listed == nil {
			p.listed = make(map[string][]int32)
		}
		id := strings.ToUpper(c.key.Value().id)
		p.listed[id] = append(p.listed[id], i)
	}
}

// weight is roughly how many bytes the product keeps in memory.
func (p *product) weight() int64 {
	total := int64(256)
	for i := range p.criteria {
		c := &p.criteria[i]
		s := c.key.Value()
		total += 450 + int64(len(s.criteria)+len(s.id)+len(c.ref))
	}
	return total
}

// plain reports whether a name restricts nothing after its version.
func plain(name cpe.Name) bool {
	for a := cpe.Update; a < cpe.Attributes; a++ {
		if name.At(a) != cpe.Any {
			return false
		}
	}
	return true
}

// finding is a criterion that describes a name, or may.
type finding struct {
	*criterion
	truth  Truth // True or Unknown
	listed bool  // its list of names decided
}

// findings returns the criteria that describe a name, or may, by components and
// bounds, each once.
func (p *product) findings(name cpe.Name) []finding {
	var out []finding
	v := name.Version()
	var at place
	if !v.Logical() && !v.Wild() {
		at = p.order.place(string(v))
	}
	ask := func(i int32) {
		c := &p.criteria[i]
		if truth := c.describes(name, at); truth != False {
			out = append(out, finding{criterion: c, truth: truth})
		}
	}
	if v == cpe.Any || v.Wild() {
		for i := range p.criteria {
			ask(int32(i))
		}
		return out
	}
	for _, i := range p.exact[v] {
		ask(i)
	}
	for _, i := range p.open {
		ask(i)
	}
	return out
}

// decided is what is left of the findings about a name when the dictionary has
// been heard.
func (p *product) decided(found []finding, listing store.Listing) []finding {
	if !listing.Known {
		return found
	}
	return p.correct(found, listing.Criteria)
}

// correct gives the last word to the lists of names: ids are the criteria whose
// list has the name the findings are about.
func (p *product) correct(found []finding, ids []string) []finding {
	inList := make(map[*criterion]bool)
	for _, id := range ids {
		for _, i := range p.listed[strings.ToUpper(id)] {
			inList[&p.criteria[i]] = true
		}
	}
	out := found[:0]
	for _, f := range found {
		switch {
		case inList[f.criterion]:
			continue
		case f.expanded && f.truth == True:
			continue
		}
		out = append(out, f)
	}
	for i := range p.criteria {
		if c := &p.criteria[i]; inList[c] {
			out = append(out, finding{c, True, true})
		}
	}
	return out
}
