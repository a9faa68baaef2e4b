package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Set by -ldflags "-X main.version=… -X main.commit=… -X main.date=…" in
// releases; otherwise what the Go tool recorded is used.
var version, commit, date string

// build describes the program at hand.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"`   // "" when unknown
	Modified bool   `json:"modified"` // built from a tree with changes not committed
	Date     string `json:"date"`     // of the commit, RFC 3339; "" when unknown
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func currentBuild() build {
	b := build{Version: "devel", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		b.recorded(info)
	}
	if version != "" {
		b.Version = version
	}
	if commit != "" {
		b.Commit = commit
	}
	if date != "" {
		b.Date = date
	}
	return b
}

// recorded takes over what the Go tool wrote into the program.
func (b *build) recorded(info *debug.BuildInfo) {
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Date = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
}

func newVersionCommand(a *app) *cobra.Command {
	return standalone(&cobra.Command{
		Use:   "version",
		Short: "Print the version and how it was built",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			b := currentBuild()
			if a.json {
				return a.printJSON(b)
			}
			fmt.Fprintf(a.stdout, "vulnmirror %s\n", b.Version)
			if b.Commit != "" {
				changed := ""
				if b.Modified {
					changed = ", with changes"
				}
				fmt.Fprintf(a.stdout, "commit    %s%s\n", b.Commit, changed)
			}
			if b.Date != "" {
				fmt.Fprintf(a.stdout, "date      %s\n", b.Date)
			}
			_, err := fmt.Fprintf(a.stdout, "go        %s\nplatform  %s\n", b.Go, b.Platform)
			return err
		},
	})
}
