package postgres

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"vulnmirror/store/draft"
	"vulnmirror/vuln"
)

// jsonbTables are for people's queries.
const jsonbTables = `
CREATE TABLE IF NOT EXISTS cve_records (cve_id text PRIMARY KEY, json_data jsonb NOT NULL, last_modified timestamptz);
CREATE TABLE IF NOT EXISTS cpe_records (cpe_id text PRIMARY KEY, json_data jsonb NOT NULL, last_modified timestamptz);`

const jsonbIndexes = `
CREATE INDEX IF NOT EXISTS cve_records_json ON cve_records USING gin (json_data jsonb_path_ops);
CREATE INDEX IF NOT EXISTS cve_records_modified ON cve_records (last_modified);
CREATE INDEX IF NOT EXISTS cpe_records_modified ON cpe_records (last_modified);`

const dropJSONBIndexes = `
DROP INDEX IF EXISTS cve_records_json;
DROP INDEX IF EXISTS cve_records_modified;
DROP INDEX IF EXISTS cpe_records_modified;`

// putJSON puts the copies as jsonb in place.
func (a *applier) putJSON(drafts []*draft.Draft) error {
	for _, t := range []struct {
		kind      vuln.Kind
		table, id string
	}{{vuln.KindCVE, "cve_records", "cve_id"}, {vuln.KindCPE, "cpe_records", "cpe_id"}} {
		own := slices.DeleteFunc(slices.Clone(drafts), func(d *draft.Draft) bool { return d.Kind != t.kind })
		query := fmt.Sprintf(`INSERT INTO %[1]s SELECT u.id, u.body::jsonb, u.modified FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS u(id, body, modified)
			ON CONFLICT (%[2]s) DO UPDATE SET json_data = excluded.json_data, last_modified = excluded.last_modified`, t.table, t.id)
		err := a.putCopies(query, own)
		if refusal := new(pgconn.PgError); errors.As(err, &refusal) && refusal.Code[:2] == dataException {
			// A body that is not JSON is kept, and has no copy.
			err = a.putCopies(query, slices.DeleteFunc(own, func(d *draft.Draft) bool { return !jsontext.Value(d.Body).IsValid() }))
		}
		if err != nil {
			return fmt.Errorf("put %s: %w", t.table, err)
		}
	}
	return nil
}

// dataException is the class of errors about values.
const dataException = "22"

// putCopies does nothing when it fails.
func (a *applier) putCopies(query string, drafts []*draft.Draft) error {
	if len(drafts) == 0 {
		return nil
	}
	return pgx.BeginFunc(a.ctx, a.tx, func(tx pgx.Tx) error {
		_, err := tx.Exec(a.ctx, query,
			collect(drafts, func(d *draft.Draft) string { return text(d.ID) }),
			collect(drafts, func(d *draft.Draft) string { return jsonbText(d.Body) }),
			collect(drafts, func(d *draft.Draft) *time.Time { return orNull(d.Modified) }))
		return err
	})
}

// refused finds what JSON allows and jsonb does not: the escaped NUL, and
// escaped halves of surrogate pairs.
var refused = regexp.MustCompile(`\\(?:\\|u0000|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2})`)

// jsonbText is a body as jsonb takes it: what it refuses becomes U+FFFD.
func jsonbText(body []byte) string {
	body = bytes.ToValidUTF8(body, []byte("\uFFFD"))
	if !bytes.Contains(body, []byte(`\u`)) {
		return string(body)
	}
	return string(refused.ReplaceAllFunc(body, func(m []byte) []byte {
		if len(m) == len(`\u0000`) {
			return []byte("\uFFFD")
		}
		return m // an escaped backslash, or a whole pair
	}))
}
