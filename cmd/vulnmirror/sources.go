package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"vulnmirror/config"
	"vulnmirror/mirror"
	"vulnmirror/source"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// sourceLine is what sources says of one.
type sourceLine struct {
	Name        string            `json:"name"`
	Title       string            `json:"title"`
	Kinds       []vuln.Kind       `json:"kinds"`
	Enabled     bool              `json:"enabled"` // a plain sync works on it
	Home        string            `json:"home"`
	Locations   map[string]string `json:"locations"` // addresses by name, as they are asked
	Licence     string            `json:"licence"`
	Attribution string            `json:"attribution"`
	PassedOn    bool              `json:"passed_on"` // /archive serves it to others
	MaxAge      string            `json:"max_age"`
	DependsOn   []string          `json:"depends_on,omitempty"`
	Release     string            `json:"release,omitempty"`
	Bytes       int64             `json:"archive_bytes"`
	Broken      []string          `json:"broken,omitempty"` // itself, and what it depends on
	locations   []string
}

func newSourcesCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "sources [SOURCE...]",
		Short: "List the sources: what, from where, on which terms, how often, how large",
		Long: `Sources lists every source there is, or those named: what it holds, where it is
fetched from, its licence and the attribution it asks for, how often it is asked,
the size of its archive, and whether a plain "sync" works on it. With a name, all
of that is printed. It asks nobody over the network.`,
		Example: `  vulnmirror sources
  vulnmirror sources certcc
  vulnmirror sources mitre --json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			lines, err := a.listSources(cmd.Context(), args)
			switch {
			case err != nil:
				return err
			case a.json:
				return a.printJSON(lines)
			case len(args) > 0:
				return a.printSources(lines)
			}
			t := a.newTable("source", "what", "terms", "enabled", "asked", "release", "archive")
			for _, l := range lines {
				t.AppendRow(row(l.Name, shorten(l.Title, 44), shorten(l.Licence, 40), yes(l.Enabled), "every "+l.MaxAge, orDash(l.Release), humanize.IBytes(uint64(l.Bytes))))
			}
			return a.printTable(t)
		},
	}
}

func (a *app) listSources(ctx context.Context, args []string) ([]sourceLine, error) {
	moved, err := a.locations()
	if err != nil {
		return nil, err
	}
	names, err := a.sourceNames(args)
	if err != nil {
		return nil, err
	}
	enabled, err := a.sourceNames(nil)
	if err != nil {
		return nil, err
	}
	states, err := a.sourceStates(ctx)
	if err != nil {
		return nil, err
	}
	var out []sourceLine
	for _, src := range a.sources() {
		info := src.Info()
		if len(args) > 0 && !slices.Contains(names, info.Name) {
			continue
		}
		line := sourceLine{
			Name: info.Name, Title: info.Title, Kinds: append([]vuln.Kind{info.Kind}, info.With...), Enabled: slices.Contains(enabled, info.Name),
			Home: info.Home, Licence: info.Licence, Attribution: info.Attribution, PassedOn: a.passedOn(info),
			MaxAge: config.FormatDuration(a.maxAge(info.Name)), DependsOn: info.DependsOn, Locations: make(map[string]string), Broken: mirror.Doubts(info, states),
		}
		for _, l := range info.Locations {
			url := l.URL
			if other, ok := moved[info.Name][l.Name]; ok {
				url = other
			}
			line.Locations[l.Name] = url
			line.locations = append(line.locations, l.Name)
		}
		for _, s := range states {
			if s.Source != info.Name {
				continue
			}
			line.Release = s.Release
			if !s.Failed.IsZero() {
				line.Broken = append(line.Broken, s.Reason)
			}
		}
		if line.Bytes, err = folderSize(a.archive().Source(info.Name).Dir()); err != nil {
			return nil, err
		}
		out = append(out, line)
	}
	return out, nil
}

// sourceStates is what the database knows of sources, nothing when there is none.
func (a *app) sourceStates(ctx context.Context) ([]store.SourceState, error) {
	st, err := a.openReader(ctx)
	if errors.Is(err, store.ErrNoMirror) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer st.Close()
	return st.Sources(ctx)
}

// passedOn tells whether a source may be served to others in bulk.
func (a *app) passedOn(info source.Info) bool {
	return !info.Restricted || a.config.Of(info.Name).PassOn
}

func (a *app) printSources(lines []sourceLine) error {
	for i, l := range lines {
		if i > 0 {
			fmt.Fprintln(a.stdout)
		}
		fmt.Fprintf(a.stdout, "%s  %s\n", l.Name, l.Title)
		for _, f := range []struct{ name, value string }{
			{"home", l.Home},
			{"terms", l.Licence},
			{"attribution", l.Attribution},
			{"passed on", yes(l.PassedOn)},
			{"enabled", yes(l.Enabled)},
			{"asked", "every " + l.MaxAge},
			{"release", orDash(l.Release)},
			{"archive", humanize.IBytes(uint64(l.Bytes))},
		} {
			fmt.Fprintf(a.stdout, "  %-12s %s\n", f.name, f.value)
		}
		for _, name := range l.locations {
			fmt.Fprintf(a.stdout, "  %-12s %s\n", "at "+name, l.Locations[name])
		}
		for _, d := range l.DependsOn {
			fmt.Fprintf(a.stdout, "  %-12s %s\n", "depends on", d)
		}
		for _, b := range l.Broken {
			fmt.Fprintf(a.stdout, "  %-12s %s\n", "broken", b)
		}
	}
	return nil
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
