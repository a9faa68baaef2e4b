package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"vulnmirror/store"
)

// Digest implements store.Reader. The revision of a set that records cannot
// leave is the largest of its members. A record can leave the others without
// leaving a mark on the rest, so for them it is that of the whole database.
// Digests are remembered until something changes.
func (v *snapshot) Digest(ctx context.Context, q store.Query) (store.Digest, error) {
	f := filterOf(q)
	query := "SELECT count(*), max(r.modified), coalesce(max(r.revision), 0) FROM record r WHERE " + f.sql()
	question := fmt.Sprintf("%s %#v", query, f.args)
	if d, ok := v.s.memory.digest(v.lineage, v.revision, question); ok {
		return d, nil
	}
	var d store.Digest
	var newest sql.NullInt64
	if err := v.tx.QueryRowContext(ctx, query, f.args...).Scan(&d.Count, &newest, &d.Revision); err != nil {
		return store.Digest{}, fmt.Errorf("digest: %w", err)
	}
	d.Newest = fromMillis(newest)
	if f.leaves {
		d.Revision = v.revision
	}
	v.s.memory.keepDigest(v.lineage, v.revision, question, d)
	return d, nil
}
