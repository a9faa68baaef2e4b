package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"

	"vulnmirror/store"
)

// besideSuffix is appended to the path of the file that Renew makes.
const besideSuffix = ".new"

// renewal is the file beside the one in service.
type renewal struct {
	*Store
	serving *Store
	ended   bool // by Take
}

// Renew implements store.Renewer: the new store is a file beside this one.
func (s *Store) Renew(context.Context) (store.Renewal, error) {
	if s.options.ReadOnly {
		return nil, fmt.Errorf("renew %s: %w", s.path, errReadOnly)
	}
	path := s.path + besideSuffix
	if err := Remove(path); err != nil {
		return nil, fmt.Errorf("renew %s: %w", s.path, err)
	}
	beside, err := Open(path, s.options)
	if err != nil {
		return nil, err
	}
	return &renewal{Store: beside, serving: s}, nil
}

// Take implements store.Renewal.
func (r *renewal) Take(ctx context.Context) error {
	r.ended = true
	if err := r.Store.Close(); err != nil {
		return errors.Join(err, Remove(r.path))
	}
	return errors.Join(r.serving.Restore(ctx, r.path), Remove(r.path))
}

// Close discards what was not taken. After Take there is nothing left of it, and
// the file may be that of the next renewal.
func (r *renewal) Close() error {
	if r.ended {
		return nil
	}
	return errors.Join(r.Store.Close(), Remove(r.path))
}

// Remove removes a database that nobody has open, and what SQLite keeps beside
// it. One that is not there is fine.
func Remove(path string) error {
	var errs []error
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
