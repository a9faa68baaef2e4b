package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"

	"vulnmirror/store"
)

// Withdraw implements store.Writer.
func (s *Store) Withdraw(ctx context.Context, x store.Withdrawal) (gone int, err error) {
	t := &tables[tableOf(x.Kind)]
	err = s.write(ctx, "withdraw records", func(w *session) error {
		var ids []int64
		err := w.each("SELECT id, name FROM "+t.name+` r WHERE `+t.ofKind()+` AND feed = (SELECT id FROM term WHERE value = ?)
			AND withdrawn IS NULL AND (modified IS NULL OR modified <= ?)`, func(v []driver.Value) error {
			if !x.Keep(v[1].(string)) {
				ids = append(ids, v[0].(int64))
			}
			return ctx.Err()
		}, string(x.Kind), x.Source, x.UpTo.UnixMilli())
		if err != nil || len(ids) == 0 {
			return err
		}
		revision, _, err := w.number("SELECT value + 1 FROM counter WHERE name = 'revision'")
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := w.exec("UPDATE "+t.name+" SET withdrawn = ?, revision = ? WHERE id = ?", x.At.UnixMilli(), revision, id); err != nil {
				return err
			}
		}
		gone = len(ids)
		return w.exec("UPDATE counter SET value = ? WHERE name = 'revision'", revision)
	})
	if err != nil {
		return 0, fmt.Errorf("%s of %s: %w", x.Kind, x.Source, err)
	}
	return gone, nil
}
