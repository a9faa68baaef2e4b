package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

func newGetCommand(a *app) *cobra.Command {
	var history bool
	var kind vuln.Kind
	cmd := &cobra.Command{
		Use:   "get ID",
		Short: "Show one record",
		Long: `Get shows what is known of one record on a page; with --json it prints the
record's body exactly as upstream sent it. --history shows every version ever
held and what changed from one to the next.

What ID is shows in its form: a CVE identifier, a CPE name (as a formatted string
or a URI, also cut short), the UUID of a CPE name, of a match criterion, of a
change or of a source, the address of a source, or the identifier of a weakness,
attack pattern, technique, countermeasure, analytic, advisory or update in any
spelling (cwe-79, T1055/001, d3f:FileAnalysis, VU 382314, KB5034768). --kind
decides where a form leaves it open.`,
		Example: `  vulnmirror get CVE-2021-44228
  vulnmirror get cve-2021-44228 --json | jq .metrics
  vulnmirror get CVE-2021-44228 --history
  vulnmirror get cpe:2.3:a:apache:log4j:2.14.1
  vulnmirror get nvd@nist.gov
  vulnmirror get T1055.001
  vulnmirror get CVE-2021-44228 --kind kev`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			refs, err := references(args[0], kind)
			if err != nil {
				return err
			}
			st, err := a.openReader(cmd.Context())
			if err != nil {
				return err
			}
			defer st.Close()
			record, err := find(cmd.Context(), st, refs)
			switch {
			case err != nil:
				return a.explainMissing(cmd.Context(), st, args[0], refs, err)
			case history:
				return a.showHistory(cmd.Context(), st, record)
			}
			return a.show(cmd.Context(), st, record)
		},
	}
	cmd.Flags().BoolVar(&history, "history", false, "show every version held, and what changed between them")
	addKindFlag(cmd, &kind, "the record that ID names")
	return cmd
}

// get shows the record that id names.
func (a *app) get(ctx context.Context, st store.Reader, id string) error {
	refs, err := references(id, "")
	if err != nil {
		return err
	}
	record, err := find(ctx, st, refs)
	if err != nil {
		return a.explainMissing(ctx, st, id, refs, err)
	}
	return a.show(ctx, st, record)
}

func (a *app) show(ctx context.Context, st store.Reader, record vuln.Record) error {
	if a.json {
		_, err := fmt.Fprintf(a.stdout, "%s\n", record.Body)
		return err
	}
	return printPage(ctx, a.stdout, st, record)
}
