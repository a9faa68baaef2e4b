package main

import (
	"errors"
	"os"
)

// swap puts the database at path, which is closed, in the place of the one in
// service. Programs that have that one open go on with it until they notice
// (sqlite.Store.Replaced).
func (a *app) swap(path string) error {
	// The old one's log must not be taken for the new one's.
	old, err := a.openWriter(a.databasePath())
	if err == nil {
		err = old.Close()
	}
	if err != nil {
		a.log.Warn("the database in service cannot be closed in order; it is replaced all the same", "error", err)
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Remove(a.databasePath() + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return os.Rename(path, a.databasePath())
}

// removeDatabase removes a database and what SQLite keeps beside it.
func removeDatabase(path string) error {
	var errs []error
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
