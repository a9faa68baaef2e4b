package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"vulnmirror/format/kinds"
	"vulnmirror/vuln"
)

// nameOf returns how people call a kind.
func nameOf(kind vuln.Kind) kinds.Kind {
	if k, ok := kinds.Of(kind); ok {
		return k
	}
	return kinds.Kind{Kind: kind, One: string(kind) + " record", Many: string(kind) + " records"}
}

// kindFlag is the value of --kind.
type kindFlag struct{ kind *vuln.Kind }

func (f kindFlag) String() string {
	if f.kind == nil {
		return ""
	}
	return string(*f.kind)
}

func (kindFlag) Type() string { return "string" }

// Set takes the name of a kind.
func (f kindFlag) Set(s string) error {
	k, ok := kinds.Of(vuln.Kind(strings.ToLower(s)))
	if !ok {
		return fmt.Errorf("it is one of %s", strings.Join(kindValues(), ", "))
	}
	*f.kind = k.Kind
	return nil
}

func kindValues() []string {
	var out []string
	for _, k := range kinds.All() {
		out = append(out, string(k.Kind))
	}
	return out
}

// addKindFlag gives a command --kind.
func addKindFlag(cmd *cobra.Command, kind *vuln.Kind, usage string) {
	cmd.Flags().Var(kindFlag{kind}, "kind", "`KIND` of "+usage+": "+strings.Join(kindValues(), ", "))
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(kindValues(), cobra.ShellCompDirectiveNoFileComp)))
}
