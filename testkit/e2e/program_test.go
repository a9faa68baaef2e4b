package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long any single command may take on a busy machine.
const patience = 2 * time.Minute

// data is a data folder and how the program is called on it.
type data struct {
	dir  string
	args []string // added to every command line
}

// quick makes the program fast against a simulator on loopback, and work on one
// source unless others are named; everything else is as users have it.
var quick = []string{
	"--set", "sources=nvd-cve", "--set", "nvd.rate=10000/1s", "--set", "http.backoff=2ms", "--set", "http.max_backoff=20ms",
	"--set", "http.attempts=12", "--set", "http.idle_timeout=400ms",
}

// newData is an empty data folder that mirrors the upstream at url.
func newData(t *testing.T, url string, args ...string) data {
	t.Helper()
	args = append(append([]string{"--upstream", url}, quick...), args...)
	return data{dir: filepath.Join(memoryDir(t), "data"), args: args}
}

// copied is the same data in another folder.
func (d data) copied(t *testing.T) data {
	t.Helper()
	to := filepath.Join(memoryDir(t), "data")
	if err := os.CopyFS(to, os.DirFS(d.dir)); err != nil {
		t.Fatal(err)
	}
	return data{dir: to, args: d.args}
}

// memoryDir returns a temporary folder in memory where the system has such:
// many small synced writes are quick there.
func memoryDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "vulnmirror-e2e-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// outcome is how a command ended.
type outcome struct {
	status         int // -1: killed by a signal
	stdout, stderr string
}

// run carries out a command to its end.
func (d data) run(t *testing.T, command ...string) outcome {
	t.Helper()
	return d.start(t, command...).wait()
}

// ok carries out a command that must succeed and returns what it printed.
func (d data) ok(t *testing.T, command ...string) string {
	t.Helper()
	out := d.run(t, command...)
	if out.status != 0 {
		t.Fatalf("%s: exit status %d\n%s%s", strings.Join(command, " "), out.status, out.stdout, tail(out.stderr))
	}
	return out.stdout
}

// running is a command under way.
type running struct {
	t      *testing.T
	name   string
	cmd    *exec.Cmd
	stdout *lineBuffer
	stderr *lineBuffer
	done   chan struct{} // closed at its end
	err    error         // of Wait, once done is closed
}

// start begins a command. It is killed when the test ends or patience does.
func (d data) start(t *testing.T, command ...string) *running {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	args := append(append([]string{}, command...), "--data", d.dir)
	r := &running{
		t: t, name: strings.Join(command, " "), done: make(chan struct{}),
		cmd:    exec.CommandContext(ctx, binary, append(args, d.args...)...),
		stdout: newLineBuffer(), stderr: newLineBuffer(),
	}
	r.cmd.Stdout, r.cmd.Stderr = r.stdout, r.stderr
	r.cmd.Dir = filepath.Dir(d.dir)
	r.cmd.Env = append(os.Environ(), "NVD_API_KEY=", "HOME="+r.cmd.Dir, "XDG_CONFIG_HOME="+r.cmd.Dir)
	if err := r.cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	go func() {
		r.err = r.cmd.Wait()
		r.stdout.end()
		r.stderr.end()
		cancel()
		close(r.done)
	}()
	t.Cleanup(func() {
		r.signal(os.Kill)
		<-r.done
	})
	return r
}

// signal sends a signal; a process that has ended does not mind.
func (r *running) signal(s os.Signal) {
	if err := r.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		r.t.Errorf("%s: %v", r.name, err)
	}
}

// wait returns how the command ended.
func (r *running) wait() outcome {
	r.t.Helper()
	<-r.done
	var exit *exec.ExitError
	if r.err != nil && !errors.As(r.err, &exit) {
		r.t.Fatalf("%s: %v", r.name, r.err)
	}
	return outcome{r.cmd.ProcessState.ExitCode(), r.stdout.String(), r.stderr.String()}
}

// line waits for a line of standard output that begins with prefix and returns
// the rest of it.
func (r *running) line(prefix string) string {
	r.t.Helper()
	for i := 0; ; i++ {
		line, ok := r.stdout.line(i)
		if !ok {
			r.t.Fatalf("%s ended without a line %q:\n%s", r.name, prefix, tail(r.stderr.String()))
		}
		if rest, found := strings.CutPrefix(line, prefix); found {
			return rest
		}
	}
}

// lineBuffer collects output and hands out its lines as they become whole.
type lineBuffer struct {
	mu    sync.Mutex
	more  *sync.Cond
	text  bytes.Buffer
	ended bool
}

func newLineBuffer() *lineBuffer {
	b := &lineBuffer{}
	b.more = sync.NewCond(&b.mu)
	return b
}

func (b *lineBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.more.Broadcast()
	return b.text.Write(p)
}

func (b *lineBuffer) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	b.more.Broadcast()
}

func (b *lineBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// line waits for the nth line; false when the output ended before.
func (b *lineBuffer) line(n int) (string, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		if lines := strings.SplitAfter(b.text.String(), "\n"); n < len(lines)-1 {
			return strings.TrimSuffix(lines[n], "\n"), true
		}
		if b.ended {
			return "", false
		}
		b.more.Wait()
	}
}

// await waits for a text, or for the end.
func (b *lineBuffer) await(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for !b.ended && !strings.Contains(b.text.String(), text) {
		b.more.Wait()
	}
}

// tail keeps a failure readable.
func tail(s string) string {
	const most = 3000
	if len(s) > most {
		return "…" + s[len(s)-most:]
	}
	return s
}

// decode reads JSON that a command printed.
func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("not the JSON expected: %v\n%s", err, tail(text))
	}
	return v
}

// summary is what sync --json prints, as far as tests look at it.
type summary struct {
	Sources []struct {
		Source, Status, Error                     string
		Missing                                   []string
		Records, Added, Changed, Unchanged, Older int
		Refused, Requests, Retries, Bytes         int
	}
}

// sync carries out a sync that must succeed.
func (d data) sync(t *testing.T, args ...string) summary {
	t.Helper()
	s := decode[summary](t, d.ok(t, append([]string{"sync", "--json"}, args...)...))
	if len(s.Sources) != 1 {
		t.Fatalf("the summary tells of %d sources, want nvd-cve alone", len(s.Sources))
	}
	return s
}
