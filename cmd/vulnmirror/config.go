package main

import (
	"io"

	"github.com/spf13/cobra"

	"vulnmirror/config"
)

func newConfigCommand(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use:   "config",
		Short: "Show and describe the configuration",
	}, newConfigShowCommand(a), newConfigDocCommand(a))
}

func newConfigShowCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "show",
		Short: "Print every effective value and where it came from",
		Long:  "Print every effective value and where it came from. Secrets are masked.",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if a.json {
				return a.printJSON(shownValues(a.config))
			}
			t := a.newTable("key", "value", "from")
			for _, v := range a.config.Values() {
				t.AppendRow(row(v.Key.Name, v.Text, v.Origin))
			}
			return a.printTable(t)
		},
	}
}

// shownValue is one element of `config show --json`.
type shownValue struct {
	Key   string        `json:"key"`
	Value any           `json:"value"`
	From  config.Origin `json:"from"`
}

func shownValues(l *config.Loaded) []shownValue {
	var shown []shownValue
	for _, v := range l.Values() {
		shown = append(shown, shownValue{v.Key.Name, v.JSON, v.Origin})
	}
	return shown
}

func newConfigDocCommand(a *app) *cobra.Command {
	return standalone(&cobra.Command{
		Use:   "doc",
		Short: "Print the reference of every key, in Markdown",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := io.WriteString(a.stdout, config.Reference())
			return err
		},
	})
}
