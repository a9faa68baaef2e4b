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
	s, err := a.share(r, d)
	if err != nil {
		return err
	}
	if err := a.w.exec("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		record, s.kind, r.ID, vuln.FeedYear(r.ID), d.published, d.modified, s.status, s.reporter, s.feed,
		s.sources, s.weaknesses, s.tags, s.scores, d.best, d.flags, a.revision, a.origin, d.hash[:], d.text); err != nil {
		return err
	}
	a.wordings.set(record, d.words, false)
	if err := a.w.exec("INSERT INTO body VALUES (?, ?)", record, d.body); err != nil {
		return err
	}
	return a.children(record, r, d)
}

// replace keeps the version held and puts the new one in its place.
func (a *applier) replace(held head, r *vuln.Record, d *draft) error {
	s, err := a.share(r, d)
	if err != nil {
		return err
	}
	record := held.record
	for _, q := range []string{
		`INSERT INTO version (record, published, modified, status, reporter, feed, origin, hash, body)
		 SELECT r.id, r.published, r.modified, r.status, r.reporter, r.feed, r.origin, r.hash, b.body
		 FROM record r JOIN body b ON b.record = r.id WHERE r.id = ?`,
		"DELETE FROM kev_entry WHERE record = ?",
	} {
		if err := a.w.exec(q, record); err != nil {
			return err
		}
	}
	if err := a.w.exec(`UPDATE record SET published = ?, modified = ?, status = ?, reporter = ?, feed = ?,
		sources = ?, weaknesses = ?, tags = ?, scores = ?, best = ?, flags = ?, revision = ?, origin = ?, hash = ?, text = ? WHERE id = ?`,
		d.published, d.modified, s.status, s.reporter, s.feed,
		s.sources, s.weaknesses, s.tags, s.scores, d.best, d.flags, a.revision, a.origin, d.hash[:], d.text, record); err != nil {
		return err
	}
	if err := a.w.exec("UPDATE body SET body = ? WHERE record = ?", d.body, record); err != nil {
		return err
	}
	if held.text != d.text {
		a.wordings.set(record, d.words, true)
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
	moved := !a.bulk && held != nodes
	if moved && held != nil {
		if err := a.w.exec("DELETE FROM criterion_record WHERE record = ?1 AND criterion IN (SELECT criterion FROM ("+criteriaOf+" WHERE d.record = ?1))", record); err != nil {
			return err
		}
	}
	if err := a.w.exec("INSERT OR REPLACE INTO detail VALUES (?, ?, ?)", record, links, nodes); err != nil {
		return err
	}
	if !moved || nodes == nil {
		return nil
	}
	return a.w.exec("INSERT OR IGNORE INTO criterion_record "+criteriaOf+" WHERE d.record = ?", record)
}

// criteriaOf selects criterion and record of detail d.
const criteriaOf = `SELECT abs(e.value) AS criterion, d.record AS record
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
		if first.Negate {
			a.buf = append(a.buf, ",1"...)
		} else {
			a.buf = append(a.buf, ",0"...)
		}
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
