package main

import (
	"io"
	"log/slog"
	"os"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
)

// startLogging makes the logger and the meter that the flags ask for.
func (a *app) startLogging() {
	terminal := isTerminal(a.stderr)
	lines := a.stderr
	var meter *bars
	if terminal && !a.quiet && !a.noProgress {
		meter = &bars{out: a.stderr}
		lines = meter
	}
	level := slog.LevelInfo
	switch {
	case a.quiet:
		level = slog.LevelWarn
	case a.verbose:
		level = slog.LevelDebug
	}
	a.journal = newLogFile(a.config.Data, a.config.Log)
	journal := slog.NewJSONHandler(a.journal, &slog.HandlerOptions{Level: fileLevel(a.config.Log.Level)})
	a.journalOnly = slog.New(journal)
	a.log = slog.New(slog.NewMultiHandler(newTerminalHandler(lines, level, !terminal), journal))
	a.meter = &steps{log: a.log, now: a.now}
	if meter != nil {
		meter.steps = steps{log: a.log, now: a.now}
		a.meter = meter
	}
}

// close writes the end of a failed command to the log file and closes it.
func (a *app) close(cmd *cobra.Command, err error) {
	if a.journal == nil {
		return
	}
	if err != nil && a.running {
		a.journalOnly.Error("command failed", "command", cmd.CommandPath(), "error", err, "status", exitStatus(err))
	}
	if err := a.journal.Close(); err != nil {
		a.log.Warn("close the log file", "error", err)
	}
}

// isTerminal says whether w is a terminal that understands cursor movement.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd()) && os.Getenv("TERM") != "dumb"
}
