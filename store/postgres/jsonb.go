package postgres

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/jackc/pgx/v5"

	"vulnmirror/vuln"
)

// copyTable is a table of copies of current bodies as jsonb. key is what tells its
// rows apart, and in a table of many kinds begins with the kind.
type copyTable struct{ name, key string }

var (
	cveCopies   = copyTable{"cve_records", "cve_id"}
	cpeCopies   = copyTable{"cpe_records", "cpe_id"}
	otherCopies = copyTable{"other_records", "kind, id"}
	copyTables  = []copyTable{cveCopies, cpeCopies, otherCopies}
)

// copiesOf is the table with the copies of a kind. Match criteria and changes of
// CVE records, of which there are more than of all else, have none.
func copiesOf(kind vuln.Kind) (copyTable, bool) {
	switch kind {
	case vuln.KindCVE:
		return cveCopies, true
	case vuln.KindCPE:
		return cpeCopies, true
	case vuln.KindMatchCriteria, vuln.KindCVEChange:
		return copyTable{}, false
	}
	return otherCopies, true
}

// putJSON puts copies as jsonb in place: fresh ones are of records that were not
// held, in a bulk load.
func (a *applier) putJSON(fresh, rest []*incoming) error {
	for _, t := range copyTables {
		other := func(d *incoming) bool { of, ok := copiesOf(d.Kind); return !ok || of != t }
		fresh, rest := slices.DeleteFunc(slices.Clone(fresh), other), slices.DeleteFunc(slices.Clone(rest), other)
		err := a.refusing(fresh, func(tx contentTx, drafts []*incoming) error { return t.copyIn(a.ctx, tx, drafts) })
		if err == nil {
			err = a.refusing(rest, func(tx contentTx, drafts []*incoming) error { return t.upsert(a.ctx, tx, drafts) })
		}
		if err != nil {
			return fmt.Errorf("put %s: %w", t.name, err)
		}
	}
	return nil
}

// refusing puts drafts. A body that is not JSON is kept, and has no copy.
func (a *applier) refusing(drafts []*incoming, put func(contentTx, []*incoming) error) error {
	if len(drafts) == 0 {
		return nil
	}
	try := func() error {
		return pgx.BeginFunc(a.ctx, a.tx, func(tx pgx.Tx) error { return put(tx.(contentTx), drafts) })
	}
	err := try()
	if code := sqlState(err); len(code) == 5 && code[:2] == dataExceptionClass {
		if drafts = slices.DeleteFunc(drafts, func(d *incoming) bool { return !jsontext.Value(d.Body).IsValid() }); len(drafts) > 0 {
			return try()
		}
		return nil
	}
	return err
}

func (t copyTable) copyIn(ctx context.Context, tx contentTx, drafts []*incoming) error {
	names := append(strings.Split(t.key, ", "), "json_data", "last_modified")
	return tx.copyInto(ctx, t.name, names, pgx.CopyFromSlice(len(drafts), func(i int) ([]any, error) {
		d := drafts[i]
		row := []any{text(string(d.Kind)), text(d.ID), jsonbText(d.Body), orNull(d.Modified)}
		return row[len(row)-len(names):], nil
	}))
}

func (t copyTable) upsert(ctx context.Context, tx contentTx, drafts []*incoming) error {
	kinds, ids := identify(drafts)
	values := "u.id"
	if t == otherCopies {
		values = "u.kind, u.id"
	}
	_, err := tx.Exec(ctx, fmt.Sprintf(`INSERT INTO content.%[1]s (%[2]s, json_data, last_modified, withdrawn)
		SELECT %[3]s, u.body::jsonb, u.modified, u.withdrawn
		FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::boolean[]) AS u(kind, id, body, modified, withdrawn)
		ON CONFLICT (%[2]s) DO UPDATE SET json_data = excluded.json_data, last_modified = excluded.last_modified, withdrawn = excluded.withdrawn`, t.name, t.key, values),
		kinds, ids,
		collect(drafts, func(d *incoming) string { return jsonbText(d.Body) }),
		collect(drafts, func(d *incoming) *time.Time { return orNull(d.Modified) }),
		collect(drafts, func(d *incoming) bool { return !d.Withdrawn.IsZero() }))
	return err
}

// markCopies notes whether records are withdrawn.
func markCopies(ctx context.Context, tx contentTx, kind vuln.Kind, ids []string, withdrawn bool) error {
	t, ok := copiesOf(kind)
	if !ok || len(ids) == 0 {
		return nil
	}
	where, args := t.key+" = ANY($1::text[])", []any{ids, withdrawn}
	if t == otherCopies {
		where, args = "id = ANY($1::text[]) AND kind = $3", append(args, string(kind))
	}
	_, err := tx.Exec(ctx, fmt.Sprintf("UPDATE content.%s SET withdrawn = $2 WHERE %s", t.name, where), args...)
	return err
}

// markReadmitted notes that records are withdrawn no longer.
func (a *applier) markReadmitted(names []name) error {
	ids := map[vuln.Kind][]string{}
	for _, n := range names {
		ids[n.kind] = append(ids[n.kind], n.id)
	}
	for kind, some := range ids {
		if err := markCopies(a.ctx, a.tx, kind, some, false); err != nil {
			return err
		}
	}
	return nil
}

// refused finds what JSON allows and jsonb does not: the escaped NUL, and
// escaped halves of surrogate pairs.
var refused = regexp.MustCompile(`\\(?:\\|u0000|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2})`)

// jsonbText is a body as jsonb takes it: what it refuses becomes U+FFFD.
func jsonbText(body []byte) string {
	body = bytes.ToValidUTF8(body, []byte("\uFFFD"))
	suspect := func(escape string) bool { return bytes.Contains(body, []byte(escape)) }
	if !suspect(`\u0000`) && !suspect(`\ud`) && !suspect(`\uD`) {
		return string(body) // as almost all are; the expression takes longer than all else
	}
	return string(refused.ReplaceAllFunc(body, func(m []byte) []byte {
		if len(m) == len(`\u0000`) {
			return []byte("\uFFFD")
		}
		return m // an escaped backslash, or a whole pair
	}))
}
