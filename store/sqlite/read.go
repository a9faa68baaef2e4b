package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"vulnmirror/store"
	"vulnmirror/store/bodycodec"
	"vulnmirror/vuln"
)

// selectOne selects one record of a table by kind and name, and which database
// it is in.
func (t *table) selectOne() string {
	return "SELECT " + t.columns() + ", (SELECT value FROM counter WHERE name = 'lineage') FROM " + t.from() +
		" WHERE " + t.ofKind() + " AND r.name = ?"
}

// row is a record as read, with numbers in place of shared texts.
type row struct {
	name                   string
	published, modified    sql.NullInt64
	status, reporter, feed int64
	converted              bool
	withdrawn              sql.NullInt64
	title                  string
	scores, best           sql.NullInt64
	body                   []byte
}

func (r *row) fields(body any) []any {
	return []any{&r.name, &r.published, &r.modified, &r.status, &r.reporter, &r.feed, &r.converted, &r.withdrawn, &r.title, &r.scores, &r.best, body}
}

// unpack replaces the body as kept by the body itself.
func (r *row) unpack() (err error) {
	if r.body, err = bodycodec.Decode(nil, r.body); err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	return nil
}

// record makes the record that an unpacked row stands for.
func (r *row) record(ctx context.Context, m *recall, from asker, lineage int64, kind vuln.Kind) (rec vuln.Record, err error) {
	rec = vuln.Record{
		Kind: kind, ID: r.name, Published: fromMillis(r.published), Modified: fromMillis(r.modified),
		Title: r.title, Converted: r.converted, Withdrawn: fromMillis(r.withdrawn), Body: r.body,
	}
	if rec.Status, err = m.term(ctx, from, lineage, r.status); err != nil {
		return rec, err
	}
	if rec.SourceIdentifier, err = m.term(ctx, from, lineage, r.reporter); err != nil {
		return rec, err
	}
	if rec.Source, err = m.term(ctx, from, lineage, r.feed); err != nil {
		return rec, err
	}
	if r.scores.Valid && r.best.Valid {
		rec.Facts.Best, err = m.score(ctx, from, lineage, scoreRef{r.scores.Int64, r.best.Int64})
	}
	return rec, err
}

func fromMillis(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return time.UnixMilli(ms.Int64).UTC()
}

// Get implements store.Reader.
func (s *Store) Get(ctx context.Context, kind vuln.Kind, id string) (vuln.Record, error) {
	return get(ctx, s, &s.memory, kind, id)
}

func get(ctx context.Context, from asker, m *recall, kind vuln.Kind, id string) (vuln.Record, error) {
	ctx, err := brief(ctx)
	if err != nil {
		return vuln.Record{}, fmt.Errorf("get %s: %w", id, err)
	}
	var r row
	var lineage int64
	err = askRow(ctx, from, tables[tableOf(kind)].selectOne(), []any{string(kind), id}, append(r.fields(&r.body), &lineage)...)
	if errors.Is(err, sql.ErrNoRows) {
		return vuln.Record{}, fmt.Errorf("%s: %w", id, store.ErrNotFound)
	}
	if err != nil {
		return vuln.Record{}, fmt.Errorf("get %s: %w", id, err)
	}
	if err := r.unpack(); err != nil {
		return vuln.Record{}, fmt.Errorf("get %w", err)
	}
	rec, err := r.record(ctx, m, from, lineage, kind)
	if err != nil {
		return vuln.Record{}, fmt.Errorf("get %s: %w", id, err)
	}
	return rec, nil
}
