package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"strconv"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// chunk is how many records List reads at once.
const chunk = 500

// List implements store.Reader. The numbers of the records come first, from an
// index where there is one; rows and bodies are then read for those only. So
// skipping to a far offset touches no row that is not returned.
func (v *snapshot) List(ctx context.Context, q store.Query) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		if err := v.list(ctx, q, func(r vuln.Record) bool { return yield(r, nil) }); err != nil {
			yield(vuln.Record{}, fmt.Errorf("list: %w", err))
		}
	}
}

var orders = map[store.Order]string{
	store.ByPublished:    "r.published, r.name",
	store.ByID:           "r.name",
	store.ByModifiedDesc: "r.modified DESC, r.name",
}

func (v *snapshot) list(ctx context.Context, q store.Query, yield func(vuln.Record) bool) error {
	order, ok := orders[q.Order]
	if !ok {
		return fmt.Errorf("order %d is not known", q.Order)
	}
	f := filterOf(q)
	limit := q.Limit
	if limit <= 0 {
		limit = -1
	}
	numbers, err := v.tx.QueryContext(ctx, "SELECT r.id FROM record r WHERE "+f.sql()+" ORDER BY "+order+" LIMIT ? OFFSET ?", append(f.args, limit, max(q.Offset, 0))...)
	if err != nil {
		return err
	}
	defer numbers.Close()
	ids := make([]byte, 0, 8*chunk)
	for more := true; more; {
		n := 0
		ids = append(ids[:0], '[')
		for n < chunk {
			if more = numbers.Next(); !more {
				break
			}
			var id int64
			if err := numbers.Scan(&id); err != nil {
				return err
			}
			if n++; n > 1 {
				ids = append(ids, ',')
			}
			ids = strconv.AppendInt(ids, id, 10)
		}
		if n == 0 {
			break
		}
		if more, err = v.fetch(ctx, q.Kind, string(append(ids, ']')), n, yield, more); err != nil {
			return err
		}
	}
	return numbers.Err()
}

// fetch yields the n records whose numbers are in the JSON array ids, in that
// order, and returns more, or false when the consumer wants no more.
func (v *snapshot) fetch(ctx context.Context, kind vuln.Kind, ids string, n int, yield func(vuln.Record) bool, more bool) (bool, error) {
	rows, err := v.tx.QueryContext(ctx, `SELECT j.key, r.name, r.published, r.modified, r.status, r.reporter, r.feed, r.scores, r.best, b.body
		FROM json_each(?) j CROSS JOIN record r ON r.id = j.value CROSS JOIN body b ON b.record = r.id`, ids)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	records := make([]vuln.Record, n)
	var raw sql.RawBytes
	for rows.Next() {
		var at int
		var r row
		if err := rows.Scan(append([]any{&at}, r.fields(&raw)...)...); err != nil {
			return false, err
		}
		r.body = raw
		if records[at], err = r.record(ctx, &v.s.memory, v.tx, kind); err != nil {
			return false, err
		}
	}
	if err := rows.Err(); err != nil {
		return false, err
	}
	for _, r := range records {
		if !yield(r) {
			return false, nil
		}
	}
	return more, nil
}
