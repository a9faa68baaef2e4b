package sqlite

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"strconv"

	"golang.org/x/sync/errgroup"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// chunk is how many records List reads at once, and fewChunk of those kinds that
// may have a megabyte each.
const (
	chunk    = 500
	fewChunk = 50
)

// List implements store.Reader. The numbers of the records come first, from an
// index where there is one; rows and bodies are then read for those only. So
// skipping to a far offset touches no row that is not returned.
func (v *snapshot) List(ctx context.Context, q store.Query) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		more := true
		err := v.list(ctx, q, func(r vuln.Record) bool {
			more = yield(r, nil)
			return more
		})
		if err != nil && more { // one who left needs no error, and must not be called again
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
	t := &tables[tableOf(q.Kind)]
	f := filterOf(q)
	limit := q.Limit
	if limit <= 0 {
		limit = -1
	}
	numbers, err := v.tx.QueryContext(ctx, "SELECT r.id FROM "+t.name+" r WHERE "+f.sql()+" ORDER BY "+order+" LIMIT ? OFFSET ?", append(f.args, limit, max(q.Offset, 0))...)
	if err != nil {
		return err
	}
	defer numbers.Close()
	ids := make([]byte, 0, 8*chunk)
	most := chunk
	if q.Kind == vuln.KindMatchCriteria {
		most = fewChunk
	}
	for more := true; more; {
		n := 0
		ids = append(ids[:0], '[')
		for n < most {
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
	rows, err := v.read(ctx, kind, ids, n)
	if err != nil {
		return false, err
	}
	if err := unpack(rows); err != nil {
		return false, err
	}
	for i := range rows {
		r, err := rows[i].record(ctx, &v.s.memory, v, v.lineage, kind)
		if err != nil {
			return false, err
		}
		if !yield(r) {
			return false, nil
		}
	}
	return more, nil
}

// selectRows selects the records of a table whose numbers are in a JSON array.
func (t *table) selectRows() string {
	return "SELECT j.key, " + t.columns() + " FROM json_each(?) j CROSS JOIN " + t.from() + " WHERE r.id = j.value"
}

// read reads n rows, in the order of their numbers in ids.
func (v *snapshot) read(ctx context.Context, kind vuln.Kind, ids string, n int) ([]row, error) {
	answer, err := askRows(ctx, v, tables[tableOf(kind)].selectRows(), ids)
	if err != nil {
		return nil, err
	}
	defer answer.Close()
	rows := make([]row, n)
	var at int
	var one row
	to := append([]any{&at}, one.fields(&one.body)...)
	for answer.Next() {
		if err := answer.Scan(to...); err != nil {
			return nil, err
		}
		rows[at] = one
		one.body = nil
	}
	return rows, answer.Err()
}

// unpack replaces the packed bodies of the rows, on all cores when there are
// many.
func unpack(rows []row) error {
	workers := min(runtime.GOMAXPROCS(0), 1+len(rows)/50)
	var g errgroup.Group
	for w := range workers {
		g.Go(func() error {
			for i := w; i < len(rows); i += workers {
				if err := rows[i].unpack(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}
