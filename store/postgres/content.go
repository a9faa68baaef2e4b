package postgres

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// permanent is the schema of what stays when the content is replaced, and slots
// are those that hold content: one is in service, a renewal fills the other.
const permanent = "vulnmirror"

var slots = [2]string{"vulnmirror_a", "vulnmirror_b"}

// schemas are all that the mirror needs.
var schemas = []string{permanent, slots[0], slots[1]}

// beside is the slot that is not in service.
func beside(serving string) string {
	if serving == slots[0] {
		return slots[1]
	}
	return slots[0]
}

// within is a statement with the schema that "content" stands for. A name that
// is looked up when a statement runs would be the wrong way: a snapshot has to
// go on in the schema it began in.
func within(schema, statement string) string {
	return strings.ReplaceAll(statement, "content.", schema+".")
}

// querier is what reading asks.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// contentTx is a transaction in whose statements "content" stands for schema.
type contentTx struct {
	pgx.Tx
	schema string
}

func (t contentTx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return t.Tx.Exec(ctx, within(t.schema, sql), args...)
}

func (t contentTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return t.Tx.Query(ctx, within(t.schema, sql), args...)
}

func (t contentTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return t.Tx.QueryRow(ctx, within(t.schema, sql), args...)
}

// copyInto copies rows into a table of the content.
func (t contentTx) copyInto(ctx context.Context, table string, names []string, rows pgx.CopyFromSource) error {
	_, err := t.Tx.CopyFrom(ctx, pgx.Identifier{t.schema, table}, names, rows)
	return err
}

// Begin begins a part that can be undone by itself.
func (t contentTx) Begin(ctx context.Context) (pgx.Tx, error) {
	part, err := t.Tx.Begin(ctx)
	return contentTx{part, t.schema}, err
}
