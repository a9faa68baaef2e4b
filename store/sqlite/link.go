package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"
	"strconv"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// heldLink is a link of the record with a number.
type heldLink struct {
	record  int64
	ordinal int64
	store.Link
}

// Links implements store.Linker.
func (v *snapshot) Links(ctx context.Context, q store.LinkQuery) iter.Seq2[store.Link, error] {
	return sequence(func() ([]heldLink, error) { return v.links(ctx, q) })
}

// Links implements store.Linker.
func (s *Store) Links(ctx context.Context, q store.LinkQuery) iter.Seq2[store.Link, error] {
	return sequence(func() ([]heldLink, error) {
		return frozen(ctx, s, func(v *snapshot) ([]heldLink, error) { return v.links(ctx, q) })
	})
}

// sequence yields the links that were found, once somebody wants them.
func sequence(find func() ([]heldLink, error)) iter.Seq2[store.Link, error] {
	return func(yield func(store.Link, error) bool) {
		links, err := find()
		if err != nil {
			yield(store.Link{}, fmt.Errorf("links: %w", err))
			return
		}
		for i := range links {
			if !yield(links[i].Link, nil) {
				return
			}
		}
	}
}

func (v *snapshot) links(ctx context.Context, q store.LinkQuery) (links []heldLink, err error) {
	if ctx, err = brief(ctx); err != nil {
		return nil, err
	}
	kinds := make([]string, len(q.Kinds))
	for i, k := range q.Kinds {
		kinds[i] = string(k)
	}
	if len(q.From) > 0 {
		links, err = v.linksFrom(ctx, q.From, kinds)
	} else {
		links, err = v.linksTo(ctx, q.To, kinds)
	}
	slices.SortFunc(links, func(a, b heldLink) int {
		return cmp.Or(cmp.Compare(a.From.Kind, b.From.Kind), cmp.Compare(a.From.ID, b.From.ID), cmp.Compare(a.ordinal, b.ordinal))
	})
	return links, err
}

// amongKinds limits a column to the kinds in the last argument, when there are.
func amongKinds(column string, kinds []string) (condition string, args []any) {
	if len(kinds) == 0 {
		return "", nil
	}
	return " AND " + column + " IN " + termsIn, []any{jsonList(kinds)}
}

// linksFrom begins at the records and ends at their links.
func (v *snapshot) linksFrom(ctx context.Context, refs []store.Ref, kinds []string) (links []heldLink, err error) {
	among, more := amongKinds("l.kind", kinds)
	for kind, ids := range byKind(refs) {
		t := &tables[tableOf(kind)]
		if !t.entry {
			continue
		}
		query := "SELECT r.name, r.feed, l.ordinal, l.kind, l.target, l.rule FROM json_each(?) j CROSS JOIN " + t.name + " r ON " + t.ofKind() +
			" AND r.name = j.value CROSS JOIN link l ON l.record = r.id WHERE r.withdrawn IS NULL" + among
		err := v.each(ctx, query, append([]any{jsonList(ids), string(kind)}, more...), func(rows *sql.Rows) error {
			var l heldLink
			var feed, to, rule int64
			if err := rows.Scan(&l.From.ID, &feed, &l.ordinal, &to, &l.To.ID, &rule); err != nil {
				return err
			}
			l.From.Kind = kind
			links = append(links, l)
			return v.texts(ctx, &links[len(links)-1], feed, 0, to, rule)
		})
		if err != nil {
			return nil, err
		}
	}
	return links, nil
}

// linksTo begins at the links, which say no more of their record than its number.
func (v *snapshot) linksTo(ctx context.Context, refs []store.Ref, kinds []string) ([]heldLink, error) {
	var found []heldLink
	const query = "SELECT l.record, l.ordinal, l.target, l.rule FROM json_each(?) j CROSS JOIN link l INDEXED BY link_target" +
		" ON l.target = j.value AND l.kind = (SELECT id FROM term WHERE value = ?)"
	for kind, ids := range byKind(refs) {
		err := v.each(ctx, query, []any{jsonList(ids), string(kind)}, func(rows *sql.Rows) error {
			var l heldLink
			var rule int64
			if err := rows.Scan(&l.record, &l.ordinal, &l.To.ID, &rule); err != nil {
				return err
			}
			l.To.Kind = kind
			found = append(found, l)
			return v.texts(ctx, &found[len(found)-1], 0, 0, 0, rule)
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(found, func(a, b heldLink) int { return cmp.Compare(a.record, b.record) })
	return v.fromWhere(ctx, found, kinds)
}

// fromWhere completes links, in the order of their records' numbers, by what
// records they start at, and drops those of records that do not count.
func (v *snapshot) fromWhere(ctx context.Context, found []heldLink, kinds []string) (links []heldLink, err error) {
	among, more := amongKinds("r.kind", kinds)
	for len(found) > 0 {
		n := tableAt(found[0].record)
		ids, next := []byte{'['}, 0
		for ; next < len(found) && tableAt(found[next].record) == n; next++ {
			if next > 0 && found[next].record == found[next-1].record {
				continue
			}
			if next > 0 {
				ids = append(ids, ',')
			}
			ids = strconv.AppendInt(ids, found[next].record, 10)
		}
		of := found[:next]
		found = found[next:]
		query := "SELECT r.id, r.kind, r.name, r.feed FROM json_each(?) j CROSS JOIN " + tables[n].named() + " ON r.id = j.value WHERE r.withdrawn IS NULL" + among
		err := v.each(ctx, query, append([]any{string(append(ids, ']'))}, more...), func(rows *sql.Rows) error {
			var from heldLink
			var kind, feed int64
			if err := rows.Scan(&from.record, &kind, &from.From.ID, &feed); err != nil {
				return err
			}
			if err := v.texts(ctx, &from, feed, kind, 0, 0); err != nil {
				return err
			}
			at, _ := slices.BinarySearchFunc(of, from.record, func(l heldLink, record int64) int { return cmp.Compare(l.record, record) })
			for ; at < len(of) && of[at].record == from.record; at++ {
				of[at].From, of[at].Source = from.From, from.Source
				links = append(links, of[at])
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return links, nil
}

// texts spells what terms stand for; 0 is none.
func (v *snapshot) texts(ctx context.Context, l *heldLink, source, from, to, rule int64) error {
	for _, t := range [...]struct {
		term int64
		text *string
	}{{source, &l.Source}, {from, (*string)(&l.From.Kind)}, {to, (*string)(&l.To.Kind)}, {rule, &l.Rule}} {
		if t.term == 0 {
			continue
		}
		text, err := v.s.memory.term(ctx, v, v.lineage, t.term)
		if err != nil {
			return err
		}
		*t.text = text
	}
	return nil
}

// Titles implements store.Linker.
func (v *snapshot) Titles(ctx context.Context, refs []store.Ref) (map[store.Ref]string, error) {
	ctx, err := brief(ctx)
	if err != nil {
		return nil, fmt.Errorf("titles: %w", err)
	}
	titles := make(map[store.Ref]string, len(refs))
	for kind, ids := range byKind(refs) {
		t := &tables[tableOf(kind)]
		if !t.prose {
			continue
		}
		query := "SELECT r.name, r.title FROM json_each(?) j CROSS JOIN " + t.name + " r ON " + t.ofKind() + " AND r.name = j.value WHERE r.title IS NOT NULL"
		err := v.each(ctx, query, []any{jsonList(ids), string(kind)}, func(rows *sql.Rows) error {
			var id, title string
			err := rows.Scan(&id, &title)
			titles[store.Ref{Kind: kind, ID: id}] = title
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("titles: %w", err)
		}
	}
	return titles, nil
}

// Titles implements store.Linker.
func (s *Store) Titles(ctx context.Context, refs []store.Ref) (map[store.Ref]string, error) {
	return frozen(ctx, s, func(v *snapshot) (map[store.Ref]string, error) { return v.Titles(ctx, refs) })
}

// each calls row for every row of the rows.
func (v *snapshot) each(ctx context.Context, query string, args []any, row func(*sql.Rows) error) error {
	rows, err := askRows(ctx, v, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// byKind has the identifiers of each kind, each once.
func byKind(refs []store.Ref) map[vuln.Kind][]string {
	out := map[vuln.Kind][]string{}
	for _, r := range refs {
		out[r.Kind] = append(out[r.Kind], r.ID)
	}
	for kind, ids := range out {
		slices.Sort(ids)
		out[kind] = slices.Compact(ids)
	}
	return out
}
