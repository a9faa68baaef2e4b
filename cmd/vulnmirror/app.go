package main

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vulnmirror/config"
	"vulnmirror/progress"
)

// app is what commands work with. It is complete when their RunE is called,
// except for commands marked standalone, which have no configuration.
type app struct {
	stdout, stderr io.Writer
	now            func() time.Time

	config *config.Loaded
	log    *slog.Logger   // to the terminal and the log file
	meter  progress.Meter // bars or log lines

	json bool // --json: print for programs

	environ        []string
	configFile     string
	sets           []string
	quiet, verbose bool
	noProgress     bool
	running        bool // the command line was right and the command began
	journal        *logFile
	journalOnly    *slog.Logger
}

func newApp(p process) *app {
	return &app{
		stdout: p.stdout, stderr: p.stderr, environ: p.environ, now: time.Now,
		log: slog.New(slog.DiscardHandler), meter: progress.Silent,
	}
}

// standalone marks a command that works without a configuration, so that a
// broken one does not keep people from help.
func standalone(cmd *cobra.Command) *cobra.Command {
	if cmd.Annotations == nil {
		cmd.Annotations = map[string]string{}
	}
	cmd.Annotations["standalone"] = "true"
	return cmd
}

func isStandalone(cmd *cobra.Command) bool {
	return cmd.Annotations["standalone"] != "" || strings.HasPrefix(cmd.Name(), cobra.ShellCompRequestCmd)
}

// prepare completes the app for one command.
func (a *app) prepare(cmd *cobra.Command, _ []string) error {
	if isStandalone(cmd) {
		return nil
	}
	if a.quiet && a.verbose {
		return errors.New("--quiet and --verbose exclude each other")
	}
	userDir, err := os.UserConfigDir()
	if err != nil {
		userDir = "" // without a home there is no file in it
	}
	a.config, err = config.Load(config.Options{
		File: a.configFile, Dir: ".", UserDir: userDir,
		Environ: a.environ, Flags: boundFlags(cmd.Flags()), Sets: a.sets,
	})
	if err != nil {
		return wrongUse(err, "`vulnmirror config doc` describes every key")
	}
	a.startLogging()
	for _, w := range a.config.Warnings {
		a.log.Warn(w)
	}
	return nil
}

// boundKey is the annotation that ties a flag to a key of the configuration.
const boundKey = "vulnmirror-key"

// bindFlag adds a flag that sets a key of the configuration; the command reads
// the key. A word of usage in backquotes names the value. Commands call it for
// keys they are often given, every other key is in reach of --set.
func bindFlag(flags *pflag.FlagSet, name, key, usage string) {
	flags.String(name, "", usage+" (key "+key+")")
	flag := flags.Lookup(name)
	flag.Annotations = map[string][]string{boundKey: {key}}
	if k, ok := config.Lookup(key); ok && k.Type() == "true or false" {
		flag.NoOptDefVal = "true"
	}
}

// boundFlags returns the flags given that set keys.
func boundFlags(flags *pflag.FlagSet) []config.Flag {
	var bound []config.Flag
	flags.Visit(func(f *pflag.Flag) {
		if key := f.Annotations[boundKey]; len(key) == 1 {
			bound = append(bound, config.Flag{Name: "--" + f.Name, Key: key[0], Value: f.Value.String()})
		}
	})
	return bound
}

// begun wraps a command's run to note that its command line was right: errors
// before that are wrong use.
func (a *app) begun(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		a.running = true
		return run(cmd, args)
	}
}
