package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// The exit statuses, as every command's --help lists them.
const (
	statusOK      = 0
	statusFailed  = 1
	statusUsage   = 2
	statusLocked  = 3
	statusRefused = 4
)

const exitHelp = `Exit status:
  0  all well
  1  something failed; the rest went on
  2  wrong use: command line or configuration
  3  nothing was fetched because another process holds the lock
  4  data was refused; the last good data stays in service
`

// advice is an error with the next thing to do; next may be "".
type advice struct {
	err  error
	next string
}

func (a *advice) Error() string { return a.err.Error() }
func (a *advice) Unwrap() error { return a.err }
func (a *advice) Next() string  { return a.next }

// The meanings of an error that have an exit status of their own.
type (
	failedError  struct{ advice }
	usageError   struct{ advice }
	lockedError  struct{ advice }
	refusedError struct{ advice }
)

// failed says that something failed and what to do next.
func failed(err error, next string) error { return &failedError{advice{err, next}} }

// wrongUse says that the command line or the configuration is wrong. An error
// that already says so is returned as it is.
func wrongUse(err error, next string) error {
	if already := (*usageError)(nil); errors.As(err, &already) {
		return err
	}
	return &usageError{advice{err, next}}
}

// locked says that a lock kept the command from its work.
func locked(err error, next string) error { return &lockedError{advice{err, next}} }

// refused says that data was not good enough to replace what is held.
func refused(err error, next string) error { return &refusedError{advice{err, next}} }

// exitStatus is the one place where an error becomes an exit status. Of several
// joined errors, one that says "failed" decides, then refused, then locked.
func exitStatus(err error) int {
	var (
		usage   *usageError
		failure *failedError
		refusal *refusedError
		held    *lockedError
	)
	switch {
	case err == nil:
		return statusOK
	case errors.As(err, &usage):
		return statusUsage
	case errors.As(err, &failure):
		return statusFailed
	case errors.As(err, &refusal):
		return statusRefused
	case errors.As(err, &held):
		return statusLocked
	default:
		return statusFailed
	}
}

// interrupted replaces what a command says when a signal ended ctx and with it
// the command; other errors are returned as they are.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() == nil || !errors.Is(err, context.Canceled) && !errors.Is(err, context.Cause(ctx)) {
		return err
	}
	return failed(fmt.Errorf("interrupted: %w", context.Cause(ctx)), "the same command goes on where this one stopped")
}

// report prints an error and the next things to do.
func report(w io.Writer, err error) {
	text := strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "\n  ")
	fmt.Fprintf(w, "vulnmirror: %s\n", text)
	for _, next := range advices(err, nil) {
		fmt.Fprintf(w, "  %s\n", next)
	}
}

// advices adds to found what err and the errors in it advise, each once.
func advices(err error, found []string) []string {
	if a, ok := err.(interface{ Next() string }); ok {
		if next := a.Next(); next != "" && !slices.Contains(found, next) {
			found = append(found, next)
		}
	}
	if cause := errors.Unwrap(err); cause != nil {
		found = advices(cause, found)
	}
	if e, ok := err.(interface{ Unwrap() []error }); ok {
		for _, cause := range e.Unwrap() {
			found = advices(cause, found)
		}
	}
	return found
}
