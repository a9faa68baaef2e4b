package postgres

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

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

// putJSON puts copies as jsonb in place.
func (a *applier) putJSON(added, changed []*incoming) error {
	for _, t := range copyTables {
		other := func(d *incoming) bool { of, ok := copiesOf(d.Kind); return !ok || of != t }
		added, changed := slices.DeleteFunc(slices.Clone(added), other), slices.DeleteFunc(slices.Clone(changed), other)
		err := t.clear(a.ctx, a.tx, changed)
		if err == nil {
			err = t.put(a.ctx, a.tx, append(added, changed...))
		}
		if err != nil {
			return fmt.Errorf("put %s: %w", t.name, err)
		}
	}
	return nil
}

func (t copyTable) clear(ctx context.Context, tx contentTx, drafts []*incoming) error {
	if len(drafts) == 0 {
		return nil
	}
	kinds, ids := identify(drafts)
	where, args := t.key+" = ANY($1::text[])", []any{ids}
	if t == otherCopies {
		where, args = "("+t.key+") IN (SELECT * FROM unnest($1::text[], $2::text[]))", []any{kinds, ids}
	}
	_, err := tx.Exec(ctx, "DELETE FROM content."+t.name+" WHERE "+where, args...)
	return err
}

// put copies drafts in. A body that is not JSON is kept, and has no copy.
func (t copyTable) put(ctx context.Context, tx contentTx, drafts []*incoming) error {
	err := t.try(ctx, tx, drafts)
	if code := sqlState(err); len(code) == 5 && code[:2] == dataExceptionClass {
		return t.try(ctx, tx, slices.DeleteFunc(drafts, func(d *incoming) bool { return !jsontext.Value(d.Body).IsValid() }))
	}
	return err
}

func (t copyTable) try(ctx context.Context, tx contentTx, drafts []*incoming) error {
	if len(drafts) == 0 {
		return nil
	}
	names := append(strings.Split(t.key, ", "), "json_data", "last_modified", "withdrawn")
	return pgx.BeginFunc(ctx, tx, func(part pgx.Tx) error {
		return part.(contentTx).copyInto(ctx, t.name, names, pgx.CopyFromSlice(len(drafts), func(i int) ([]any, error) {
			d := drafts[i]
			row := []any{string(d.Kind), text(d.ID), jsonbText(d.Body), orNull(d.Modified), !d.Withdrawn.IsZero()}
			return row[len(row)-len(names):], nil
		}))
	})
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
