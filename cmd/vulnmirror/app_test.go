package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vulnmirror/config"
)

func TestBoundFlags(t *testing.T) {
	flags := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	bindFlag(flags, "listen", "serve.listen", "`ADDRESS` to serve on")
	bindFlag(flags, "lenient", "serve.lenient", "be lenient")
	bindFlag(flags, "max-age", "serve.max_age", "age")
	flags.Bool("other", false, "bound to nothing")
	if err := flags.Parse([]string{"--lenient", "--listen", ":1", "--other"}); err != nil {
		t.Fatal(err)
	}
	want := []config.Flag{
		{Name: "--lenient", Key: "serve.lenient", Value: "true"},
		{Name: "--listen", Key: "serve.listen", Value: ":1"},
	}
	if diff := cmp.Diff(want, boundFlags(flags)); diff != "" {
		t.Error(diff)
	}
}

// TestEveryBoundFlagNamesAKey guards against a flag whose key was renamed.
func TestEveryBoundFlagNamesAKey(t *testing.T) {
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		check := func(f *pflag.Flag) {
			for _, key := range f.Annotations[boundKey] {
				if _, ok := config.Lookup(key); !ok {
					t.Errorf("%s --%s sets %s, which is no key", cmd.CommandPath(), f.Name, key)
				}
			}
		}
		cmd.LocalFlags().VisitAll(check)
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(newApp(process{})))
}

// TestEveryCommandIsDescribed keeps help and manual pages whole.
func TestEveryCommandIsDescribed(t *testing.T) {
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: the short description is %q", cmd.CommandPath(), cmd.Short)
		}
		if cmd.RunE == nil {
			t.Errorf("%s: it needs RunE, for the exit status", cmd.CommandPath())
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(newApp(process{})))
}

func TestFailedCommandIsInTheLogFile(t *testing.T) {
	data := t.TempDir()
	var out, errs bytes.Buffer
	a := newApp(process{stdout: &out, stderr: &errs})
	root := newRoot(a)
	failing := &cobra.Command{Use: "fail", RunE: a.begun(func(*cobra.Command, []string) error {
		return locked(errors.New("held by process 7"), "")
	})}
	root.AddCommand(failing)
	root.SetArgs([]string{"fail", "--data", data, "--quiet"})
	cmd, err := root.ExecuteContextC(context.Background())
	a.close(cmd, err)
	content, readErr := os.ReadFile(filepath.Join(data, "logs", "vulnmirror.log"))
	if readErr != nil {
		t.Fatal(readErr)
	}
	for _, want := range []string{`"command":"vulnmirror fail"`, `"error":"held by process 7"`, `"status":3`} {
		if !strings.Contains(string(content), want) {
			t.Errorf("the log lacks %s: %s", want, content)
		}
	}
	if errs.Len() != 0 {
		t.Errorf("the error is also logged to the terminal: %s", errs.String())
	}
}

func TestPanicsAreNotSwallowed(t *testing.T) {
	a := newApp(process{stdout: new(bytes.Buffer), stderr: new(bytes.Buffer)})
	root := newRoot(a)
	root.AddCommand(standalone(&cobra.Command{Use: "crash", RunE: func(*cobra.Command, []string) error { panic("boom") }}))
	root.SetArgs([]string{"crash"})
	defer func() {
		if recover() != "boom" {
			t.Error("the panic is gone")
		}
	}()
	_ = root.Execute()
}
