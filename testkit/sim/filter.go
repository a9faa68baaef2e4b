package sim

import (
	"slices"
	"strings"
)

// filter is what the endpoints beside the CVE one can be asked for; what is ""
// or nil was not asked for.
type filter struct {
	cve      string
	id       string // cpeNameId, matchCriteriaId of cpematch, sourceIdentifier
	criteria string // matchCriteriaId of cpes
	pattern  []string
	event    string
	during   *span
}

// choose counts the records that match a request and gives those of the page.
// Callers hold the lock until the records have been written.
func (u *Upstream) choose(p *page) (total int, part []item) {
	switch p.kind {
	case CPEs:
		b := u.dictionary
		held := b.heldBy(p.criteria)
		return choose(b.names, p, func(n *cpeName) bool { return n.fits(p, held) }, (*cpeName).body)
	case MatchCriteria:
		used := u.usedBy(p.cve)
		return choose(u.dictionary.criteria, p, func(c *criterion) bool { return c.fits(p, used) }, (*criterion).body)
	case Sources:
		return choose(u.dictionary.sources, p, func(o *organization) bool { return o.fits(p) }, (*organization).body)
	case Changes:
		total, part = choose(u.dictionary.changes, p, func(e *event) bool { return e.fits(p) },
			func(e *event, dst []byte) []byte { return e.body(dst, u.author) })
		if p.start >= total {
			total = 0 // past the end this endpoint forgets how many there are
		}
		return total, part
	default:
		return p.choose(u.states, u.author)
	}
}

func choose[T any](all []T, p *page, fits func(T) bool, body func(T, []byte) []byte) (total int, part []item) {
	for _, one := range all {
		if !fits(one) {
			continue
		}
		if total >= p.start && len(part) < p.size {
			part = append(part, func(dst []byte) []byte { return body(one, dst) })
		}
		total++
	}
	return total, part
}

func (n *cpeName) fits(p *page, held map[*cpeName]bool) bool {
	return p.during.holds(n.modified) && (p.id == "" || strings.EqualFold(p.id, n.id())) &&
		(p.criteria == "" || held[n]) && overlaps(p.pattern, n.text) &&
		(p.words == nil || p.said(n.spoken()))
}

// spoken is what a keyword search looks at: titles and references.
func (n *cpeName) spoken() string {
	var refs document
	n.writeRefs(&refs)
	return n.title() + " " + string(refs.b)
}

func (c *criterion) fits(p *page, used map[uint64]bool) bool {
	return (p.during.holds(c.modified) || c.cpeModified != 0 && p.during.holds(c.cpeModified)) &&
		(p.id == "" || strings.EqualFold(p.id, c.id())) && (p.cve == "" || used[c.number]) && overlaps(p.pattern, c.text)
}

func (o *organization) fits(p *page) bool {
	return p.during.holds(o.modified) && (p.id == "" || slices.Contains(o.identifiers, p.id))
}

func (e *event) fits(p *page) bool {
	return p.during.holds(e.created) && (p.cve == "" || p.cve == e.record.id()) && (p.event == "" || p.event == e.what.String())
}

// overlaps compares component by component; "*" on either side, and what a
// pattern leaves out, stands for anything.
func overlaps(pattern []string, text string) bool {
	if pattern == nil {
		return true
	}
	parts := strings.Split(text, ":")
	for i, want := range pattern {
		if want != "*" && parts[i] != "*" && want != parts[i] {
			return false
		}
	}
	return true
}

// heldBy gives the names a criterion holds; nil when none was asked for.
func (b *dictionary) heldBy(id string) map[*cpeName]bool {
	if id == "" {
		return nil
	}
	held := map[*cpeName]bool{}
	for _, c := range b.criteria {
		if strings.EqualFold(id, c.id()) {
			for _, n := range c.matches() {
				held[n] = true
			}
		}
	}
	return held
}

// usedBy gives the criteria in a record's configurations; nil when none was
// asked for.
func (u *Upstream) usedBy(cve string) map[uint64]bool {
	if cve == "" {
		return nil
	}
	used := map[uint64]bool{}
	for i := range u.states {
		if s := &u.states[i]; s.id() == cve && s.status.enriched() {
			u.author.criteriaOf(s, func(_ product, criteria string, limits bounds) { used[statement(criteria, limits)] = true })
		}
	}
	return used
}
