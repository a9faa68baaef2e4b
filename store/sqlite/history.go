package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"vulnmirror/store"
	"vulnmirror/store/bodycodec"
	"vulnmirror/vuln"
)

// selectVersions selects all versions of a record. Going by statistics from
// before a large update, SQLite would read all there are of any; so it is told
// how to find them.
func (t *table) selectVersions() string {
	return `
		SELECT x.published, x.modified, status.value, reporter.value, feed.value, x.converted, x.body, o.source, o.filename, o.sha256, o.fetched
		FROM (
			SELECT h.id AS nth, h.published, h.modified, h.status, h.reporter, h.feed, h.converted, h.origin, h.body
			FROM ` + t.name + ` r CROSS JOIN version h INDEXED BY version_record ON h.record = r.id WHERE ` + t.ofKind() + ` AND r.name = ?
			UNION ALL
			SELECT NULL, r.published, r.modified, r.status, r.reporter, r.feed, r.converted, r.origin, ` + t.body() + `
			FROM ` + t.from() + ` WHERE ` + t.ofKind() + ` AND r.name = ?
		) x
		JOIN origin o ON o.id = x.origin
		JOIN term status ON status.id = x.status JOIN term reporter ON reporter.id = x.reporter JOIN term feed ON feed.id = x.feed
		ORDER BY x.nth NULLS LAST`
}

// Versions implements store.Reader.
func (v *snapshot) Versions(ctx context.Context, kind vuln.Kind, id string) ([]store.Version, error) {
	rows, err := askRows(ctx, v, tables[tableOf(kind)].selectVersions(), string(kind), id, string(kind), id)
	if err != nil {
		return nil, fmt.Errorf("versions of %s: %w", id, err)
	}
	defer rows.Close()
	var out []store.Version
	for rows.Next() {
		var published, modified, fetched sql.NullInt64
		var packed []byte
		n := store.Version{Record: vuln.Record{Kind: kind, ID: id}}
		r, o := &n.Record, &n.Origin
		if err := rows.Scan(&published, &modified, &r.Status, &r.SourceIdentifier, &r.Source, &r.Converted, &packed, &o.Source, &o.Filename, &o.SHA256, &fetched); err != nil {
			return nil, fmt.Errorf("versions of %s: %w", id, err)
		}
		if r.Body, err = bodycodec.Decode(nil, packed); err != nil {
			return nil, fmt.Errorf("versions of %s: %w", id, err)
		}
		r.Published, r.Modified = fromMillis(published), fromMillis(modified)
		o.Fetched = fromMillis(fetched)
		n.Seen = o.Fetched
		out = append(out, n)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("versions of %s: %w", id, err)
	}
	if out == nil {
		return nil, fmt.Errorf("%s: %w", id, store.ErrNotFound)
	}
	return out, nil
}
