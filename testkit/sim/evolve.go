package sim

import (
	"slices"
	"time"
)

// entries gives the dictionary, which is made when it is first wanted. Callers
// hold the lock for writing.
func (u *Upstream) entries() *dictionary {
	if u.dictionary == nil {
		u.dictionary = newDictionary(u.author, u.states, u.now)
	}
	return u.dictionary
}

// wanted makes sure that there is a dictionary.
func (u *Upstream) wanted() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.entries()
}

// evolve makes the nth change of the dictionary itself: CVE edits do not
// announce these.
func (b *dictionary) evolve(n uint64, at int64) {
	d := roll(b.author.seed, n, 'e')
	if len(b.names) == 0 || len(b.criteria) == 0 {
		return
	}
	switch n % 3 {
	case 0:
		b.grow(b.names[d.n(len(b.names))].of, d, at)
	case 1:
		b.revise(b.names[d.n(len(b.names))], d, at)
	default:
		b.touch(b.criteria[d.n(len(b.criteria))], at)
	}
	if n%8 == 5 {
		b.review(b.sources[d.n(len(b.sources))], at)
	}
}

// grow adds a name that was not there before to a product.
func (b *dictionary) grow(l *listing, d *dice, at int64) {
	version := l.version(d)
	for l.has(l.prefix + spelling{cpeVersion(version), "*", "*"}.String()) {
		version = later(version, 1)
	}
	b.name(l, spelling{cpeVersion(version), "*", "*"}, at)
}

// regroup notes that the names some criteria hold have changed.
func (b *dictionary) regroup(n *cpeName, at int64) {
	for _, c := range n.of.criteria {
		if c.holds(n) {
			c.cpeModified = at
		}
	}
}

// revise changes a name's title or deprecates it.
func (b *dictionary) revise(n *cpeName, d *dice, at int64) {
	if d.n(2) == 0 && n.deprecate(n.of.names[d.n(len(n.of.names))], at) {
		return
	}
	n.titles++
	n.modified = at
}

// touch changes a criterion: one that no record speaks of is retired or put to
// use again.
func (b *dictionary) touch(c *criterion, at int64) {
	if !c.used {
		c.active = !c.active
	}
	c.modified = at
}

// review changes what NVD thinks of a source.
func (b *dictionary) review(o *organization, at int64) {
	o.reviews++
	o.modified = at
}

// vanish takes names out that neither replace others nor are replaced.
func (b *dictionary) vanish(n int, d *dice, at int64) []string {
	var gone []string
	for tries := 50 * n; len(gone) < n && tries > 0 && len(b.names) > 0; tries-- {
		i := d.n(len(b.names))
		name := b.names[i]
		if len(name.heirs)+len(name.ancestors) > 0 {
			continue
		}
		b.regroup(name, at)
		b.names = slices.Delete(b.names, i, i+1)
		name.of.names = slices.DeleteFunc(name.of.names, func(other *cpeName) bool { return other == name })
		gone = append(gone, name.text)
	}
	return gone
}

// RemoveNames has n CPE names vanish, as upstream drops some without a word,
// and gives them. What they belonged to tells of the change by its
// cpeLastModified, at a millisecond after the present. It gives fewer when there
// are not so many.
func (u *Upstream) RemoveNames(n int) []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	b := u.entries()
	u.now = u.now.Add(time.Millisecond)
	gone := b.vanish(n, roll(u.options.Seed, uint64(u.now.UnixMilli()), 'v'), u.now.UnixMilli())
	u.issueArchives()
	return gone
}
