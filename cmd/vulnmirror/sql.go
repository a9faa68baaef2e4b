package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"vulnmirror/store"
)

func newSQLCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "sql 'SELECT ...'",
		Short: "Ask the database in SQL, read-only",
		Long: `Sql runs one statement on the database, which is opened so that nothing can be
changed. The function body_json(body) gives a record's body as JSON. The tables
and views are described in docs/schema.md.`,
		Example: `  vulnmirror sql "select best_severity, count(*) from cve group by 1"
  vulnmirror sql --json "select id, body_json(body)->>'vulnStatus' as status from cve limit 3"`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			st, err := a.openReader(cmd.Context())
			if err != nil {
				return err
			}
			defer st.Close()
			asker, ok := st.(store.Asker)
			if !ok {
				return failed(errors.New("sql: this database does not answer SQL"), "`vulnmirror search` and `vulnmirror export` answer from every database")
			}
			rows, err := asker.Ask(cmd.Context(), args[0])
			if err != nil {
				return failed(fmt.Errorf("sql: %w", err), "docs/schema.md lists the tables and views")
			}
			defer rows.Close()
			return a.printRows(rows)
		},
	}
}
