package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// schema is where the content was when that was last asked.
func (s *Store) schema(ctx context.Context) (schema string, err error) {
	if s.renewing != nil {
		return s.renewing.schema, nil
	}
	if known := s.serving.Load(); known != nil {
		return *known, nil
	}
	if err := s.readers.QueryRow(ctx, "SELECT content FROM vulnmirror.service").Scan(&schema); err != nil {
		return "", err
	}
	s.serving.Store(&schema)
	return schema, nil
}

// beginnings is how often a snapshot is begun, for content may be replaced and
// an idle connection have ended meanwhile.
const beginnings = 5

// snapshot begins one on the content in service. The first read fixes the state
// that all others see, and keeps the content from being dropped.
func (s *Store) snapshot(ctx context.Context) (v *snapshot, err error) {
	for range beginnings {
		var schema string
		if schema, err = s.schema(ctx); err == nil {
			v, err = s.snapshotOf(ctx, schema)
		}
		switch {
		case err == nil:
			return v, nil
		case lost(err):
			s.readers.Reset() // the others may be as old
		case errors.Is(err, errReplaced), gone(err):
			s.serving.Store(nil)
		default:
			return nil, s.fault("begin reading", err)
		}
	}
	return nil, s.fault("begin reading", err)
}

// errReplaced says that other content is in service.
var errReplaced = errors.New("the content was replaced")

func (s *Store) snapshotOf(ctx context.Context, schema string) (*snapshot, error) {
	tx, err := s.readers.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, err
	}
	v := &snapshot{s: s, tx: contentTx{tx, schema}}
	var serving string
	err = v.tx.QueryRow(ctx, "SELECT s.content, c.value FROM vulnmirror.service s, content.counter c WHERE c.name = 'revision'").Scan(&serving, &v.revision)
	if err == nil && serving != schema && s.renewing == nil {
		err = errReplaced
	}
	if err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

// frozen runs f on a snapshot of its own.
func frozen[T any](ctx context.Context, s *Store, f func(v *snapshot) (T, error)) (out T, err error) {
	v, err := s.snapshot(ctx)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	return f(v)
}

// serverVersion refuses servers older than this program can use.
func serverVersion(ctx context.Context, conn *pgx.Conn) error {
	var number int
	if err := conn.QueryRow(ctx, "SELECT current_setting('server_version_num')::int").Scan(&number); err != nil {
		return err
	}
	return checkServer(number)
}

// oldestServer is PostgreSQL 12, as server_version_num spells it.
const oldestServer = 120000

func checkServer(number int) error {
	if number >= oldestServer {
		return nil
	}
	return &Fault{
		err:  fmt.Errorf("the server is PostgreSQL %d.%d; 12 or newer is needed", number/10000, number%10000),
		next: "upgrade the server, name another one, or keep the mirror in SQLite: --store sqlite:PATH",
	}
}

// onWriter runs f on one connection that can write.
func (s *Store) onWriter(ctx context.Context, f func(conn *pgx.Conn) error) error {
	return s.writers.AcquireFunc(ctx, func(c *pgxpool.Conn) error { return f(c.Conn()) })
}
