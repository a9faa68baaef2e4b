package main

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"vulnmirror/mirror"
	"vulnmirror/store"
	"vulnmirror/store/sqlite"
)

func newRebuildCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "rebuild [SOURCE...]",
		Short: "Make the database anew from the archive, without network",
		Long: `Rebuild decodes everything the archive holds into a new database and then puts
it in the place of the one in service, which answers until then. Programs that have it
open, a server for one, see the new content at once. The database
holds all sources, so all of them are rebuilt; a name only checks that the
archive has that source.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := a.sourceNames(args); err != nil {
				return err
			}
			return a.rebuild(cmd.Context())
		},
	}
}

func (a *app) rebuild(ctx context.Context) error {
	m := &mirror.Mirror{
		Sources: a.sources(), Archive: a.archive(), Meter: a.meter, Log: a.log, Now: a.now, LockWait: a.config.Lock.Wait,
	}
	if fileExists(a.databasePath()) {
		serving, err := a.openWriter(a.databasePath())
		if err != nil {
			a.log.Warn("the database in service cannot be used; it is replaced, and what only it knows is lost", "error", err)
		} else {
			defer serving.Close()
			m.Store = serving
		}
	}
	path := a.databasePath() + ".new"
	if err := removeDatabase(path); err != nil {
		return err
	}
	into, err := a.openWriter(path)
	if err != nil {
		return err
	}
	results, err := m.Rebuild(ctx, into, func() error {
		return errors.Join(into.Close(), a.putInService(ctx, m.Store, path))
	})
	if err != nil {
		return errors.Join(err, into.Close(), removeDatabase(path))
	}
	return a.printSummary(mirror.Summary{Sources: results})
}

// putInService makes the database at path the one in service.
func (a *app) putInService(ctx context.Context, serving store.Store, path string) error {
	if st, ok := serving.(*sqlite.Store); ok {
		return errors.Join(st.Restore(ctx, path), removeDatabase(path))
	}
	return errors.Join(removeDatabase(a.databasePath()), os.Rename(path, a.databasePath()))
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

func fileExists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
