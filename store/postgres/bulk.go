package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"vulnmirror/vuln"
)

// fewRecords is how many of a kind may be held for a bulk load to pay.
const fewRecords = 1000

// index is an index that a bulk load goes without.
type index struct{ name, on string }

// indexes are made by Open for writing where they are missing, and by EndBulk.
var indexes = []index{
	{"record_published", "vulnmirror.record (kind, published NULLS FIRST, id) INCLUDE (withdrawn, converted)"},
	{"record_modified", "vulnmirror.record (kind, modified DESC NULLS LAST, id) INCLUDE (withdrawn, converted, revision)"},
	{"record_year", "vulnmirror.record (kind, feed_year, modified) INCLUDE (withdrawn, converted, revision)"},
	{"record_words", "vulnmirror.record USING gin (array_to_tsvector(words))"},
	{"record_sources", "vulnmirror.record USING gin (sources)"},
	{"record_weaknesses", "vulnmirror.record USING gin (weaknesses)"},
	{"record_aliases", "vulnmirror.record USING gin (aliases)"},
	{"record_links", "vulnmirror.record USING gin (links)"},
	{"record_tags", "vulnmirror.record (id) WHERE tags <> '{}'"},
	{"record_kev", "vulnmirror.record (kev_added) WHERE kev_added IS NOT NULL"},
	{"record_bare", "vulnmirror.record (id) WHERE bare AND kind = 'cve'"},
	{"record_product", "vulnmirror.record (vendor, product, part) WHERE vendor IS NOT NULL"},
	{"record_open", "vulnmirror.record (kind) WHERE open"},
	{"score_severity", "vulnmirror.score (version, severity)"},
	{"criterion_product", "vulnmirror.criterion (vendor, product, part)"},
	{"criterion_open", "vulnmirror.criterion (key) WHERE open"},
	{"criterion_use_criterion", "vulnmirror.criterion_use (criterion)"},
}

// BeginBulk prepares for a large load: indexes other than those of identifiers
// are left out until EndBulk. It does nothing when the database holds more than
// a few records of any kind, since they share tables.
func (s *Store) BeginBulk(ctx context.Context, kind vuln.Kind) error {
	return s.write(ctx, "begin a bulk load", func(tx pgx.Tx, _ int64) error {
		var held int
		if err := tx.QueryRow(ctx, fmt.Sprintf("SELECT count(*) FROM (SELECT 1 FROM vulnmirror.record LIMIT %d) r", fewRecords+1)).Scan(&held); err != nil {
			return err
		}
		loading, err := bulkKinds(ctx, tx)
		if err != nil {
			return err
		}
		if held > fewRecords && len(loading) == 0 {
			return nil
		}
		for _, x := range indexes {
			if _, err := tx.Exec(ctx, "DROP INDEX IF EXISTS vulnmirror."+x.name); err != nil {
				return err
			}
		}
		if s.jsonb {
			if _, err := tx.Exec(ctx, dropJSONBIndexes); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, "INSERT INTO vulnmirror.counter VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET value = 1", bulkPrefix+string(kind))
		return err
	})
}

// EndBulk makes the indexes that a bulk load went without, once no other kind is
// being loaded.
func (s *Store) EndBulk(ctx context.Context, kind vuln.Kind) error {
	if s.readOnly {
		return fmt.Errorf("end a bulk load: %w", errReadOnly)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
		if _, err := c.Exec(ctx, "DELETE FROM vulnmirror.counter WHERE name = $1", bulkPrefix+string(kind)); err != nil {
			return err
		}
		loading, err := bulkKinds(ctx, c)
		if err != nil || len(loading) > 0 {
			return err
		}
		return makeIndexes(ctx, c.Conn(), s.jsonb)
	})
	if err != nil {
		return fmt.Errorf("end a bulk load: %w", err)
	}
	return nil
}

// bulkPrefix begins the names of counters that are there while a kind is loaded
// in bulk.
const bulkPrefix = "bulk "

// querier is what bulkKinds asks: a connection or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func bulkKinds(ctx context.Context, q querier) (map[vuln.Kind]bool, error) {
	rows, err := q.Query(ctx, "SELECT name FROM vulnmirror.counter WHERE name LIKE $1", bulkPrefix+"%")
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
func completeBulk(ctx context.Context, conn *pgx.Conn, jsonb bool) error {
	if _, err := conn.Exec(ctx, "DELETE FROM vulnmirror.counter WHERE name LIKE $1", bulkPrefix+"%"); err != nil {
		return err
	}
	return makeIndexes(ctx, conn, jsonb)
}

// makeIndexes makes the indexes there are not, and takes statistics when it made
// some.
func makeIndexes(ctx context.Context, conn *pgx.Conn, jsonb bool) error {
	missing := 0
	err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL maintenance_work_mem = '256MB'"); err != nil {
			return err
		}
		for _, x := range indexes {
			var held bool
			if err := tx.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", "vulnmirror."+x.name).Scan(&held); err != nil {
				return err
			}
			if held {
				continue
			}
			missing++
			if _, err := tx.Exec(ctx, "CREATE INDEX IF NOT EXISTS "+x.name+" ON "+x.on); err != nil {
				return err
			}
		}
		if !jsonb {
			return nil
		}
		_, err := tx.Exec(ctx, jsonbIndexes)
		return err
	})
	if err != nil || missing == 0 {
		return err
	}
	// Outside the transaction: VACUUM makes pages known to be visible to all,
	// which paging by index alone needs.
	_, err = conn.Exec(ctx, "VACUUM (ANALYZE) vulnmirror.record")
	if err == nil {
		_, err = conn.Exec(ctx, "ANALYZE vulnmirror.score, vulnmirror.criterion, vulnmirror.criterion_use")
	}
	return err
}
