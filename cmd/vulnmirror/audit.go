package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"vulnmirror/mirror"
)

func newAuditCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "audit SOURCE",
		Short: "Compare the database with upstream, record by record",
		Long: `Audit lists upstream's feeds anew, or its API where there is no feed, and
compares ids, lastModified and content of every record with the database, and the
API's total with ours. It prints each difference and changes nothing. Feeds that
the archive holds byte for byte are not fetched again. Exit status 1 when
anything differs.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := a.sourceNames(args); err != nil {
				return err
			}
			st, err := a.openReader(cmd.Context())
			if err != nil {
				return err
			}
			defer st.Close()
			m, err := a.newMirror(st)
			if err != nil {
				return err
			}
			report, err := m.Audit(cmd.Context(), args[0], a.printDifference)
			if err != nil {
				return err
			}
			return a.printAudit(report)
		},
	}
}

func (a *app) printDifference(d mirror.Difference) error {
	if a.json {
		return a.printJSONLine(d)
	}
	_, err := fmt.Fprintf(a.stdout, "%s: %s (upstream %s, store %s)\n", orDash(d.ID), d.Problem, orDash(d.Upstream), orDash(d.Store))
	return err
}

func (a *app) printAudit(r mirror.AuditReport) error {
	for _, what := range r.Unchecked {
		a.log.Warn("not compared", "what", what)
	}
	if a.json {
		if err := a.printJSONLine(r); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(a.stdout, "%s: %d records held, %d compared with upstream, %d held in a newer version, %d in no list compared with\n",
			r.Source, r.Store, r.Upstream, r.Ahead, r.NotListed)
	}
	if r.Clean() {
		return nil
	}
	return failed(fmt.Errorf("%s: the database differs from upstream: %s", r.Source, r.Sum()), "`vulnmirror sync "+r.Source+" --set nvd.method=feeds` takes over what upstream has")
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
