package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestExitStatus(t *testing.T) {
	cause := errors.New("cause")
	for name, test := range map[string]struct {
		err  error
		want int
	}{
		"nothing":            {nil, 0},
		"any error":          {cause, 1},
		"failed":             {failed(cause, ""), 1},
		"wrong use":          {wrongUse(cause, ""), 2},
		"locked":             {locked(cause, ""), 3},
		"refused":            {refused(cause, ""), 4},
		"wrapped":            {fmt.Errorf("sync nvd-cve: %w", locked(cause, "")), 3},
		"locked and refused": {errors.Join(locked(cause, ""), refused(cause, "")), 4},
		"locked and failed":  {errors.Join(locked(cause, ""), failed(cause, "")), 1},
		"interrupted":        {context.Canceled, 1},
	} {
		if got := exitStatus(test.err); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
		if test.err != nil && name != "interrupted" && !errors.Is(test.err, cause) {
			t.Errorf("%s: the cause is lost", name)
		}
	}
}

func TestReport(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{errors.New("no disk"), "vulnmirror: no disk\n"},
		{failed(errors.New("no disk"), "free some space"), "vulnmirror: no disk\n  free some space\n"},
		{fmt.Errorf("sync: %w", wrongUse(errors.New("a\nb"), "see there")), "vulnmirror: sync: a\n  b\n  see there\n"},
		{
			errors.Join(failed(errors.New("kev: no disk"), "free some space"), failed(errors.New("nvd-cve: no disk"), "free some space"), locked(errors.New("cwe: held"), "wait")),
			"vulnmirror: kev: no disk\n  nvd-cve: no disk\n  cwe: held\n  free some space\n  wait\n",
		},
	} {
		var b strings.Builder
		report(&b, test.err)
		if b.String() != test.want {
			t.Errorf("got  %q\nwant %q", b.String(), test.want)
		}
	}
}

func TestInterrupted(t *testing.T) {
	signal := errors.New("interrupt signal received")
	ctx, cancel := context.WithCancelCause(t.Context())
	early := fmt.Errorf("get: %w", context.Canceled)
	if got := interrupted(ctx, early); got != early {
		t.Errorf("without a signal: %v", got)
	}
	cancel(signal)
	for _, err := range []error{early, signal, failed(signal, "other advice")} {
		var b strings.Builder
		report(&b, interrupted(ctx, err))
		if want := "vulnmirror: interrupted: interrupt signal received\n  the same command goes on where this one stopped\n"; b.String() != want {
			t.Errorf("%v: got %q", err, b.String())
		}
	}
	other := errors.New("no disk")
	if got := interrupted(ctx, other); got != other {
		t.Errorf("another error became %v", got)
	}
	if interrupted(ctx, nil) != nil {
		t.Error("success became an error")
	}
}

func TestWrongUseKeepsTheFirstAdvice(t *testing.T) {
	var b strings.Builder
	report(&b, wrongUse(wrongUse(errors.New("x"), "first"), "second"))
	if b.String() != "vulnmirror: x\n  first\n" {
		t.Errorf("got %q", b.String())
	}
}
