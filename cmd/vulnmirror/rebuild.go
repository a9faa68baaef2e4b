package main

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"vulnmirror/mirror"
	"vulnmirror/store/location"
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
	serving, err := a.openOrReplace(ctx)
	if err != nil {
		return err
	}
	defer serving.Close()
	m := &mirror.Mirror{
		Sources: a.sources(), Archive: a.archive(), Store: serving, Meter: a.meter, Log: a.log, Now: a.now, LockWait: a.config.Lock.Wait,
	}
	into, err := serving.Renew(ctx)
	if err != nil {
		return err
	}
	results, err := m.Rebuild(ctx, into, func() error { return into.Take(ctx) })
	if err != nil {
		return errors.Join(err, into.Close())
	}
	return a.printSummary(mirror.Summary{Sources: results})
}

// unusable is appended to the name of a database that cannot be opened.
const unusable = ".unusable"

// openOrReplace opens the database in service. A file that cannot be opened is
// put aside for a new one.
func (a *app) openOrReplace(ctx context.Context) (location.Store, error) {
	at, err := a.database()
	if err != nil {
		return nil, err
	}
	st, err := a.openWriter(ctx)
	if err == nil || at.Path() == "" || ctx.Err() != nil {
		return st, err
	}
	a.log.Warn("the database in service cannot be used; it is put aside, and what only it knows is lost", "error", err, "aside", at.Path()+unusable)
	if err := os.Rename(at.Path(), at.Path()+unusable); err != nil {
		return nil, err
	}
	if err := sqlite.Remove(at.Path()); err != nil { // what belongs to the file put aside
		return nil, err
	}
	return a.openWriter(ctx)
}
