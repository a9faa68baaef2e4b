package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"vulnmirror/store/draft"
	"vulnmirror/vuln"
)

// copiesCounter says of what there are copies as jsonb: it is copiesOfAll, or 1
// where only CVE records and CPE names have them, as the first schema had it, or
// missing where none are kept.
const (
	copiesCounter = "jsonb"
	copiesOfAll   = 2
)

// alignCopies makes the copies as jsonb what the options ask for.
func (s *Store) alignCopies(ctx context.Context) error {
	var kept int
	err := s.write(ctx, "look at the copies as jsonb", func(tx contentTx, _ int64) error {
		return tx.QueryRow(ctx, "SELECT coalesce(max(value), 0) FROM content.counter WHERE name = $1", copiesCounter).Scan(&kept)
	})
	switch {
	case err != nil || s.jsonb && kept == copiesOfAll || !s.jsonb && kept == 0:
		return err
	case !s.jsonb:
		return s.write(ctx, "remove the copies as jsonb", func(tx contentTx, _ int64) error { return removeCopies(ctx, tx) })
	}
	kinds, err := s.kinds(ctx)
	if err != nil {
		return err
	}
	for _, kind := range kinds {
		of, ok := copiesOf(kind)
		if !ok || kept > 0 && of != otherCopies {
			continue
		}
		if err := s.fillCopies(ctx, kind); err != nil {
			return err
		}
	}
	return s.write(ctx, "make copies as jsonb", func(tx contentTx, _ int64) error {
		_, err := tx.Exec(ctx, "INSERT INTO content.counter VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", copiesCounter, copiesOfAll)
		return err
	})
}

func removeCopies(ctx context.Context, tx contentTx) error {
	if _, err := tx.Exec(ctx, "TRUNCATE content.cve_records, content.cpe_records, content.other_records"); err != nil {
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
}

// kinds are those of which records are held.
func (s *Store) kinds(ctx context.Context) (kinds []vuln.Kind, err error) {
	err = s.write(ctx, "make copies as jsonb", func(tx contentTx, _ int64) error {
		kinds = nil
		for next := ""; ; {
			// One look into the index for each, where DISTINCT would read all of it.
			err := tx.QueryRow(ctx, "SELECT kind FROM content.record WHERE kind > $1 ORDER BY kind LIMIT 1", next).Scan(&next)
			if errors.Is(err, pgx.ErrNoRows) {
				return nil
			}
			if err != nil {
				return err
			}
			kinds = append(kinds, vuln.Kind(next))
		}
	})
	return kinds, err
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
