package sqlite

import (
	"vulnmirror/vuln"
)

const (
	// entryColumns are those of an entry table after kind and name, and without
	// withdrawn, in the order of entryValues. Those of prose have more, before it.
	entryColumns = "published, modified, status, reporter, feed, converted, uuid, uuid_key, product, platform, revision, origin, hash, text, members, body"
	entryMarks   = "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
	proseColumns = "title, frame, " + entryColumns
	proseMarks   = "?, ?, " + entryMarks
)

// written are the columns of a table that a version fills, and as many marks.
func (t *table) written() (columns, marks string) {
	if t.prose {
		return proseColumns, proseMarks
	}
	return entryColumns, entryMarks
}

func (a *applier) insertEntry(n int, record int64, r *vuln.Record, d *draft) error {
	values, err := a.entryValues(n, r, d)
	if err != nil {
		return err
	}
	kind, err := a.in.term(a.w, string(r.Kind))
	if err != nil {
		return err
	}
	t := &tables[n]
	columns, marks := t.written()
	if err := a.w.exec("INSERT INTO "+t.name+" (id, kind, name, "+columns+") VALUES (?, ?, ?, "+marks+")",
		append([]any{record, kind, r.ID}, values...)...); err != nil {
		return err
	}
	a.of[n].wordings.set(record, d.words, false)
	return a.entryChildren(record, r, d)
}

// replaceEntry puts a new version in the place of the one held, which was kept.
func (a *applier) replaceEntry(n int, held head, r *vuln.Record, d *draft) error {
	t := &tables[n]
	if held.text != d.text {
		a.of[n].wordings.set(held.record, d.words, true)
	}
	if t.prose && held.frame == d.frame && held.source == r.Source && !held.withdrawn {
		// As good as every score changes every day, and nothing else of it does.
		return a.w.exec("UPDATE "+t.name+" SET title = ?, modified = ?, revision = ?, origin = ?, hash = ?, text = ?, body = ? WHERE id = ?",
			orNull(r.Title), d.modified, a.revision, a.origin, d.hash[:], d.text, d.body, held.record)
	}
	values, err := a.entryValues(n, r, d)
	if err != nil {
		return err
	}
	columns, marks := t.written()
	if err := a.w.exec("UPDATE "+t.name+" SET ("+columns+", withdrawn) = ("+marks+", NULL) WHERE id = ?",
		append(values, held.record)...); err != nil {
		return err
	}
	for _, q := range []string{"DELETE FROM alias WHERE record = ?", "DELETE FROM link WHERE record = ?"} {
		if err := a.w.exec(q, held.record); err != nil {
			return err
		}
	}
	return a.entryChildren(held.record, r, d)
}

func (a *applier) entryValues(n int, r *vuln.Record, d *draft) ([]any, error) {
	var status, reporter, feed int64
	var err error
	for _, t := range [...]struct {
		to    *int64
		value string
	}{{&status, r.Status}, {&reporter, r.SourceIdentifier}, {&feed, r.Source}} {
		if *t.to, err = a.in.term(a.w, t.value); err != nil {
			return nil, err
		}
	}
	var product, platform any
	if p := r.Facts.Platform; p != nil {
		if product, err = a.in.product(a.w, d.product.Part, d.product.Vendor, d.product.Product); err != nil {
			return nil, err
		}
		if p.Criteria != r.ID {
			platform = p.Criteria
		}
	}
	var values []any
	if tables[n].prose {
		values = append(values, orNull(r.Title), d.frame)
	}
	return append(values,
		d.published, d.modified, status, reporter, feed, r.Converted, d.uuid, d.uuidKey, product, platform,
		a.revision, a.origin, d.hash[:], d.text, d.members, d.body,
	), nil
}

// entryChildren writes the rows that hang on an entry.
func (a *applier) entryChildren(record int64, r *vuln.Record, d *draft) error {
	for _, alias := range d.aliases {
		if err := a.w.exec("INSERT OR IGNORE INTO alias VALUES (?, ?)", alias, record); err != nil {
			return err
		}
	}
	for i, l := range r.Facts.Links {
		kind, err := a.in.term(a.w, string(l.Kind))
		if err != nil {
			return err
		}
		rule, err := a.in.term(a.w, l.Rule)
		if err != nil {
			return err
		}
		if err := a.w.exec("INSERT INTO link VALUES (?, ?, ?, ?, ?)", record, i, kind, l.ID, rule); err != nil {
			return err
		}
	}
	return nil
}
