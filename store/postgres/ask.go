package postgres

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"vulnmirror/store"
)

// Ask implements store.Asker. The statement has a connection of its own, which
// ends with the answer and takes whatever the statement left in it along, and a
// read-only transaction, which a statement can end but not leave for another: of
// several statements in one text the server refuses all. Unqualified names are
// looked for as by anybody who connects, and then among the views of schema
// vulnmirror.
func (s *Store) Ask(ctx context.Context, statement string, args ...any) (store.Rows, error) {
	conn, err := connect(ctx, s.url, s.options, asking)
	if err != nil {
		return nil, s.fault("ask", err)
	}
	found, err := ask(ctx, conn, statement, args)
	if err != nil {
		return nil, errors.Join(s.fault("ask", err), conn.Close(context.WithoutCancel(ctx)))
	}
	return &answer{Rows: found, conn: conn}, nil
}

func ask(ctx context.Context, conn *pgx.Conn, statement string, args []any) (pgx.Rows, error) {
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, "SELECT set_config('search_path', current_setting('search_path') || ', vulnmirror', true)"); err != nil {
		return nil, err
	}
	modes := []any{pgx.QueryExecModeDescribeExec, pgx.QueryResultFormats{pgx.TextFormatCode}}
	rows, err := tx.Query(ctx, statement, append(modes, args...)...)
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// answer is what a statement of the user found.
type answer struct {
	pgx.Rows
	conn   *pgx.Conn
	closed bool
}

// Columns implements store.Rows.
func (a *answer) Columns() ([]string, error) {
	fields := a.FieldDescriptions()
	names := make([]string, len(fields))
	for i := range fields {
		names[i] = fields[i].Name
	}
	return names, a.Err()
}

// Scan implements store.Rows. Into an *any goes nil, a bool, int64, float64,
// time.Time, []byte, or the text that PostgreSQL has for the value: of numbers
// that none of these can hold, of dates, of jsonb, of lists.
func (a *answer) Scan(into ...any) error {
	raw, fields := a.RawValues(), a.FieldDescriptions()
	if len(into) != len(raw) {
		return fmt.Errorf("%d columns do not go into %d variables", len(raw), len(into))
	}
	for i, to := range into {
		var err error
		if anything, ok := to.(*any); ok {
			*anything, err = plain(fields[i].DataTypeOID, raw[i])
		} else {
			err = a.conn.TypeMap().Scan(fields[i].DataTypeOID, pgx.TextFormatCode, raw[i], to)
		}
		if err != nil {
			return fmt.Errorf("column %s: %w", fields[i].Name, err)
		}
	}
	return nil
}

// Close implements store.Rows.
func (a *answer) Close() error {
	if a.closed {
		return nil
	}
	a.closed = true
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = a.conn.Close(ctx) // first, so that an answer that nobody wants is not read to its end
	a.Rows.Close()
	return nil
}

// plain is a value that PostgreSQL spelled in text as a Go value.
func plain(oid uint32, text []byte) (any, error) {
	if text == nil {
		return nil, nil //nolint:nilnil // it is NULL
	}
	s := string(text)
	switch oid {
	case pgtype.BoolOID:
		return s == "t", nil
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.OIDOID:
		return strconv.ParseInt(s, 10, 64)
	case pgtype.Float4OID, pgtype.Float8OID:
		return strconv.ParseFloat(s, 64)
	case pgtype.NumericOID:
		return number(s), nil
	case pgtype.ByteaOID:
		return hex.DecodeString(strings.TrimPrefix(s, `\x`))
	case pgtype.TimestamptzOID, pgtype.TimestampOID:
		for _, layout := range []string{"2006-01-02 15:04:05.999999999Z07", "2006-01-02 15:04:05.999999999"} {
			if t, err := time.Parse(layout, s); err == nil {
				return t.UTC(), nil
			}
		}
	}
	return s, nil
}

// number is a decimal as a Go number when that says the same.
func number(s string) any {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n
	}
	short := s
	if strings.Contains(s, ".") {
		short = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && strconv.FormatFloat(f, 'f', -1, 64) == short {
		return f
	}
	return s
}
