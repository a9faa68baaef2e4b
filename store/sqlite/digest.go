package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"vulnmirror/store"
)

// Digest implements store.Reader. The revision of a set is the largest of its
// members'. A record that leaves lowers the count, and one that comes in or
// changes has a larger revision than any before. Digests are remembered until
// something changes.
func (v *snapshot) Digest(ctx context.Context, q store.Query) (store.Digest, error) {
	f := filterOf(q)
	query := "SELECT count(*), max(r.modified), coalesce(max(r.revision), 0) FROM " + tables[tableOf(q.Kind)].name + " r WHERE " + f.sql()
	question := fmt.Sprintf("%s %#v", query, f.args)
	if d, ok := v.s.memory.digest(v.lineage, v.revision, question); ok {
		return d, nil
	}
	var d store.Digest
	var newest sql.NullInt64
	st, err := v.prepare(ctx, query) //nolint:sqlclosecheck // it ends with the snapshot
	if err == nil {
		err = st.QueryRowContext(ctx, f.args...).Scan(&d.Count, &newest, &d.Revision)
	}
	if err != nil {
		return store.Digest{}, fmt.Errorf("digest: %w", err)
	}
	d.Newest = fromMillis(newest)
	v.s.memory.keepDigest(v.lineage, v.revision, question, d)
	return d, nil
}
