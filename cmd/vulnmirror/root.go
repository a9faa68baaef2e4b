package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// commands is every command of the program.
func commands(a *app) []*cobra.Command {
	return []*cobra.Command{
		newInitDBCommand(a),
		newUpCommand(a),
		newSyncCommand(a),
		newImportCommand(a),
		newStatusCommand(a),
		newGetCommand(a),
		newSearchCommand(a),
		newMatchCommand(a),
		newExportCommand(a),
		newChainCommand(a),
		newSourcesCommand(a),
		newSQLCommand(a),
		newServeCommand(a),
		newAuditCommand(a),
		newVerifyCommand(a),
		newRebuildCommand(a),
		newCopyCommand(a),
		newDemoCommand(a),
		newSimulateCommand(a),
		newBenchCommand(a),
		newConfigCommand(a),
		newVersionCommand(a),
		newCompletionCommand(a),
		newManCommand(a),
	}
}

func newRoot(a *app) *cobra.Command {
	root := group(&cobra.Command{
		Use:   "vulnmirror",
		Short: "Keep local copies of public vulnerability data and answer from them",
		Long: `Vulnmirror keeps local, complete and provable copies of public vulnerability
data and answers from them: on the command line and as a server that clients of
the NVD take for the NVD.

Results go to standard output, everything else to standard error.`,
		Version:           currentBuild().Version,
		PersistentPreRunE: a.prepare,
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	})
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetHelpTemplate(root.HelpTemplate() + "\n" + exitHelp)

	flags := root.PersistentFlags()
	flags.StringVar(&a.configFile, "config", "", "configuration `FILE` (default vulnmirror.yaml here or in the user's configuration folder)")
	bindFlag(flags, "data", "data", "`DIR` of archive, database and logs; default ./data")
	bindFlag(flags, "store", "store", "database: sqlite:PATH, postgres://... or mongodb://... as `URL`; default DATA/vulnmirror.db")
	bindFlag(flags, "db-timeout", "store.timeout", "longest `TIME` to wait for a database server; default 30s")
	bindFlag(flags, "upstream", "upstream", "base `URL` that stands in for the Internet")
	flags.StringArrayVar(&a.sets, "set", nil, "set any key of the configuration: `KEY=VALUE`; may be repeated")
	flags.BoolVar(&a.json, "json", false, "print JSON")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "print warnings and errors only")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "print every detail")
	flags.BoolVar(&a.noProgress, "no-progress", false, "print a line per step instead of progress bars")
	cobra.CheckErr(root.MarkPersistentFlagFilename("config", "yaml", "yml"))
	cobra.CheckErr(root.MarkPersistentFlagDirname("data"))

	root.AddCommand(commands(a)...)
	a.noteBegin(root)
	return root
}

// noteBegin makes every command of a tree note that it began.
func (a *app) noteBegin(cmd *cobra.Command) {
	if cmd.RunE != nil {
		cmd.RunE = a.begun(cmd.RunE)
	}
	for _, sub := range cmd.Commands() {
		a.noteBegin(sub)
	}
}

// group completes a command that only holds others: alone it prints its help,
// and a name it does not hold is wrong use.
func group(cmd *cobra.Command, subs ...*cobra.Command) *cobra.Command {
	cmd.SuggestionsMinimumDistance = 2
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		hint := ""
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			hint = "; did you mean " + near[0] + "?"
		}
		return fmt.Errorf("%s has no command %q%s", cmd.CommandPath(), args[0], hint)
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(subs...)
	return standalone(cmd)
}
