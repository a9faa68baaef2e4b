package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"vulnmirror/chain"
	"vulnmirror/store"
	"vulnmirror/store/location"
	"vulnmirror/testkit/sim"
	"vulnmirror/vuln"
)

func newDemoCommand(a *app) *cobra.Command {
	var once bool
	var records int
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show everything with invented records and no network",
		Long: `Demo starts a simulated NVD and all other publishers on this machine, mirrors them
into a temporary folder, shows their status, answers a few questions and serves until Ctrl-C. Nothing
leaves this machine and nothing is left behind.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.demo(cmd.Context(), records, once)
		},
	}
	cmd.Flags().BoolVar(&once, "once", false, "end after the questions instead of serving")
	cmd.Flags().IntVar(&records, "records", 2000, "how many records to invent")
	bindFlag(cmd.Flags(), "listen", "serve.listen", "`ADDRESS` to serve on")
	return cmd
}

func (a *app) demo(ctx context.Context, records int, once bool) error {
	dir, err := os.MkdirTemp("", "vulnmirror-demo-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	upstream, err := startSimulation(ctx, "127.0.0.1:0", newSimulated(sim.Options{Seed: 1, Records: records, Now: a.now()}))
	if err != nil {
		return err
	}
	defer upstream.Close()
	a.config.Data, a.config.Upstream = filepath.Join(dir, "data"), "http://"+upstream.Addr
	a.config.Store.URL = "" // nothing is left behind
	if a.config.NVD.Rate == "" {
		a.config.NVD.Rate = "1000/30s" // it is our own NVD that is asked
	}

	a.config.HTTP.Rate = "1000/1s"
	a.config.Source.Floors = false // it has few records

	a.say("A simulated NVD with %d invented records runs on %s, and who else is mirrored.\nvulnmirror sync nvd mitre advisories enrichment", records, a.config.Upstream)
	names, err := a.sourceNames([]string{"nvd", "mitre", "advisories", "enrichment"})
	if err != nil {
		return err
	}
	if err := a.sync(ctx, names); err != nil {
		return err
	}
	a.say("vulnmirror status")
	report, err := a.status(ctx, names)
	if err != nil {
		return err
	}
	if err := a.printStatus(report); err != nil {
		return err
	}
	if err := a.demoQuestions(ctx); err != nil {
		return err
	}
	if once {
		return nil
	}
	a.say("vulnmirror serve     (Ctrl-C ends the demo; try /rest/json/cves/2.0?cveId=CVE-2021-44228)")
	return a.serve(ctx, names)
}

// demoQuestions answers what people ask first.
func (a *app) demoQuestions(ctx context.Context) error {
	st, err := a.openReader(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	for _, q := range []struct {
		command string
		answer  func(context.Context, location.Store) error
	}{
		{"vulnmirror get CVE-2021-44228", func(ctx context.Context, st location.Store) error {
			return a.get(ctx, st, "CVE-2021-44228")
		}},
		{"vulnmirror chain CVE-2021-44228 --to d3fend --limit 2", func(ctx context.Context, _ location.Store) error {
			return a.chain(ctx, "CVE-2021-44228", chainFlags{}, chain.Options{To: []vuln.Kind{vuln.KindD3FEND}, Limit: 2})
		}},
		{"vulnmirror search overflow --severity critical --limit 5", func(ctx context.Context, st location.Store) error {
			return a.search(ctx, st, store.Query{Kind: vuln.KindCVE, Words: []string{"overflow"}, Severity: "CRITICAL", Order: store.ByModifiedDesc, Limit: 5})
		}},
		{`vulnmirror sql "` + demoSQL + `"`, func(ctx context.Context, st location.Store) error {
			rows, err := st.(store.Asker).Ask(ctx, demoSQL) // it is SQLite
			if err != nil {
				return err
			}
			defer rows.Close()
			return a.printRows(rows)
		}},
	} {
		a.say("%s", q.command)
		if err := q.answer(ctx, st); err != nil {
			return fmt.Errorf("%s: %w", q.command, err)
		}
	}
	return nil
}

const demoSQL = "select best_severity as severity, count(*) as records from cve group by 1 order by 2 desc"

// say announces the next step.
func (a *app) say(format string, args ...any) {
	fmt.Fprintf(a.stdout, "\n> "+format+"\n\n", args...)
}
