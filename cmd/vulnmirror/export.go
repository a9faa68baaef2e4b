package main

import (
	"bufio"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"vulnmirror/mirror"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

func newExportCommand(a *app) *cobra.Command {
	var year int
	var kind vuln.Kind
	cmd := &cobra.Command{
		Use:   "export [SOURCE | --kind KIND]",
		Short: "Print every record of a source or kind, one JSON body a line, by id",
		Long: `Export prints the current version of every record: upstream's own JSON, one
record a line, in the order of the ids' bytes. Records that upstream withdrew are
left out.`,
		Example: `  vulnmirror export nvd-cve --year 2024 | gzip > 2024.ndjson.gz
  vulnmirror export --kind cpe > cpe-names.ndjson`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			query, of, err := a.exported(args, kind, year)
			if err != nil {
				return wrongUse(err, "")
			}
			st, err := a.openReader(cmd.Context())
			if err != nil {
				return err
			}
			defer st.Close()
			out := bufio.NewWriterSize(a.stdout, 1<<20)
			for record, err := range st.List(cmd.Context(), query) {
				if err != nil {
					return err
				}
				if of != "" && record.Source != of {
					continue
				}
				if _, err := out.Write(append(record.Body, '\n')); err != nil {
					return err
				}
			}
			return out.Flush()
		},
	}
	addKindFlag(cmd, &kind, "records to print, whatever source they came from")
	cmd.Flags().IntVar(&year, "year", 0, "only CVE records with ids of this `YEAR`; 2002 holds the older ones too, as NVD's feeds do")
	return cmd
}

// exported selects the records of the kind named, or of the source named, which
// it returns: several sources may have records of one kind.
func (a *app) exported(args []string, kind vuln.Kind, year int) (q store.Query, of string, err error) {
	switch {
	case len(args) == 0 && kind == "":
		return q, "", errors.New("name a source, or a kind by --kind")
	case len(args) == 1 && kind != "":
		return q, "", errors.New("a source and --kind exclude each other")
	case len(args) == 1:
		src, err := mirror.Find(a.sources(), args[0])
		if err != nil {
			return q, "", err
		}
		of, kind = args[0], src.Info().Kind
	}
	if year != 0 && kind != vuln.KindCVE {
		return q, "", fmt.Errorf("--year is about CVE records; %s have no year", nameOf(kind).Many)
	}
	return store.Query{Kind: kind, Year: year, Order: store.ByID}, of, nil
}
