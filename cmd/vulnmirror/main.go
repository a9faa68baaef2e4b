// Vulnmirror keeps local, complete and provable copies of public vulnerability
// data and answers from them. This package ties the others together: one file a
// command, each with one function that returns the command.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// process is what the program gets from the system.
type process struct {
	args           []string // without the program's name
	environ        []string
	stdout, stderr io.Writer
}

func main() {
	os.Exit(runProcess())
}

func runProcess() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first signal asks for an orderly end; with it done, a second one is
	// not caught and ends the process at once.
	context.AfterFunc(ctx, stop)
	return run(ctx, process{os.Args[1:], os.Environ(), os.Stdout, os.Stderr})
}

// run executes one command line and returns the exit status.
func run(ctx context.Context, p process) int {
	a := newApp(p)
	root := newRoot(a)
	root.SetArgs(p.args)
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !a.running {
		err = wrongUse(err, "`"+cmd.CommandPath()+" --help` tells how it is used")
	}
	err = interrupted(ctx, err)
	a.close(cmd, err)
	if err != nil {
		report(p.stderr, err)
	}
	return exitStatus(err)
}
