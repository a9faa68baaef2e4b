package postgres

import (
	"bytes"
	"time"

	"github.com/jackc/pgx/v5"

	"vulnmirror/store/bodycodec"
	"vulnmirror/vuln"
)

// lookUp reads what is held of all records of a batch at once, with bodies where
// nothing but the content may tell whether a record changed.
func (a *applier) lookUp(drafts []incoming) error {
	kinds, ids := make([]string, len(drafts)), make([]string, len(drafts))
	hashes, dates := make([][]byte, len(drafts)), make([]*time.Time, len(drafts))
	for i := range drafts {
		d := &drafts[i]
		kinds[i], ids[i], hashes[i], dates[i] = string(d.Kind), text(d.ID), d.Hash, orNull(d.Modified)
	}
	rows, err := a.tx.Query(a.ctx, `SELECT r.kind, r.id, r.modified, r.hash, r.wording_hash, r.score_hash, r.use_hash, r.link_hash, r.title, r.converted, r.withdrawn IS NOT NULL, r.source,
			CASE WHEN r.hash <> u.hash AND ($5 OR r.modified IS NOT DISTINCT FROM u.modified) THEN r.body END
		FROM unnest($1::text[], $2::text[], $3::bytea[], $4::timestamptz[]) AS u(kind, id, hash, modified)
		JOIN content.record r ON r.kind = u.kind AND r.id = u.id`, kinds, ids, hashes, dates, a.manner.Replaces)
	if err != nil {
		return err
	}
	var n name
	var h head
	var modified *time.Time
	_, err = pgx.ForEachRow(rows, []any{&n.kind, &n.id, &modified, &h.hash, &h.parts.wording, &h.parts.score, &h.parts.use, &h.parts.link, &h.title, &h.converted, &h.withdrawn, &h.source, &h.packed}, func() error {
		one := h
		one.held = true
		if modified != nil {
			one.modified = *modified
		}
		if again := a.heads[n]; again != nil && one.packed == nil { // a batch may have a record more than once
			one.packed = again.packed
		}
		a.heads[n] = &one
		return nil
	})
	return err
}

// same tells whether the version that a record has and d say the same.
func (a *applier) same(n name, h *head, d *incoming) (_ bool, err error) {
	if bytes.Equal(h.hash, d.Hash) {
		return true, nil
	}
	if h.draft == nil && h.body == nil {
		if h.packed == nil {
			if err := a.tx.QueryRow(a.ctx, "SELECT body FROM content.record WHERE kind = $1 AND id = $2", string(n.kind), n.id).Scan(&h.packed); err != nil {
				return false, err
			}
		}
		if h.body, err = bodycodec.Decode(nil, h.packed); err != nil {
			return false, err
		}
	}
	return vuln.SameContent(h.body, d.Body), nil
}
