package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"vulnmirror/testkit/sim"
)

func newBenchCommand(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use:   "bench",
		Short: "Measure this machine: loading, serving",
		Long:  `Bench measures what docs/benchmarks.md reports, on this machine.`,
	}, newBenchLoadCommand(a), newBenchServeCommand(a), newBenchMatchCommand(a), newBenchGenerateCommand(a))
}

func newBenchGenerateCommand(a *app) *cobra.Command {
	var out string
	var seed uint64
	cmd := &cobra.Command{
		Use:   "generate N",
		Short: "Write feeds of N invented records, as NVD lays them out",
		Long: `Generate writes feeds of N invented records below a folder as HOST/PATH, so that
any static file server on it can stand in for NVD's feed host, and bench load
can load them.`,
		Example: `  vulnmirror bench generate 400000 --out /tmp/big
  vulnmirror bench load --feeds /tmp/big/nvd.nist.gov/feeds/json/cve/2.0`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := strconv.Atoi(args[0])
			if err != nil || n < 0 {
				return wrongUse(fmt.Errorf("%q is not a number of records", args[0]), "")
			}
			if err := sim.WriteFeeds(cmd.Context(), out, seed, n, a.now()); err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "%d records in %s\n", n, out)
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "./generated", "`DIR` to write to")
	cmd.Flags().Uint64Var(&seed, "seed", 1, "same `NUMBER`, same records")
	return cmd
}
