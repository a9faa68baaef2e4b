package sim

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// bulk is a dictionary of any size whose records are written from their numbers
// alone; eight bytes are kept of each. Products follow a power law: the first
// has thousands of versions, most have a handful. It does not belong to any CVE
// records.
type bulk struct {
	author     author
	now        time.Time
	versions   []int32 // how many names each product has
	statements []int32 // and how many criteria
	names      []place // in NVD's order
	criteria   []place
}

// place is the nth name or criterion of a product.
type place struct{ product, n int32 }

// Constants of the power law, which together give about what NVD has: thirteen
// names a product, ten thousand for the first of a million and a half.
const (
	namesEach    = 12.5
	criteriaEach = 5.0
	decline      = -0.68
	// together is how many names of a product are added at about the same time.
	together = 16
)

func newBulk(seed uint64, names, criteria int, now time.Time) *bulk {
	b := &bulk{author: author{seed}, now: now}
	products := max(1, int(float64(names)/namesEach), int(float64(criteria)/criteriaEach))
	b.versions, b.statements = shares(names, products), shares(criteria, products)
	b.names = b.spread(b.versions, together, 'n')
	b.criteria = b.spread(b.statements, 1, 'c')
	return b
}

// shares divides so many things among n products by rank; each gets one at least
// as far as there are enough.
func shares(total, n int) []int32 {
	sum := 0.0
	for rank := range n {
		sum += math.Pow(float64(rank+1), decline)
	}
	of := make([]int32, n)
	given, exact := 0, 0.0
	spare := max(0, total-n)
	for rank := range of {
		exact += math.Pow(float64(rank+1), decline) / sum
		upTo := min(total, int(exact*float64(spare)+0.5)+rank+1)
		of[rank] = int32(upTo - given)
		given = upTo
	}
	of[0] += int32(total - given)
	return of
}

// spread mixes what belongs to the products, leaving runs of up to so many
// together.
func (b *bulk) spread(counts []int32, run int32, salt uint64) []place {
	var runs []place
	total := 0
	for p, count := range counts {
		for n := int32(0); n < count; n += run {
			runs = append(runs, place{int32(p), n})
		}
		total += int(count)
	}
	d := roll(b.author.seed, salt, 'x')
	for i := len(runs) - 1; i > 0; i-- {
		j := d.n(i + 1)
		runs[i], runs[j] = runs[j], runs[i]
	}
	if run == 1 {
		return runs
	}
	all := make([]place, 0, total)
	for _, r := range runs {
		for n := r.n; n < min(r.n+run, counts[r.product]); n++ {
			all = append(all, place{r.product, n})
		}
	}
	return all
}

// line is a product with its versions, which are numbered in their order; the
// first is "-".
type line struct {
	listing
	count         int // names
	most          int // names or criteria, whichever are more
	minors, fixes int
	first         int
	style         uint64
	target        string
}

// line gives the product with this number.
func (b *bulk) line(number int) *line {
	d := roll(b.author.seed, 0x6c696e65, uint64(number))
	vendor := productAt(b.author.seed, int(float64(len(b.versions))*d.share()*d.share())).vendor
	name := adjectives[number%len(adjectives)] + " " + things[number/len(adjectives)%len(things)]
	if series := number / len(adjectives) / len(things); series > 0 {
		name += " " + strconv.Itoa(100*series)
	}
	part := []byte{'a', 'a', 'a', 'a', 'a', 'a', 'o', 'o', 'h', 'a'}[d.n(10)]
	l := &line{count: int(b.versions[number]), target: "*"}
	l.most = max(l.count, int(b.statements[number]))
	l.product = newProduct(vendor, name, part, d.next())
	l.minors, l.fixes, l.first, l.style = 3+d.n(18), 2+d.n(20), d.n(4), l.seed%8
	if d.n(9) == 0 {
		l.target = pick(d, targets)
	}
	return l
}

// version spells the nth version as text, n from 1 on.
func (l *line) version(n int) string {
	n--
	fix, minor, major := n%l.fixes, n/l.fixes%l.minors, l.first+n/l.fixes/l.minors
	switch {
	case l.style == 0:
		return fmt.Sprintf("%d.%d(%d)", 9+major, minor, fix+1)
	case l.style == 1 && l.count < 200:
		return fmt.Sprintf("%d.%02d", 2009+n/12, 1+n%12)
	case l.style == 2:
		return strconv.Itoa(major) + "." + strconv.Itoa(minor*l.fixes+fix)
	case l.style == 3:
		return fmt.Sprintf("%d.%d.%d.%d", major, minor, 10000+37*fix, (n*7919)%9000)
	default:
		return strconv.Itoa(major) + "." + strconv.Itoa(minor) + "." + strconv.Itoa(fix)
	}
}

// spelled gives the nth version as it stands in CPE names.
func (l *line) spelled(n int) string {
	if n == 0 {
		return "-"
	}
	return cpeVersion(l.version(n))
}

// name gives the nth name.
func (l *line) name(n int) *cpeName {
	sp := spelling{l.spelled(n), "*", l.target}
	if n > 0 && roll(l.seed, uint64(n), 'u').n(16) == 0 {
		sp.update = "rc" + strconv.Itoa(1+n%3)
	}
	return &cpeName{of: &l.listing, spelling: sp, text: l.prefix + sp.String()}
}

// outdated tells whether the nth name is deprecated, by the one after it.
func (l *line) outdated(n int) bool {
	return n > 0 && n%2 == 0 && n+1 < l.count && roll(l.seed, uint64(n), 'o').n(6) == 0
}

// when gives the moments of the ith of so many records: they are added in order.
func (b *bulk) when(i, total int) (created, modified int64) {
	first := time.Date(2007, 8, 23, 21, 5, 57, 937e6, time.UTC).UnixMilli()
	span := float64(b.now.UnixMilli() - first)
	at := span * math.Pow(float64(i)/float64(total), 0.7)
	d := roll(b.author.seed, uint64(i), 'w')
	u := d.share()
	return first + int64(at), first + int64(at+u*u*u*(span-at))
}

// appendName appends the compact JSON of the ith name.
func (b *bulk) appendName(dst []byte, i int) []byte {
	p := b.names[i]
	l, k := b.line(int(p.product)), int(p.n)
	n := l.name(k)
	n.created, n.modified = b.when(i, len(b.names))
	if l.outdated(k) {
		n.heirs = []*cpeName{l.name(k + 1)}
	}
	if k > 0 && l.outdated(k-1) {
		n.ancestors = []*cpeName{l.name(k - 1)}
	}
	return n.body(dst)
}

// appendCriterion appends the compact JSON of the ith match criterion.
func (b *bulk) appendCriterion(dst []byte, i int) []byte {
	p := b.criteria[i]
	l := b.line(int(p.product))
	sp, limits, from, to := l.meant(int(p.n))
	text := l.prefix + sp.String()
	c := &criterion{of: &l.listing, spelling: sp, limits: limits, text: text, number: statement(text, limits), active: i%40 != 0}
	c.created, c.modified = b.when(i, len(b.criteria))
	c.cpeModified = c.modified
	for n := from; n < min(to, l.count); n++ {
		l.names = append(l.names, l.name(n))
	}
	return c.write(dst, l.names)
}

// meant gives the nth criterion of a product, and the versions from, up to but
// not including to, that lie inside. The first two are about no version and about
// all; three of five others about one each, now and then with an update that no
// name has, and the rest about ranges.
func (l *line) meant(n int) (sp spelling, limits bounds, from, to int) {
	sp = spelling{"*", "*", l.target}
	d := roll(l.seed, uint64(n), 'l')
	switch {
	case n == 0:
		sp.version = "-"
		return sp, limits, 0, 1
	case n == 1:
		return sp, limits, 0, l.count
	case n%5 > 1 && d.n(4) == 0:
		sp.version, sp.update = l.spelled(n), "patch"+strconv.Itoa(n)
		return sp, limits, n, n
	case n%5 > 1:
		sp.version = l.spelled(n)
		return sp, limits, n, n + 1
	}
	const prime = 1_000_003 // more than any product has: no two ranges end alike
	end := 2 + n*prime%l.most
	from, to = max(1, end-int(d.share()*float64(end))-1), end
	if from > 1 || d.n(3) == 0 {
		limits.startIncluding = l.version(from)
	} else {
		from = 1
	}
	if d.n(4) == 0 {
		limits.endIncluding = l.version(end)
		return sp, limits, from, to + 1
	}
	limits.endExcluding = l.version(end)
	return sp, limits, from, to
}
