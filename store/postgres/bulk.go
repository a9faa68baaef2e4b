package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"vulnmirror/vuln"
)

// fewRecords is how many of a kind may be held for a bulk load to pay.
const fewRecords = 1000

// bulkPrefix begins the names of counters that are there while a kind is loaded
// in bulk.
const bulkPrefix = "bulk "

// BeginBulk prepares for a large load: indexes other than those of identifiers
// are left out until EndBulk. It does nothing when the database holds more than
// a few records of any kind, since they share tables.
func (s *Store) BeginBulk(ctx context.Context, kind vuln.Kind) error {
	return s.write(ctx, "begin a bulk load", func(tx contentTx, _ int64) error {
		var held int
		if err := tx.QueryRow(ctx, fmt.Sprintf("SELECT count(*) FROM (SELECT 1 FROM content.record LIMIT %d) r", fewRecords+1)).Scan(&held); err != nil {
			return err
		}
		loading, err := bulkKinds(ctx, tx, tx.schema)
		if err != nil {
			return err
		}
		if held > fewRecords && len(loading) == 0 {
			return nil
		}
		if err := dropIndexes(ctx, tx); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "INSERT INTO content.counter VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET value = 1", bulkPrefix+string(kind))
		return err
	})
}

// EndBulk makes the indexes that a bulk load went without, once no other kind is
// being loaded.
func (s *Store) EndBulk(ctx context.Context, kind vuln.Kind) error {
	if s.options.ReadOnly {
		return fmt.Errorf("end a bulk load: %w", errReadOnly)
	}
	err := s.write(ctx, "end a bulk load", func(tx contentTx, _ int64) error {
		_, err := tx.Exec(ctx, "DELETE FROM content.counter WHERE name = $1", bulkPrefix+string(kind))
		return err
	})
	if err != nil {
		return err
	}
	return s.fault("end a bulk load", s.completeIndexes(ctx))
}

// completeIndexes makes what indexes are missing, unless a kind is being loaded.
func (s *Store) completeIndexes(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.onWriter(ctx, func(conn *pgx.Conn) error {
		schema, err := s.writable(ctx, conn)
		if err != nil {
			return err
		}
		loading, err := bulkKinds(ctx, conn, schema)
		if err != nil || len(loading) > 0 {
			return err
		}
		return makeIndexes(ctx, conn, schema, s.jsonb, s.added.Swap(0) > fewRecords)
	})
}

// writable is the schema that this store writes to.
func (s *Store) writable(ctx context.Context, conn *pgx.Conn) (schema string, err error) {
	if s.renewing != nil {
		return s.renewing.schema, nil
	}
	err = conn.QueryRow(ctx, "SELECT content FROM vulnmirror.service").Scan(&schema)
	return schema, err
}

// bulkKinds are the kinds that are being loaded.
func bulkKinds(ctx context.Context, q querier, schema string) (map[vuln.Kind]bool, error) {
	rows, err := q.Query(ctx, within(schema, "SELECT name FROM content.counter WHERE name LIKE $1"), bulkPrefix+"%")
	if err != nil {
		return nil, err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	kinds := map[vuln.Kind]bool{}
	for _, n := range names {
		kinds[vuln.Kind(strings.TrimPrefix(n, bulkPrefix))] = true
	}
	return kinds, err
}

// completeBulk brings the database from any state of a bulk load to the normal
// one.
func (s *Store) completeBulk(ctx context.Context) error {
	err := s.write(ctx, "complete a bulk load", func(tx contentTx, _ int64) error {
		_, err := tx.Exec(ctx, "DELETE FROM content.counter WHERE name LIKE $1", bulkPrefix+"%")
		return err
	})
	if err != nil {
		return err
	}
	if err := s.alignCopies(ctx); err != nil {
		return err
	}
	return s.completeIndexes(ctx)
}
