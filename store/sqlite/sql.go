package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
)

// limitAttached is SQLITE_LIMIT_ATTACHED of SQLite's C interface.
const limitAttached = 7

// Rows is the answer to a statement of the user. Close it.
type Rows struct {
	*sql.Rows
	conn *sql.Conn
}

// Close ends the answer.
func (r *Rows) Close() error { return errors.Join(r.Rows.Close(), r.conn.Close()) }

// Query runs one SQL statement of the user. It can read everything here, and
// call body_json(body); it can change nothing, here or in another file: the
// connection is read-only and no file can be attached to it.
func (s *Store) Query(ctx context.Context, query string, args ...any) (*Rows, error) {
	conn, err := s.users.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if _, err := sqlite.Limit(conn, limitAttached, 0); err != nil {
		return nil, errors.Join(fmt.Errorf("shut off other files: %w", err), conn.Close())
	}
	rows, err := conn.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &Rows{rows, conn}, nil
}
