package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func newManCommand(a *app) *cobra.Command {
	return standalone(&cobra.Command{
		Use:   "man DIR",
		Short: "Write the manual pages into a folder",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := args[0]
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return failed(fmt.Errorf("make the folder for the manual pages: %w", err), "name a folder that can be written")
			}
			root := cmd.Root()
			describeExit(root)
			b := currentBuild()
			header := &doc.GenManHeader{Section: "1", Source: "vulnmirror " + b.Version, Manual: "vulnmirror"}
			// The commit's date, so that the same source gives the same pages.
			if t, err := time.Parse(time.RFC3339, b.Date); err == nil {
				header.Date = &t
			}
			if err := doc.GenManTree(root, header, dir); err != nil {
				return failed(fmt.Errorf("write the manual pages: %w", err), "")
			}
			_, err := fmt.Fprintf(a.stderr, "the manual pages are in %s; read the first with `man -l %s/vulnmirror.1`\n", dir, dir)
			return err
		},
	})
}

// describeExit adds the exit statuses to the pages; --help has them from its
// template, which pages do not use.
func describeExit(cmd *cobra.Command) {
	if cmd.Long == "" {
		cmd.Long = cmd.Short + "."
	}
	cmd.Long += "\n\n" + exitHelp
	for _, sub := range cmd.Commands() {
		describeExit(sub)
	}
}
