// Package answers runs the built program on several stores side by side and
// asks each everything, to show that no answer tells which store gave it.
package answers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// patience is how long any single command may take on a busy machine.
const patience = 5 * time.Minute

// Mirror is a data folder with a database, and how the program is called on it.
type Mirror struct {
	Name   string // of the store, for people
	Binary string
	Data   string   // folder
	Args   []string // added to every command line
	Env    []string // added to the environment
}

// outcome is how a command ended.
type outcome struct {
	Status         int
	Stdout, Stderr string
}

func (m Mirror) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, m.Binary, append(append(args, "--data", m.Data), m.Args...)...)
	cmd.Dir = os.TempDir()
	cmd.Env = append(append(os.Environ(), "NVD_API_KEY=", "HOME="+m.Data, "XDG_CONFIG_HOME="+m.Data), m.Env...)
	return cmd
}

func (m Mirror) run(t *testing.T, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := m.command(ctx, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %s: %v", m.Name, strings.Join(args, " "), err)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// ok carries out a command that must succeed and returns what it printed.
func (m Mirror) ok(t *testing.T, args ...string) string {
	t.Helper()
	out := m.run(t, args...)
	if out.Status != 0 {
		t.Fatalf("%s: %s: exit status %d\n%s%s", m.Name, strings.Join(args, " "), out.Status, tail(out.Stdout), tail(out.Stderr))
	}
	return out.Stdout
}

// counts is what sync says of a source, as far as it is the same everywhere.
type counts struct {
	Source, Status                                                string
	Records, Added, Changed, Unchanged, Older, Refused, Withdrawn int
}

// sync brings a mirror up to date and returns the counts.
func (m Mirror) sync(t *testing.T) []counts {
	t.Helper()
	text := m.ok(t, "sync", "--json")
	var sum struct{ Sources []counts }
	if err := json.Unmarshal([]byte(text), &sum); err != nil {
		t.Fatalf("%s: sync printed no summary: %v\n%s", m.Name, err, tail(text))
	}
	return sum.Sources
}

// Compare syncs every mirror from one upstream at every step and then asks each
// the same questions, sampled records of each kind among them. Every answer has to
// be what the first mirror answers. A step changes upstream before the mirrors
// sync; a nil one does not.
func Compare(t *testing.T, mirrors []Mirror, sampled int, steps ...func()) {
	t.Helper()
	for n, step := range steps {
		if step != nil {
			step()
		}
		var first []counts
		for i, m := range mirrors {
			began := time.Now()
			got := m.sync(t)
			t.Logf("%s: sync %d took %v: %+v", m.Name, n+1, time.Since(began).Round(time.Millisecond), got)
			if i == 0 {
				first = got
			} else if fmt.Sprint(got) != fmt.Sprint(first) {
				t.Errorf("sync %d: %s\n%+v\n%s\n%+v", n+1, mirrors[0].Name, first, m.Name, got)
			}
		}
	}
	for _, m := range mirrors {
		began := time.Now()
		for _, c := range m.sync(t) {
			if c.Added+c.Changed > 0 {
				t.Errorf("%s: a sync without news: %+v", m.Name, c)
			}
		}
		t.Logf("%s: a sync without news took %v", m.Name, time.Since(began).Round(time.Millisecond))
	}
	asked := questions(t, mirrors[0], sampled)
	want := transcript(t, mirrors[0], asked)
	for _, m := range mirrors[1:] {
		report(t, mirrors[0].Name, m.Name, want, transcript(t, m, asked))
	}
}

// answer is a question with what was answered.
type answer struct{ question, text string }

// report tells of answers that differ, the first few in full.
func report(t *testing.T, wantName, gotName string, want, got []answer) {
	t.Helper()
	differ := 0
	for i, w := range want {
		if got[i].text == w.text {
			continue
		}
		if differ++; differ <= 5 {
			at := difference(w.text, got[i].text)
			t.Errorf("%s\n  %s answers …%.300q\n  %s answers …%.300q", w.question, wantName, w.text[at:], gotName, got[i].text[at:])
		}
	}
	t.Logf("%s and %s: %d of %d answers differ", wantName, gotName, differ, len(want))
}

// difference is where two texts part, less a little for orientation.
func difference(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return max(0, n-60)
}

// tail keeps a failure readable.
func tail(s string) string {
	const most = 3000
	if len(s) > most {
		return "…" + s[len(s)-most:]
	}
	return s
}
