package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/jackc/pgx/v5"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// Links implements store.Linker.
func (v *snapshot) Links(ctx context.Context, q store.LinkQuery) iter.Seq2[store.Link, error] {
	return func(yield func(store.Link, error) bool) {
		found, err := links(ctx, v.tx, q)
		if err != nil {
			yield(store.Link{}, v.fault(err))
			return
		}
		for _, l := range found {
			if !yield(l, nil) {
				return
			}
		}
	}
}

// Links implements store.Linker.
func (s *Store) Links(ctx context.Context, q store.LinkQuery) iter.Seq2[store.Link, error] {
	return func(yield func(store.Link, error) bool) {
		v, err := s.snapshot(ctx)
		if err != nil {
			yield(store.Link{}, err)
			return
		}
		more := true
		for l, failed := range v.Links(ctx, q) {
			if err = failed; err != nil {
				break
			}
			if more = yield(l, nil); !more {
				break
			}
		}
		if err = errors.Join(err, v.Close()); err != nil && more {
			yield(store.Link{}, err)
		}
	}
}

// Titles implements store.Linker.
func (v *snapshot) Titles(ctx context.Context, refs []store.Ref) (map[store.Ref]string, error) {
	out, err := titles(ctx, v.tx, refs)
	return out, v.fault(err)
}

// Titles implements store.Linker.
func (s *Store) Titles(ctx context.Context, refs []store.Ref) (map[store.Ref]string, error) {
	return frozen(ctx, s, func(v *snapshot) (map[store.Ref]string, error) { return v.Titles(ctx, refs) })
}

// links answers Links. What it finds is read whole, so that whoever follows
// links may ask for the next ones before having seen all.
func links(ctx context.Context, from querier, q store.LinkQuery) ([]store.Link, error) {
	refs, here, there := q.From, "l.from_", "l."
	if len(q.From) == 0 {
		refs, here, there = q.To, "l.", "l.from_"
	}
	kinds, ids := spelled(refs)
	where, args := "", []any{kinds, ids, string(vuln.KindCVE)}
	if len(q.Kinds) > 0 {
		others := make([]string, len(q.Kinds))
		for i, k := range q.Kinds {
			others[i] = text(string(k))
		}
		where, args = " AND "+there+"kind = ANY($4::text[])", append(args, others)
	}
	rows, err := from.Query(ctx, `SELECT l.from_kind, l.from_id, l.kind, l.id, l.rule, r.source
		FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[])) AS u(kind, id)
		JOIN content.link l ON `+here+"kind = u.kind AND "+here+`id = u.id
		JOIN content.record r ON r.kind = l.from_kind AND r.id = l.from_id
		WHERE r.withdrawn IS NULL AND l.from_kind <> $3`+where+" ORDER BY l.from_kind, l.from_id, l.ordinal", args...)
	if err != nil {
		return nil, fmt.Errorf("follow links: %w", err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l store.Link, err error) {
		err = row.Scan(&l.From.Kind, &l.From.ID, &l.To.Kind, &l.To.ID, &l.Rule, &l.Source)
		return l, err
	})
	if err != nil {
		return nil, fmt.Errorf("follow links: %w", err)
	}
	return found, nil
}

// titles answers Titles.
func titles(ctx context.Context, from querier, refs []store.Ref) (map[store.Ref]string, error) {
	kinds, ids := spelled(refs)
	rows, err := from.Query(ctx, `SELECT r.kind, r.id, r.title FROM unnest($1::text[], $2::text[]) AS u(kind, id)
		JOIN content.record r ON r.kind = u.kind AND r.id = u.id WHERE r.title <> ''`, kinds, ids)
	if err != nil {
		return nil, fmt.Errorf("titles: %w", err)
	}
	out := map[store.Ref]string{}
	var ref store.Ref
	var title string
	if _, err := pgx.ForEachRow(rows, []any{&ref.Kind, &ref.ID, &title}, func() error {
		out[ref] = title
		return nil
	}); err != nil {
		return nil, fmt.Errorf("titles: %w", err)
	}
	return out, nil
}

// spelled are the names of records as two lists.
func spelled(refs []store.Ref) (kinds, ids []string) {
	kinds, ids = make([]string, len(refs)), make([]string, len(refs))
	for i, r := range refs {
		kinds[i], ids[i] = text(string(r.Kind)), text(r.ID)
	}
	return kinds, ids
}

// putLinks puts links of records in place.
func (a *applier) putLinks(added, changed []*incoming) error {
	if err := a.clearNamed("link", "from_kind", "from_id", changed); err != nil {
		return err
	}
	var rows [][]any
	for _, d := range append(slices.Clip(added), changed...) {
		for i, l := range d.Facts.Links {
			rows = append(rows, []any{string(d.Kind), text(d.ID), int32(i), text(string(l.Kind)), text(l.ID), text(l.Rule)})
		}
	}
	return a.copyRows("link", []string{"from_kind", "from_id", "ordinal", "kind", "id", "rule"}, rows)
}

// readAgain puts titles and links in place of records that were held without, or
// with others: an earlier program read less in the same body.
func (a *applier) readAgain() error {
	var drafts []*incoming
	var titles []string
	var hashes [][]byte
	for _, n := range a.reread {
		if h := a.heads[n]; h.draft == nil { // it was not replaced after all
			d := h.reading
			drafts, titles, hashes = append(drafts, d), append(titles, text(d.Title)), append(hashes, d.parts.link)
		}
	}
	if drafts == nil {
		return nil
	}
	kinds, ids := identify(drafts)
	if _, err := a.tx.Exec(a.ctx, `UPDATE content.record r SET title = u.title, link_hash = u.hash
		FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[]) AS u(kind, id, title, hash) WHERE r.kind = u.kind AND r.id = u.id`,
		kinds, ids, titles, hashes); err != nil {
		return fmt.Errorf("put titles: %w", err)
	}
	return a.putLinks(nil, drafts)
}
