package postgres

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// put writes what the batch changes.
func (a *applier) put() error {
	var added, changed []*incoming
	var readmitted []name
	for _, n := range a.order {
		h := a.heads[n]
		switch {
		case h.draft == nil:
			readmitted = append(readmitted, n)
		case h.held:
			changed = append(changed, h.draft)
		default:
			added = append(added, h.draft)
		}
	}
	if !a.forgets {
		if err := a.keepVersions(changed); err != nil {
			return err
		}
	}
	if err := a.readmit(readmitted); err != nil {
		return err
	}
	// A record added in a bulk load is in no index yet but that of identifiers.
	copying := slices.DeleteFunc(slices.Clone(added), func(d *incoming) bool { return !a.bulk[d.Kind] })
	if err := a.copyRecords(copying); err != nil {
		return err
	}
	rest := slices.DeleteFunc(slices.Clone(added), func(d *incoming) bool { return a.bulk[d.Kind] })
	if err := a.upsert(append(rest, changed...)); err != nil {
		return err
	}
	if err := a.putParts(added, changed); err != nil {
		return err
	}
	if !a.jsonb {
		return nil
	}
	if err := a.markReadmitted(readmitted); err != nil {
		return err
	}
	return a.putJSON(copying, append(rest, changed...))
}

func identify(drafts []*incoming) (kinds, ids []string) {
	for _, d := range drafts {
		kinds, ids = append(kinds, string(d.Kind)), append(ids, text(d.ID))
	}
	return kinds, ids
}

// keepVersions keeps the versions that are about to be replaced.
func (a *applier) keepVersions(changed []*incoming) error {
	if len(changed) > 0 {
		kinds, ids := identify(changed)
		if _, err := a.tx.Exec(a.ctx, `INSERT INTO content.version
			SELECT r.kind, r.id, $3, 0, r.published, r.modified, r.status, r.reporter, r.source, r.converted, r.origin, r.hash, r.body
			FROM unnest($1::text[], $2::text[]) AS u(kind, id) JOIN content.record r ON r.kind = u.kind AND r.id = u.id`,
			kinds, ids, a.revision); err != nil {
			return fmt.Errorf("keep versions: %w", err)
		}
	}
	for i, d := range a.between {
		if _, err := a.tx.Exec(a.ctx, `INSERT INTO content.version VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
			string(d.Kind), text(d.ID), a.revision, i+1, orNull(d.Published), orNull(d.Modified),
			text(d.Status), text(d.SourceIdentifier), text(d.Source), d.Converted, a.origin, d.Hash, d.Packed); err != nil {
			return fmt.Errorf("keep versions: %w", err)
		}
	}
	return nil
}

// readmit ends the withdrawal of records that upstream has again as they were.
func (a *applier) readmit(names []name) error {
	if len(names) == 0 {
		return nil
	}
	var kinds, ids []string
	for _, n := range names {
		kinds, ids = append(kinds, string(n.kind)), append(ids, n.id)
	}
	_, err := a.tx.Exec(a.ctx, `UPDATE content.record r SET withdrawn = NULL, revision = $3
		FROM unnest($1::text[], $2::text[]) AS u(kind, id) WHERE r.kind = u.kind AND r.id = u.id`, kinds, ids, a.revision)
	return err
}

// adopt gives records to the sources that have them from upstream.
func (a *applier) adopt() error {
	var kinds, ids, sources []string
	for _, n := range a.adopted {
		if h := a.heads[n]; h.adopter != "" {
			kinds, ids, sources = append(kinds, string(n.kind)), append(ids, n.id), append(sources, h.adopter)
		}
	}
	if ids == nil {
		return nil
	}
	_, err := a.tx.Exec(a.ctx, `UPDATE content.record r SET source = u.source
		FROM unnest($1::text[], $2::text[], $3::text[]) AS u(kind, id, source) WHERE r.kind = u.kind AND r.id = u.id`, kinds, ids, sources)
	return err
}

func columnNames() []string {
	names := make([]string, len(columns), len(columns)+2)
	for i := range columns {
		names[i] = columns[i].name
	}
	return append(names, "revision", "origin")
}

// copyRecords adds records that are not held.
func (a *applier) copyRecords(drafts []*incoming) error {
	if len(drafts) == 0 {
		return nil
	}
	err := a.tx.copyInto(a.ctx, "record", columnNames(), pgx.CopyFromSlice(len(drafts), func(i int) ([]any, error) {
		row := make([]any, 0, len(columns)+2)
		for c := range columns {
			row = append(row, copied(columns[c].value(drafts[i])))
		}
		return append(row, a.revision, a.origin), nil
	}))
	if err != nil {
		return fmt.Errorf("copy records: %w", err)
	}
	return nil
}

// upsertSQL puts records in place, held or not.
var upsertSQL = func() string {
	var params, aliases, values, sets []string
	for i := range columns {
		c := &columns[i]
		params = append(params, fmt.Sprintf("$%d::%s", i+1, c.array))
		aliases = append(aliases, c.name)
		value := "u." + c.name
		if c.expr != "" {
			value = strings.Replace(c.expr, "(u,", "(u."+c.name+",", 1)
		}
		values = append(values, value)
		if c.name != "kind" && c.name != "id" {
			sets = append(sets, c.name+" = excluded."+c.name)
		}
	}
	n := len(columns)
	return fmt.Sprintf(`INSERT INTO content.record (%s) SELECT %s, $%d::bigint, $%d::bigint FROM unnest(%s) AS u(%s)
		ON CONFLICT (kind, id) DO UPDATE SET %s, withdrawn = NULL, revision = excluded.revision, origin = excluded.origin`,
		strings.Join(columnNames(), ", "), strings.Join(values, ", "), n+1, n+2, strings.Join(params, ", "), strings.Join(aliases, ", "), strings.Join(sets, ", "))
}()

func (a *applier) upsert(drafts []*incoming) error {
	if len(drafts) == 0 {
		return nil
	}
	args := make([]any, 0, len(columns)+2)
	for i := range columns {
		args = append(args, columns[i].gather(drafts))
	}
	if _, err := a.tx.Exec(a.ctx, upsertSQL, append(args, a.revision, a.origin)...); err != nil {
		return fmt.Errorf("put records: %w", err)
	}
	return nil
}
