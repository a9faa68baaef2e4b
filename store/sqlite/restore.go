package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	"modernc.org/sqlite"
)

// stepPages is how much Restore copies between looks at its context.
const stepPages = 1024

// Restore replaces everything in the database by what the database at path
// holds, which nobody has open and which was opened for writing by this program
// before. It is one transaction: readers, in other processes too, see the old
// content until it ends, and after a failure or a kill for ever. Leases stay;
// one that another process takes in the meantime is lost. It needs room for the
// new content twice.
func (s *Store) Restore(ctx context.Context, path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writer == nil {
		return fmt.Errorf("restore %s: the database is open for reading only", s.path)
	}
	from := &url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: "mode=ro"}
	err = s.writer.use(func() error {
		held, err := s.lasting()
		if err != nil {
			return err
		}
		if err := held.give(ctx, path); err != nil {
			return err
		}
		restorer, ok := s.writer.raw.(interface {
			NewRestore(source string) (*sqlite.Backup, error)
		})
		if !ok {
			return errors.New("this driver cannot")
		}
		backup, err := restorer.NewRestore(from.String())
		if err != nil {
			return err
		}
		return errors.Join(copyPages(ctx, backup), backup.Finish())
	})
	s.interned.seen = 0 // rows have other numbers now
	if err != nil {
		return fmt.Errorf("restore %s from %s: %w", s.path, path, err)
	}
	return nil
}

// lasting is what a database keeps when its content is replaced.
type lasting struct {
	revision int64
	leases   [][]any
}

func (s *Store) lasting() (l lasting, err error) {
	if l.revision, _, err = s.writer.number("SELECT value FROM counter WHERE name = 'revision'"); err != nil {
		return l, err
	}
	err = s.writer.each("SELECT name, holder, expires FROM lease", func(v []driver.Value) error {
		l.leases = append(l.leases, []any{v[0], v[1], v[2]})
		return nil
	})
	return l, err
}

// give makes every revision in the database at path larger than those held so
// far, so that for whoever compares them everything restored has changed, and
// hands the leases on, for the work that they are for goes on.
func (l lasting) give(ctx context.Context, path string) error {
	db, err := connect(path, "rw", defaultCache)
	if err != nil {
		return err
	}
	err = func() error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		do := func(query string, args ...any) {
			if err == nil {
				_, err = tx.ExecContext(ctx, query, args...)
			}
		}
		do("UPDATE counter SET value = value + ? WHERE name = 'revision'", l.revision)
		for i := range tables {
			do("UPDATE "+tables[i].name+" SET revision = revision + ?", l.revision)
		}
		do("DELETE FROM lease")
		for _, lease := range l.leases {
			do("INSERT INTO lease (name, holder, expires) VALUES (?, ?, ?)", lease...)
		}
		if err != nil {
			return errors.Join(err, tx.Rollback())
		}
		return tx.Commit()
	}()
	// Closing the last connection folds the write-ahead log into the file.
	return errors.Join(err, db.Close())
}

func copyPages(ctx context.Context, b *sqlite.Backup) error {
	for {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if more, err := b.Step(stepPages); err != nil || !more {
			return err
		}
	}
}
