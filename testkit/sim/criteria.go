package sim

import (
	"cmp"
	"slices"
	"strings"
)

// criterion is a match string: names of one product, by version.
type criterion struct {
	spelling
	limits                         bounds
	of                             *listing
	number                         uint64
	text                           string
	created, modified, cpeModified int64 // cpeModified 0 = the key is left out
	active, used                   bool
	odd                            bool // spelled so that no name fits, as some of NVD's are
}

func newCriterion(l *listing, text string, limits bounds, number uint64) *criterion {
	return &criterion{
		spelling: readSpelling(text), limits: limits, of: l, number: number, text: text,
		odd: !strings.HasPrefix(text, l.prefix),
	}
}

func (c *criterion) id() string { return string(appendUUID(nil, c.number, upperHex)) }

// holds tells whether a name of the same product is meant.
func (c *criterion) holds(n *cpeName) bool {
	covers := func(mine, theirs string) bool { return mine == "*" || mine == theirs }
	if c.odd || !covers(c.version, n.version) || !covers(c.update, n.update) || !covers(c.target, n.target) {
		return false
	}
	return c.limits == bounds{} || n.version != "-" && c.limits.hold(n.version)
}

// hold tells whether a version lies inside. Versions of one product are spelled
// alike, so that any order of versions agrees with this one.
func (b bounds) hold(version string) bool {
	return (b.startIncluding == "" || order(version, b.startIncluding) >= 0) &&
		(b.startExcluding == "" || order(version, b.startExcluding) > 0) &&
		(b.endIncluding == "" || order(version, b.endIncluding) <= 0) &&
		(b.endExcluding == "" || order(version, b.endExcluding) < 0)
}

// order compares versions by their numbers, and then by their letters.
func order(a, b string) int {
	if newer(a, b) {
		return 1
	}
	if newer(b, a) {
		return -1
	}
	plain := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, `\`, "")) }
	return cmp.Compare(plain(a), plain(b))
}

// matches lists the names a criterion holds.
func (c *criterion) matches() []*cpeName {
	return slices.DeleteFunc(slices.Clone(c.of.names), func(n *cpeName) bool { return !c.holds(n) })
}

// body appends the criterion's compact JSON, keys in NVD's order.
func (c *criterion) body(dst []byte) []byte { return c.write(dst, c.matches()) }

func (c *criterion) write(dst []byte, matches []*cpeName) []byte {
	w := document{b: dst}
	w.b = append(w.b, '{')
	w.field("matchCriteriaId", c.id())
	w.field("criteria", c.text)
	w.limits(c.limits)
	w.when("lastModified", moment(c.modified))
	if c.cpeModified != 0 {
		w.when("cpeLastModified", moment(c.cpeModified))
	}
	w.when("created", moment(c.created))
	w.field("status", map[bool]string{true: "Active", false: "Inactive"}[c.active])
	w.nameList("matches", matches)
	w.b = append(w.b, '}')
	return w.b
}
