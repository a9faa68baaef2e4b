package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"vulnmirror/store"
)

// Withdraw implements store.Writer.
func (s *Store) Withdraw(ctx context.Context, x store.Withdrawal) (gone int, err error) {
	err = s.write(ctx, "withdraw records", func(tx contentTx, revision int64) error {
		rows, err := tx.Query(ctx, `SELECT id FROM content.record
			WHERE kind = $1 AND source = $2 AND withdrawn IS NULL AND (modified IS NULL OR modified <= $3)`, string(x.Kind), text(x.Source), x.UpTo)
		if err != nil {
			return err
		}
		var ids []string
		var id string
		if _, err := pgx.ForEachRow(rows, []any{&id}, func() error {
			if !x.Keep(id) {
				ids = append(ids, id)
			}
			return nil
		}); err != nil || len(ids) == 0 {
			return err
		}
		if _, err := tx.Exec(ctx, "UPDATE content.record SET withdrawn = $3, revision = $4 WHERE kind = $1 AND id = ANY($2::text[])",
			string(x.Kind), ids, orNull(x.At), revision+1); err != nil {
			return err
		}
		if s.jsonb {
			if err := markCopies(ctx, tx, x.Kind, ids, true); err != nil {
				return err
			}
		}
		gone = len(ids)
		_, err = tx.Exec(ctx, "UPDATE content.counter SET value = $1 WHERE name = 'revision'", revision+1)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("%s of %s: %w", x.Kind, x.Source, err)
	}
	return gone, nil
}
