package postgres

import (
	"bytes"
	"time"

	"github.com/jackc/pgx/v5"

	"vulnmirror/store/bodycodec"
	"vulnmirror/vuln"
)

// readBodies reads the bodies held that will have to be compared with what came,
// as far as can be told: of records of which nothing but the content tells
// whether they changed.
func (a *applier) readBodies(drafts []incoming) error {
	var suspects []*incoming
	for i := range drafts {
		d := &drafts[i]
		h, ok := a.heads[name{d.Kind, text(d.ID)}]
		if ok && !bytes.Equal(h.hash, d.Hash) && (a.manner.Replaces || h.modified.Equal(d.Modified.Truncate(time.Millisecond))) {
			suspects = append(suspects, d)
		}
	}
	if suspects == nil {
		return nil
	}
	kinds, ids := identify(suspects)
	rows, err := a.tx.Query(a.ctx, `SELECT r.kind, r.id, r.body FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[])) AS u(kind, id)
		JOIN content.record r ON r.kind = u.kind AND r.id = u.id`, kinds, ids)
	if err != nil {
		return err
	}
	var n name
	var packed []byte
	_, err = pgx.ForEachRow(rows, []any{&n.kind, &n.id, &packed}, func() (err error) {
		h := a.heads[n]
		h.body, err = bodycodec.Decode(nil, packed)
		return err
	})
	return err
}

// same tells whether the version that a record has and d say the same.
func (a *applier) same(n name, h *head, d *incoming) (bool, error) {
	if bytes.Equal(h.hash, d.Hash) {
		return true, nil
	}
	if h.body == nil {
		var packed []byte
		if err := a.tx.QueryRow(a.ctx, "SELECT body FROM content.record WHERE kind = $1 AND id = $2", string(n.kind), n.id).Scan(&packed); err != nil {
			return false, err
		}
		var err error
		if h.body, err = bodycodec.Decode(nil, packed); err != nil {
			return false, err
		}
	}
	return vuln.SameContent(h.body, d.Body), nil
}
