package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"vulnmirror/vuln"
)

// kindName is a kind of records as people call it.
type kindName struct {
	kind      vuln.Kind
	one, many string
	example   string // of an identifier
}

var kindNames = []kindName{
	{vuln.KindCVE, "CVE record", "CVE records", "CVE-2021-44228"},
	{vuln.KindCPE, "CPE name", "CPE names", "cpe:2.3:a:apache:log4j:2.14.1:*:*:*:*:*:*:* or its cpeNameId"},
	{vuln.KindMatchCriteria, "match criterion", "match criteria", "its matchCriteriaId, a UUID"},
	{vuln.KindNVDSource, "source", "sources", "nvd@nist.gov"},
	{vuln.KindCVEChange, "change", "changes", "its cveChangeId, a UUID"},
}

// nameOf returns how people call a kind.
func nameOf(kind vuln.Kind) kindName {
	for _, n := range kindNames {
		if n.kind == kind {
			return n
		}
	}
	return kindName{kind: kind, one: string(kind) + " record", many: string(kind) + " records"}
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
	for _, n := range kindNames {
		if strings.EqualFold(s, string(n.kind)) {
			*f.kind = n.kind
			return nil
		}
	}
	return fmt.Errorf("it is one of %s", strings.Join(kindValues(), ", "))
}

func kindValues() []string {
	out := make([]string, len(kindNames))
	for i, n := range kindNames {
		out[i] = string(n.kind)
	}
	return out
}

// addKindFlag gives a command --kind.
func addKindFlag(cmd *cobra.Command, kind *vuln.Kind, usage string) {
	cmd.Flags().Var(kindFlag{kind}, "kind", "`KIND` of "+usage+": "+strings.Join(kindValues(), ", "))
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(kindValues(), cobra.ShellCompDirectiveNoFileComp)))
}
