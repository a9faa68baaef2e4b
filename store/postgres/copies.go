package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"vulnmirror/store/draft"
	"vulnmirror/vuln"
)

// copiesCounter is 1 where copies as jsonb are kept of all records there are.
const copiesCounter = "jsonb"

// alignCopies makes the copies as jsonb what the options ask for: of every
// record, or none.
func (s *Store) alignCopies(ctx context.Context) error {
	var kept bool
	err := s.write(ctx, "look at the copies as jsonb", func(tx contentTx, _ int64) error {
		return tx.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM content.counter WHERE name = $1 AND value = 1)", copiesCounter).Scan(&kept)
	})
	switch {
	case err != nil || kept == s.jsonb:
		return err
	case kept:
		return s.write(ctx, "remove the copies as jsonb", func(tx contentTx, _ int64) error {
			if _, err := tx.Exec(ctx, "TRUNCATE content.cve_records, content.cpe_records"); err != nil {
				return err
			}
			for i := range indexes {
				if !indexes[i].jsonb {
					continue
				}
				if _, err := tx.Exec(ctx, "DROP INDEX IF EXISTS content."+indexes[i].name); err != nil {
					return err
				}
			}
			_, err := tx.Exec(ctx, "DELETE FROM content.counter WHERE name = $1", copiesCounter)
			return err
		})
	}
	for kind := range copyTables {
		if err := s.fillCopies(ctx, kind); err != nil {
			return err
		}
	}
	return s.write(ctx, "make copies as jsonb", func(tx contentTx, _ int64) error {
		_, err := tx.Exec(ctx, "INSERT INTO content.counter VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET value = 1", copiesCounter)
		return err
	})
}

// fillCopies makes a copy of every record of a kind. It may be repeated.
func (s *Store) fillCopies(ctx context.Context, kind vuln.Kind) error {
	after := ""
	for more := true; more; {
		err := s.write(ctx, "make copies as jsonb", func(tx contentTx, _ int64) error {
			records, err := recordsAfter(ctx, tx, kind, after)
			if err != nil {
				return err
			}
			if more = len(records) > 0; !more {
				return nil
			}
			drafts := make([]*incoming, len(records))
			for i := range records {
				drafts[i] = &incoming{Draft: draft.Draft{Record: &records[i]}}
			}
			after = records[len(records)-1].ID
			a := applier{ctx: ctx, tx: tx}
			return a.putJSON(nil, drafts)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// recordsAfter are the next records by identifier.
func recordsAfter(ctx context.Context, from querier, kind vuln.Kind, after string) ([]vuln.Record, error) {
	rows, err := from.Query(ctx, "SELECT "+recordColumns+" FROM content.record r WHERE r.kind = $1 AND r.id > $2 ORDER BY r.id LIMIT $3", string(kind), after, chunk)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (vuln.Record, error) { return scan(row) })
}
