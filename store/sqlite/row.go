package sqlite

import (
	"database/sql/driver"
	"strconv"

	"vulnmirror/vuln"
)

// shared are the numbers by which a record's row refers to shared rows.
type shared struct {
	kind, status, reporter, feed      int64
	sources, weaknesses, tags, scores any // number, or nil for the empty set
}

func (a *applier) insert(record int64, r *vuln.Record, d *draft) error {
	if n := tableOf(r.Kind); tables[n].entry {
		return a.insertEntry(n, record, r, d)
	}
	s, err := a.share(r, d)
	if err != nil {
		return err
	}
	if err := a.w.exec("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
		record, s.kind, r.ID, vuln.FeedYear(r.ID), d.published, d.modified, s.status, s.reporter, s.feed,
		s.sources, s.weaknesses, s.tags, s.scores, d.best, d.flags, a.revision, a.origin, d.hash[:], d.text, r.Converted); err != nil {
		return err
	}
	a.of[0].wordings.set(record, d.words, false)
	if err := a.w.exec("INSERT INTO body VALUES (?, ?)", record, d.body); err != nil {
		return err
	}
	return a.children(record, r, d)
}

// replace keeps the version held, unless it is to be forgotten, and puts the new
// one in its place.
func (a *applier) replace(held head, r *vuln.Record, d *draft) error {
	n, record := tableOf(r.Kind), held.record
	t := &tables[n]
	if !a.forgets {
		if err := a.w.exec(`INSERT INTO version (record, published, modified, status, reporter, feed, converted, origin, hash, body)
			SELECT r.id, r.published, r.modified, r.status, r.reporter, r.feed, r.converted, r.origin, r.hash, `+t.body()+` FROM `+t.from()+` WHERE r.id = ?`, record); err != nil {
			return err
		}
	}
	if t.entry {
		return a.replaceEntry(n, held, r, d)
	}
	s, err := a.share(r, d)
	if err != nil {
		return err
	}
	if err := a.w.exec("DELETE FROM kev_entry WHERE record = ?", record); err != nil {
		return err
	}
	if err := a.w.exec(`UPDATE record SET published = ?, modified = ?, status = ?, reporter = ?, feed = ?,
		sources = ?, weaknesses = ?, tags = ?, scores = ?, best = ?, flags = ?, revision = ?, origin = ?, hash = ?, text = ?, converted = ?, withdrawn = NULL WHERE id = ?`,
		d.published, d.modified, s.status, s.reporter, s.feed,
		s.sources, s.weaknesses, s.tags, s.scores, d.best, d.flags, a.revision, a.origin, d.hash[:], d.text, r.Converted, record); err != nil {
		return err
	}
	if err := a.w.exec("UPDATE body SET body = ? WHERE record = ?", d.body, record); err != nil {
		return err
	}
	if held.text != d.text {
		a.of[0].wordings.set(record, d.words, true)
	}
	return a.children(record, r, d)
}

// children writes the rows that hang on a record, in the place of those held.
func (a *applier) children(record int64, r *vuln.Record, d *draft) error {
	if k := r.Facts.KEV; k != nil {
		if err := a.w.exec("INSERT INTO kev_entry VALUES (?, ?, ?, ?, ?)", record, k.Added, k.Due, k.Action, k.Name); err != nil {
			return err
		}
	}
	links, err := a.links(d.links)
	if err != nil {
		return err
	}
	nodes, err := a.nodes(d.nodes)
	if err != nil {
		return err
	}
	return a.detail(record, links, nodes)
}

// detail writes the lists of a record, and what finds records by criterion.
func (a *applier) detail(record int64, links, nodes any) error {
	var held any // nodes
	if err := a.w.each("SELECT nodes FROM detail WHERE record = ?", func(v []driver.Value) error {
		held = v[0]
		return nil
	}, record); err != nil {
		return err
	}
	moved := !a.of[0].bulk && held != nodes
	if moved && held != nil {
		if err := a.w.exec("DELETE FROM criterion_record WHERE record = ?1 AND criterion IN (SELECT criterion FROM ("+criteriaOf+" WHERE d.record = ?1 GROUP BY 1))", record); err != nil {
			return err
		}
	}
	if err := a.w.exec("INSERT OR REPLACE INTO detail VALUES (?, ?, ?)", record, links, nodes); err != nil {
		return err
	}
	if !moved || nodes == nil {
		return nil
	}
	return a.w.exec("INSERT INTO criterion_record "+criteriaOf+" WHERE d.record = ? GROUP BY 1, 2", record)
}

// criteriaOf selects the columns of criterion_record out of detail d, for a
// GROUP BY.
const criteriaOf = `SELECT abs(e.value) AS criterion, d.record AS record,
	max(e.value > 0 AND n.value ->> 3 = 0) + 2 * max(e.value > 0 AND n.value ->> 3 <> 0) + 4 * max(e.value < 0) AS affects
	FROM detail d, json_each(d.nodes) n JOIN json_each(n.value) e ON e.key >= 4`

// links spells the column of that name, nil when there are none.
func (a *applier) links(links []link) (any, error) {
	if len(links) == 0 {
		return nil, nil
	}
	a.buf = append(a.buf[:0], '[')
	for i := range links {
		l := &links[i]
		site, err := a.in.term(a.w, l.site)
		if err != nil {
			return nil, err
		}
		listings, err := a.in.set(a.w, l.set.key, l.set.members)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			a.buf = append(a.buf, ',')
		}
		a.buf = strconv.AppendInt(append(a.buf, '['), site, 10)
		a.buf = quote(append(a.buf, ','), l.rest)
		a.buf = strconv.AppendInt(append(a.buf, ','), listings, 10)
		a.buf = append(a.buf, ']')
	}
	return string(append(a.buf, ']')), nil
}

// nodes spells the column of that name, nil when there are none.
func (a *applier) nodes(nodes []node) (any, error) {
	if len(nodes) == 0 {
		return nil, nil
	}
	a.buf = append(a.buf[:0], '[')
	for i := range nodes {
		if i > 0 {
			a.buf = append(a.buf, ',')
		}
		n := &nodes[i]
		first := &n.criteria[0]
		a.buf = strconv.AppendInt(append(a.buf, '['), int64(first.Configuration), 10)
		a.buf = strconv.AppendInt(append(a.buf, ','), int64(first.Node), 10)
		a.buf = quote(append(a.buf, ','), first.Operator)
		a.buf = strconv.AppendInt(append(a.buf, ','), n.decision(i > 0 && sameConfiguration(nodes[i-1], *n) || i+1 < len(nodes) && sameConfiguration(*n, nodes[i+1])), 10)
		for j := range n.criteria {
			id, err := a.in.criterion(a.w, n.keys[j], &n.criteria[j])
			if err != nil {
				return nil, err
			}
			if !n.criteria[j].Vulnerable {
				id = -id
			}
			a.buf = strconv.AppendInt(append(a.buf, ','), id, 10)
		}
		a.buf = append(a.buf, ']')
	}
	return string(append(a.buf, ']')), nil
}

// decision is the fourth element of a node in the column nodes.
func (n *node) decision(amongOthers bool) (sum int64) {
	first := &n.criteria[0]
	if first.Negate {
		sum++
	}
	if amongOthers || first.Negate || first.ConfigurationNegate || first.Operator != "OR" {
		sum += 2
	}
	return sum
}

func sameConfiguration(a, b node) bool {
	return a.criteria[0].Configuration == b.criteria[0].Configuration
}

// share numbers everything that the record's row refers to.
func (a *applier) share(r *vuln.Record, d *draft) (s shared, err error) {
	for _, t := range [...]struct {
		to    *int64
		value string
	}{{&s.kind, string(r.Kind)}, {&s.status, r.Status}, {&s.reporter, r.SourceIdentifier}, {&s.feed, r.Source}} {
		if *t.to, err = a.in.term(a.w, t.value); err != nil {
			return s, err
		}
	}
	for _, t := range [...]struct {
		to  *any
		set *set
	}{{&s.sources, &d.sources}, {&s.weaknesses, &d.weaknesses}, {&s.tags, &d.tags}, {&s.scores, &d.scores}} {
		if t.set.members == nil {
			continue
		}
		if *t.to, err = a.in.set(a.w, t.set.key, t.set.members); err != nil {
			return s, err
		}
	}
	return s, nil
}
