package postgres

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// Options change how a database is opened. The zero value is right for most.
type Options struct {
	// ReadOnly opens an existing mirror and never writes to it.
	ReadOnly bool
	// NoJSONB leaves out the tables cve_records and cpe_records: loading is
	// several times as fast without.
	NoJSONB bool
}

// Store is a mirror in a PostgreSQL database. It implements store.Store,
// store.Preparer and store.BulkLoader.
type Store struct {
	pool     *pgxpool.Pool
	readOnly bool
	jsonb    bool
	memory   digests

	mu   sync.Mutex // held while this program writes
	bulk map[vuln.Kind]bool
}

var (
	_ store.Store      = (*Store)(nil)
	_ store.Preparer   = (*Store)(nil)
	_ store.BulkLoader = (*Store)(nil)
)

// Open opens the mirror in the database that url names, in a form that pgx
// takes (postgres://user@host/database or key=value). For writing, the schema is
// made or brought up to date and an interrupted bulk load is completed. Errors
// never show the password.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	config.ConnConfig.RuntimeParams["application_name"] = "vulnmirror"
	config.MaxConns = max(config.MaxConns, int32(4+2*runtime.GOMAXPROCS(0)))
	s := &Store{readOnly: o.ReadOnly, jsonb: !o.NoJSONB, bulk: map[vuln.Kind]bool{}}
	if s.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := s.pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error { return s.prepare(ctx, c.Conn()) }); err != nil {
		s.pool.Close()
		return nil, fmt.Errorf("open database %s: %w", Place(url), err)
	}
	return s, nil
}

// prepare makes the database ready for what the store was opened for.
func (s *Store) prepare(ctx context.Context, conn *pgx.Conn) error {
	if err := serverVersion(ctx, conn); err != nil {
		return err
	}
	if s.readOnly {
		return checkVersion(ctx, conn)
	}
	if err := setup(ctx, conn); err != nil {
		return err
	}
	if s.jsonb {
		if _, err := conn.Exec(ctx, jsonbTables); err != nil {
			return err
		}
	}
	return completeBulk(ctx, conn, s.jsonb)
}

// Place names the database of a URL without its secrets.
func Place(url string) string {
	c, err := pgx.ParseConfig(url)
	if err != nil {
		return "postgres"
	}
	return fmt.Sprintf("%s on %s:%d", c.Database, c.Host, c.Port)
}

// Close ends all connections.
func (s *Store) Close() error {
	s.pool.Close()
	return nil
}

var errReadOnly = errors.New("the database was opened read-only")

// write runs f in one transaction that no other writer is in, on this machine
// or another. revision is the last one given out.
func (s *Store) write(ctx context.Context, what string, f func(tx pgx.Tx, revision int64) error) error {
	if s.readOnly {
		return fmt.Errorf("%s: %w", what, errReadOnly)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var revision int64
		if err := tx.QueryRow(ctx, "SELECT value FROM vulnmirror.counter WHERE name = 'revision' FOR UPDATE").Scan(&revision); err != nil {
			return err
		}
		return f(tx, revision)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
