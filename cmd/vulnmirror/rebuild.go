package main

import (
	"errors"
	"os"

	"github.com/spf13/cobra"

	"vulnmirror/mirror"
	"vulnmirror/store"
)

func newRebuildCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "rebuild [SOURCE...]",
		Short: "Make the database anew from the archive, without network",
		Long: `Rebuild decodes everything the archive holds into a new database and then puts
it in the place of the one in service, which answers until then. The database
holds all sources, so all of them are rebuilt; a name only checks that the
archive has that source.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := a.sourceNames(args); err != nil {
				return err
			}
			return a.rebuild(cmd)
		},
	}
}

func (a *app) rebuild(cmd *cobra.Command) error {
	m := &mirror.Mirror{
		Sources: a.sources(), Archive: a.archive(), Meter: a.meter, Log: a.log, Now: a.now, LockWait: a.config.Lock.Wait,
	}
	old, err := a.openReader()
	switch {
	case err == nil:
		defer old.Close()
		m.Store = old
	case errors.Is(err, store.ErrTooNew), !fileExists(a.databasePath()):
	default:
		a.log.Warn("the database in service cannot be read; what only it knows is lost", "error", err)
	}
	path := a.databasePath() + ".new"
	if err := removeDatabase(path); err != nil {
		return err
	}
	into, err := a.openWriter(path)
	if err != nil {
		return err
	}
	results, err := m.Rebuild(cmd.Context(), into, func() error {
		return errors.Join(into.Close(), a.swap(path))
	})
	if err != nil {
		return errors.Join(err, into.Close(), removeDatabase(path))
	}
	return a.printSummary(mirror.Summary{Sources: results})
}

func fileExists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
