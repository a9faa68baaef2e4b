package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func newVerifyCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "verify [SOURCE...]",
		Short: "Hash every archived file again and name what is not as it was",
		Long: `Verify reads every file of the archive and compares it with the manifest. It
names files that are missing, changed, truncated, unreadable or extra, and
changes nothing. Without a name it verifies every source in the archive.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			names := args
			if len(names) == 0 {
				var err error
				if names, err = a.archive().Sources(); err != nil {
					return err
				}
			}
			if len(names) == 0 {
				return failed(fmt.Errorf("there is no archive in %s yet", a.config.Data), "`vulnmirror sync` makes it; --data names another folder")
			}
			if _, err := a.sourceNames(names); err != nil {
				return err
			}
			return a.verify(cmd, names)
		},
	}
}

func (a *app) verify(cmd *cobra.Command, names []string) error {
	bad := 0
	for _, name := range names {
		tree := a.archive().Source(name)
		manifest, err := tree.Manifest()
		if err != nil {
			return err
		}
		found := 0
		for f, err := range tree.Verify(cmd.Context()) {
			if err != nil {
				return err
			}
			found++
			if a.json {
				err = a.printJSONLine(f)
			} else {
				_, err = fmt.Fprintf(a.stdout, "%s: %s: %s: %s\n", f.Source, f.Filename, f.Problem, f.Detail)
			}
			if err != nil {
				return err
			}
		}
		bad += found
		if found == 0 {
			a.log.Info("the archive is as its manifest says", "source", name, "files", len(manifest.Files))
		}
	}
	if bad > 0 {
		what := fmt.Sprintf("%d files are not as the manifests say", bad)
		if bad == 1 {
			what = "1 file is not as the manifest says"
		}
		return failed(errors.New(what), "restore them from a copy, or remove the source's folder and sync again")
	}
	return nil
}
