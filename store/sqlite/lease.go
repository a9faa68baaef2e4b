package sqlite

import (
	"context"
	"database/sql/driver"
	"time"

	"vulnmirror/store"
)

// nowMillis is the clock of the machine, which all who share a file share.
const nowMillis = "CAST(unixepoch('subsec') * 1000 AS INTEGER)"

// Lease implements store.Leaser: data folders may share one file.
func (s *Store) Lease(ctx context.Context, name, holder string, term time.Duration) error {
	return s.write(ctx, "lease "+name, func(w *session) error {
		var held *store.LeasedError
		err := w.each("SELECT holder, expires FROM lease WHERE name = ? AND holder <> ? AND expires > "+nowMillis, func(v []driver.Value) error {
			held = &store.LeasedError{Name: name, Holder: v[0].(string), Until: time.UnixMilli(v[1].(int64)).UTC()}
			return nil
		}, name, holder)
		switch {
		case err != nil:
			return err
		case held != nil:
			return held
		}
		return w.exec("INSERT OR REPLACE INTO lease VALUES (?, ?, "+nowMillis+" + ?)", name, holder, term.Milliseconds())
	})
}

// Release implements store.Leaser.
func (s *Store) Release(ctx context.Context, name, holder string) error {
	return s.write(ctx, "release "+name, func(w *session) error {
		return w.exec("DELETE FROM lease WHERE name = ? AND holder = ?", name, holder)
	})
}
