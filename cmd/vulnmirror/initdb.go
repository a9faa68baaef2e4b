package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"vulnmirror/store/location"
	"vulnmirror/store/postgres"
)

// rolePasswordVariable is where init-db finds the password of a role to make.
const rolePasswordVariable = "DB_ROLE_PASSWORD"

func newInitDBCommand(a *app) *cobra.Command {
	var role string
	var printOnly bool
	cmd := &cobra.Command{
		Use:   "init-db",
		Short: "Make the database that the mirror is kept in",
		Long: `Init-db makes what the database named by --store lacks: for PostgreSQL the role,
the database, schemas, tables, indexes and views; for MongoDB collections and
indexes; for SQLite the file. What is there stays. The first sync does the same.

Where the connection may not do that, init-db prints the SQL for an administrator
to run, and ends with exit status 1. --print prints all SQL there is and asks no
server.

--role names the PostgreSQL role that the mirror will work as, when the URL is an
administrator's. The variable ` + rolePasswordVariable + ` holds its password if it is
to have one.`,
		Example: `  vulnmirror init-db --store postgres://postgres@db.example/nvd --role mirror
  vulnmirror init-db --store postgres://mirror@db.example/nvd --print | psql`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			at, err := a.database()
			if err != nil {
				return err
			}
			setup := location.Setup{Role: role, Password: a.getenv(rolePasswordVariable)}
			if printOnly {
				return a.printScript(at, setup)
			}
			return a.initDB(cmd.Context(), at, setup)
		},
	}
	cmd.Flags().StringVar(&role, "role", "", "`NAME` of the PostgreSQL role to make and to give everything to (default the URL's own)")
	cmd.Flags().BoolVar(&printOnly, "print", false, "print the SQL and do nothing")
	return cmd
}

func (a *app) printScript(at location.Location, setup location.Setup) error {
	script, ok, err := at.Script(setup)
	if err != nil {
		return wrongUse(err, "")
	}
	if !ok {
		return wrongUse(fmt.Errorf("%s is not made by SQL", at), "--print is for PostgreSQL")
	}
	fmt.Fprint(a.stdout, script)
	return nil
}

func (a *app) initDB(ctx context.Context, at location.Location, setup location.Setup) error {
	made, err := at.Init(ctx, a.storeOptions(), setup)
	if a.json && err == nil {
		return a.printJSON(map[string]any{"database": at.String(), "made": append([]string{}, made...)})
	}
	for _, what := range made {
		a.log.Info("made", "what", what)
	}
	if needs := (*postgres.NeedsSQLError)(nil); errors.As(err, &needs) {
		// On standard output it can be piped to psql; the error does without.
		fmt.Fprint(a.stdout, needs.SQL)
		return failed(fmt.Errorf("%s: %w", at, needs.Err), "an administrator runs the SQL above, or this command with a URL that may")
	}
	if err != nil {
		return err
	}
	if len(made) == 0 {
		fmt.Fprintf(a.stdout, "%s has all it needs\n", at)
	} else {
		fmt.Fprintf(a.stdout, "%s is ready\n", at)
	}
	return nil
}
