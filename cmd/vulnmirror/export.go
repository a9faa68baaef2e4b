package main

import (
	"bufio"

	"github.com/spf13/cobra"

	"vulnmirror/mirror"
	"vulnmirror/store"
)

func newExportCommand(a *app) *cobra.Command {
	var year int
	cmd := &cobra.Command{
		Use:   "export SOURCE",
		Short: "Print every record of a source, one JSON body a line, by id",
		Long: `Export prints the current version of every record: upstream's own JSON, one
record a line, in the order of the ids' bytes.`,
		Example: `  vulnmirror export nvd-cve --year 2024 | gzip > 2024.ndjson.gz`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			src, err := mirror.Find(a.sources(), args[0])
			if err != nil {
				return wrongUse(err, "")
			}
			st, err := a.openReader()
			if err != nil {
				return err
			}
			defer st.Close()
			out := bufio.NewWriterSize(a.stdout, 1<<20)
			query := store.Query{Kind: src.Info().Kind, Year: year, Order: store.ByID}
			for record, err := range st.List(cmd.Context(), query) {
				if err != nil {
					return err
				}
				if _, err := out.Write(append(record.Body, '\n')); err != nil {
					return err
				}
			}
			return out.Flush()
		},
	}
	cmd.Flags().IntVar(&year, "year", 0, "only ids of this `YEAR`; 2002 holds the older ones too, as NVD's feeds do")
	return cmd
}
