package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

func newGetCommand(a *app) *cobra.Command {
	var history bool
	cmd := &cobra.Command{
		Use:   "get CVE-...",
		Short: "Show one record",
		Long: `Get shows what is known of one CVE record on a page; with --json it prints the
record's body exactly as upstream sent it. --history shows every version ever
held and what changed from one to the next.`,
		Example: `  vulnmirror get CVE-2021-44228
  vulnmirror get cve-2021-44228 --json | jq .metrics
  vulnmirror get CVE-2021-44228 --history`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := vuln.ParseCVE(args[0])
			if err != nil {
				return wrongUse(fmt.Errorf("%q is %w", args[0], err), "")
			}
			st, err := a.openReader()
			if err != nil {
				return err
			}
			defer st.Close()
			if history {
				return a.getHistory(cmd.Context(), st, id)
			}
			return a.get(cmd.Context(), st, id)
		},
	}
	cmd.Flags().BoolVar(&history, "history", false, "show every version held, and what changed between them")
	return cmd
}

func (a *app) get(ctx context.Context, st store.Reader, id string) error {
	record, err := st.Get(ctx, vuln.KindCVE, id)
	if err != nil {
		return a.explainMissing(ctx, st, id, err)
	}
	if a.json {
		_, err := fmt.Fprintf(a.stdout, "%s\n", record.Body)
		return err
	}
	return printPage(a.stdout, record)
}

// explainMissing tells an unknown id from a mirror that is not complete.
func (a *app) explainMissing(ctx context.Context, st store.Reader, id string, err error) error {
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	err = fmt.Errorf("no record of %s is held", id)
	states, serr := st.Sources(ctx)
	if serr != nil {
		return errors.Join(err, serr)
	}
	for _, s := range states {
		if !s.Completed.IsZero() {
			return failed(err, "NVD may not have published it, or published it after the last sync, "+a.ago(s.Synced))
		}
	}
	return failed(err, "no load has completed yet; `vulnmirror status` tells more")
}
