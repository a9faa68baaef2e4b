package main

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"vulnmirror/testkit/sim"
)

func newBenchCommand(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use:   "bench",
		Short: "Measure this machine: loading, serving, matching",
		Long:  `Bench measures what docs/benchmarks.md reports, on this machine.`,
	}, newBenchLoadCommand(a), newBenchServeCommand(a), newBenchMatchCommand(a), newBenchGenerateCommand(a))
}

func newBenchGenerateCommand(a *app) *cobra.Command {
	var out string
	var seed uint64
	var names, criteria int
	cmd := &cobra.Command{
		Use:   "generate [N]",
		Short: "Write feeds of N invented records, as NVD lays them out",
		Long: `Generate writes feeds of N invented records below a folder as HOST/PATH, so that
any static file server on it can stand in for NVD's feed host, and bench load
can load them. --cpe-names and --match-criteria write the archives of the CPE
dictionary: a few products have thousands of versions and most a handful, and so
do the lists of match criteria. NVD has about 1500000 names and 600000 criteria,
which are about 3.3 GB of JSON.`,
		Example: `  vulnmirror bench generate 400000 --out /tmp/big
  vulnmirror bench load --feeds /tmp/big/nvd.nist.gov/feeds/json/cve/2.0
  vulnmirror bench generate --cpe-names 1500000 --match-criteria 600000 --out /tmp/big`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if names < 0 || criteria < 0 {
				return wrongUse(errors.New("--cpe-names and --match-criteria are 0 or more"), "")
			}
			if len(args) == 0 && names == 0 && criteria == 0 {
				return wrongUse(errors.New("nothing is asked for"), "N, --cpe-names and --match-criteria say how much to write")
			}
			for _, text := range args {
				n, err := strconv.Atoi(text)
				if err != nil || n < 0 {
					return wrongUse(fmt.Errorf("%q is not a number of records", text), "")
				}
				if err := sim.WriteFeeds(cmd.Context(), out, seed, n, a.now()); err != nil {
					return err
				}
				fmt.Fprintf(a.stdout, "%d records in %s\n", n, out)
			}
			if names == 0 && criteria == 0 {
				return nil
			}
			if err := sim.WriteArchives(cmd.Context(), out, seed, names, criteria, a.now()); err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "%d CPE names and %d match criteria in %s\n", names, criteria, out)
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "./generated", "`DIR` to write to")
	cmd.Flags().Uint64Var(&seed, "seed", 1, "same `NUMBER`, same records")
	cmd.Flags().IntVar(&names, "cpe-names", 0, "also write nvdcpe-2.0.tar.gz with this `NUMBER` of names")
	cmd.Flags().IntVar(&criteria, "match-criteria", 0, "also write nvdcpematch-2.0.tar.gz with this `NUMBER` of criteria")
	return cmd
}
