package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"

	"vulnmirror/store"
)

// limitAttached is SQLITE_LIMIT_ATTACHED of SQLite's C interface.
const limitAttached = 7

// rows are the answer to a statement of the user.
type rows struct {
	*sql.Rows
	conn *sql.Conn
}

// Close ends the answer.
func (r *rows) Close() error { return errors.Join(r.Rows.Close(), r.conn.Close()) }

// Ask implements store.Asker. The statement can read everything here, and
// call body_json(body); it can change nothing, here or in another file: the
// connection is read-only and no file can be attached to it.
func (s *Store) Ask(ctx context.Context, query string, args ...any) (store.Rows, error) {
	conn, err := s.users.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if _, err := sqlite.Limit(conn, limitAttached, 0); err != nil {
		return nil, errors.Join(fmt.Errorf("shut off other files: %w", err), conn.Close())
	}
	found, err := conn.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &rows{found, conn}, nil
}
