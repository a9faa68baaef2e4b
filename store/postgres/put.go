package postgres

import (
	"fmt"
	"slices"

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
	if err := a.putRecords(added, changed); err != nil {
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
	return a.putJSON(added, changed)
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

// putRecords puts records in place. Nobody else writes, so COPY meets none that is
// held; it takes half as long as INSERT with ON CONFLICT.
func (a *applier) putRecords(added, changed []*incoming) error {
	if err := a.clearNamed("record", "kind", "id", changed); err != nil {
		return err
	}
	drafts := append(slices.Clip(added), changed...)
	if len(drafts) == 0 {
		return nil
	}
	names := make([]string, len(columns), len(columns)+2)
	for i := range columns {
		names[i] = columns[i].name
	}
	err := a.tx.copyInto(a.ctx, "record", append(names, "revision", "origin"), pgx.CopyFromSlice(len(drafts), func(i int) ([]any, error) {
		row := make([]any, 0, len(columns)+2)
		for c := range columns {
			row = append(row, columns[c].value(drafts[i]))
		}
		return append(row, a.revision, a.origin), nil
	}))
	if err != nil {
		return fmt.Errorf("copy records: %w", err)
	}
	return nil
}

// clearNamed takes away what a table, whose columns kind and id name records, has
// of them.
func (a *applier) clearNamed(table, kind, id string, drafts []*incoming) error {
	if len(drafts) == 0 {
		return nil
	}
	kinds, ids := identify(drafts)
	if _, err := a.tx.Exec(a.ctx, fmt.Sprintf(`DELETE FROM content.%[1]s x USING unnest($1::text[], $2::text[]) AS u(kind, id)
		WHERE x.%[2]s = u.kind AND x.%[3]s = u.id`, table, kind, id), kinds, ids); err != nil {
		return fmt.Errorf("clear %s: %w", table, err)
	}
	return nil
}
