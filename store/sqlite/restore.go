package sqlite

import (
	"context"
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
// content until it ends, and after a failure or a kill for ever. It needs room
// for the new content twice.
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
		held, _, err := s.writer.number("SELECT value FROM counter WHERE name = 'revision'")
		if err != nil {
			return err
		}
		if err := raiseRevisions(ctx, path, held); err != nil {
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

// raiseRevisions makes every revision in the database at path larger than held,
// so that for whoever compares them everything restored has changed.
func raiseRevisions(ctx context.Context, path string, held int64) error {
	db, err := connect(path, "rw", defaultCache)
	if err != nil {
		return err
	}
	err = func() error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		raise := []string{"UPDATE counter SET value = value + ? WHERE name = 'revision'"}
		for i := range tables {
			raise = append(raise, "UPDATE "+tables[i].name+" SET revision = revision + ?")
		}
		for _, q := range raise {
			if _, err := tx.ExecContext(ctx, q, held); err != nil {
				return errors.Join(err, tx.Rollback())
			}
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
