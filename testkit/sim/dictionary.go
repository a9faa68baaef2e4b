package sim

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// dictionary is everything NVD keeps beside the CVE records: CPE names, match
// criteria, sources and the change history. It follows from the records, is
// made when it is first asked for or first changed, and grows from there. Lists
// are in NVD's order, by creation.
type dictionary struct {
	author   author
	now      int64
	names    []*cpeName
	criteria []*criterion
	sources  []*organization
	changes  []*event

	listings map[string]*listing      // by the beginning of CPE names
	known    map[uint64]bool          // criteria by their number
	homes    map[string]*organization // sources by their vendor
}

// listing is what the dictionary has about one product.
type listing struct {
	product
	names    []*cpeName
	criteria []*criterion
}

// has tells whether a name is there already.
func (l *listing) has(text string) bool {
	return slices.ContainsFunc(l.names, func(n *cpeName) bool { return n.text == text })
}

// mostNames bounds the names of a product that come from criteria: a criterion
// for all versions lists every name, and popular products have many of those.
const mostNames = 40

// manyVersions is how many branches the well-known product has, and versions of
// each, unless there are few records: some criteria list names by the thousand.
const manyVersions = 55

// newDictionary makes the dictionary that belongs to records as they first were.
func newDictionary(a author, states []state, now time.Time) *dictionary {
	b := &dictionary{
		author: a, now: now.UnixMilli(),
		listings: map[string]*listing{}, known: map[uint64]bool{}, homes: map[string]*organization{},
	}
	for _, id := range []string{sourceNVD, sourceMITRE, sourceADP, sourceCopy} {
		b.report(id, "", b.early(hashText(5, id)))
	}
	if len(states) >= giantFrom {
		b.listWellKnown()
	}
	for i := range states {
		s := &states[i]
		d := roll(a.seed, uint64(s.number), 'd')
		b.enter(s, min(b.now, s.published+int64(d.n(30))*day.Milliseconds()+int64(d.n(86_400_000))))
		b.remember(s, d)
	}
	b.retire()
	slices.SortStableFunc(b.names, func(x, y *cpeName) int {
		return cmp.Or(cmp.Compare(x.created, y.created), cmp.Compare(x.text, y.text))
	})
	slices.SortStableFunc(b.criteria, func(x, y *criterion) int {
		return cmp.Or(cmp.Compare(x.created, y.created), cmp.Compare(x.text, y.text))
	})
	slices.SortStableFunc(b.sources, func(x, y *organization) int { return cmp.Compare(x.created, y.created) })
	slices.SortStableFunc(b.changes, func(x, y *event) int { return cmp.Compare(x.created, y.created) })
	return b
}

// early is a moment in the years when the dictionary was begun.
func (b *dictionary) early(number uint64) int64 {
	return time.Date(2019, 9, 9, 16, 18, 45, 0, time.UTC).UnixMilli() + int64(mix(number)%3_000_000)
}

// enter adds what a record brings: its reporter, its match criteria, and names
// for them. at is when.
func (b *dictionary) enter(s *state, at int64) {
	sc := b.author.scene(s)
	b.report(b.author.cna(s, &sc), sc.vendor, at)
	if s.status == rejected {
		return
	}
	b.author.criteriaOf(s, func(p product, criteria string, limits bounds) { b.use(p, criteria, limits, at) })
}

// criteriaOf calls met with every match criterion of a record, or of what it
// will say once it has been analysed.
func (a author) criteriaOf(s *state, met func(p product, criteria string, limits bounds)) {
	sc := a.scene(s)
	w := document{met: met}
	a.configurations(&w, s, &sc)
}

// list gives what is known about a product, beginning with a few names.
func (b *dictionary) list(p product, at int64) *listing {
	if l := b.listings[p.prefix]; l != nil {
		return l
	}
	l := &listing{product: p}
	b.listings[p.prefix] = l
	d := roll(b.author.seed, hashText(1, p.prefix), 'n')
	if d.n(5) > 0 {
		b.name(l, spelling{"-", "*", "*"}, b.before(at, d))
	}
	for range 2 + d.n(4) + d.n(2)*d.n(20) {
		sp := spelling{cpeVersion(p.version(d)), pick(d, []string{"*", "*", "*", "*", "-", "beta1"}), "*"}
		if d.n(12) == 0 {
			sp.target = pick(d, targets)
		}
		b.name(l, sp, b.before(at, d))
	}
	return l
}

// listWellKnown lists very many versions of the well-known record's product.
func (b *dictionary) listWellKnown() {
	l := b.list(wellKnownScene().product, b.early(1))
	for branch := range manyVersions {
		for version := range manyVersions {
			b.name(l, spelling{fmt.Sprintf("2.%d.%d", branch, version), "*", "*"}, b.early(uint64(branch)))
		}
	}
	b.use(l.product, l.prefix+spelling{"*", "*", "*"}.String(), bounds{}, b.early(2))
}

// before is a moment in the two years before at; of what is made after the
// first load, at itself, since a mirror asks only for what is new.
func (b *dictionary) before(at int64, d *dice) int64 {
	if at > b.now {
		return at
	}
	return at - int64(d.share()*float64(700*day.Milliseconds()))
}

// since is a moment between at and now.
func (b *dictionary) since(at int64, d *dice) int64 {
	return at + int64(d.share()*float64(max(0, b.now-at)))
}

// use adds a match criterion that a record uses, unless it is known already.
func (b *dictionary) use(p product, text string, limits bounds, at int64) {
	number := statement(text, limits)
	if b.known[number] {
		return
	}
	l := b.list(p, at)
	d := roll(b.author.seed, number, 'k')
	c := newCriterion(l, text, limits, number)
	c.created, c.used, c.active = at, true, true
	c.modified = b.since(at, d)
	if d.n(20) > 0 {
		c.cpeModified = b.since(at, d)
	}
	b.add(c)
	if c.version != "*" && !c.odd && d.n(8) > 0 && len(l.names) < mostNames {
		b.name(l, c.spelling, b.before(at, d))
	}
}

// name adds a CPE name, unless it is known already.
func (b *dictionary) name(l *listing, sp spelling, at int64) {
	text := l.prefix + sp.String()
	if l.has(text) {
		return
	}
	n := &cpeName{of: l, spelling: sp, text: text, created: at}
	n.modified = b.since(at, roll(b.author.seed, hashText(2, text), 'm'))
	b.names = append(b.names, n)
	l.names = append(l.names, n)
	if at > b.now {
		b.regroup(n, at)
	}
}

// retire deprecates some names in favour of a neighbour, and adds criteria that
// are no longer used.
func (b *dictionary) retire() {
	for i, n := range b.names {
		d := roll(b.author.seed, hashText(3, n.text), 'r')
		if l := n.of; d.n(14) == 0 && len(l.names) > 1 {
			n.deprecate(l.names[d.n(len(l.names))], 0)
		}
		if i%25 == 0 {
			b.unused(n.of, d, n.created)
		}
	}
}

// unused adds an inactive criterion no record speaks of.
func (b *dictionary) unused(l *listing, d *dice, at int64) {
	limits := bounds{endExcluding: l.version(d)}
	text := l.prefix + spelling{"*", "update" + strconv.Itoa(1+d.n(9)), "*"}.String()
	number := statement(text, limits)
	if b.known[number] {
		return
	}
	c := newCriterion(l, text, limits, number)
	c.created, c.modified = at, b.since(at, d)
	b.add(c)
}

func (b *dictionary) add(c *criterion) {
	b.known[c.number] = true
	b.criteria = append(b.criteria, c)
	c.of.criteria = append(c.of.criteria, c)
}

// spelling is what follows vendor and product in a CPE name, as far as it is
// not always "*".
type spelling struct{ version, update, target string }

func (s spelling) String() string {
	return s.version + ":" + s.update + ":*:*:*:" + s.target + ":*:*"
}

// readSpelling takes a CPE name apart. No invented name has a quoted colon.
func readSpelling(text string) spelling {
	parts := strings.Split(text, ":")
	return spelling{parts[5], parts[6], parts[10]}
}
