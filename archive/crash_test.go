package archive

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// event is what the worker says it did, or is about to do.
type event struct {
	Done string // "put", "committed"; or "discarding", "quarantining", "pruning" before the fact
	File File   `json:",omitzero"`
}

// worker fetches made-up files into a tree, commits, and begins again, for ever.
// It does things of every sort, chosen by seed.
func worker(dir, seed string) {
	n, err := strconv.ParseUint(seed, 10, 64)
	if err == nil {
		err = work(Open(dir).Source("nvd-cve"), rand.New(rand.NewPCG(n, 0)))
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func say(e event) error { return json.NewEncoder(os.Stdout).Encode(e) }

func work(tree *Tree, rng *rand.Rand) error {
	if _, _, err := tree.Lock(context.Background(), 0); err != nil {
		return err
	}
	now := day1
	for {
		now = now.Add(time.Duration(rng.IntN(36)) * time.Hour)
		r, err := tree.Begin(now)
		if err != nil {
			return err
		}
		if err := workRun(r, rng); err != nil {
			return err
		}
		switch rng.IntN(6) {
		case 0:
			if err := errors.Join(say(event{Done: "discarding"}), r.Discard()); err != nil {
				return err
			}
		case 1:
			if err := say(event{Done: "pruning"}); err != nil {
				return err
			}
			if _, err := tree.Prune(now.Add(-48 * time.Hour)); err != nil {
				return err
			}
			fallthrough
		default:
			if _, err := r.Commit(now, now); err != nil {
				return err
			}
			if err := say(event{Done: "committed"}); err != nil {
				return err
			}
		}
	}
}

// workRun puts each of a few paths that the run does not have yet.
func workRun(r *Run, rng *rand.Rand) error {
	for i := range 5 {
		f := File{Path: fmt.Sprintf("pages/%d.json", i), URL: "https://x", Fetched: r.Started()}
		if _, ok := r.Received(f.Path); ok {
			continue
		}
		if i%2 == 1 {
			f.Encoding = encGzip
		}
		// Few different contents, so that some are held already.
		got, err := tryPut(r, f, fmt.Sprintf("content %d of %s", rng.IntN(3), f.Path))
		if err != nil {
			return err
		}
		if err := say(event{"put", got}); err != nil {
			return err
		}
		if err := r.Note("page", i); err != nil {
			return err
		}
		if rng.IntN(8) == 0 {
			if err := errors.Join(say(event{"quarantining", got}), r.Quarantine(f.Path, "chance")); err != nil {
				return err
			}
		}
	}
	return nil
}

// runWorker lets a worker go on for a while, kills it, and returns what it said.
func runWorker(t *testing.T, dir string, seed uint64, life time.Duration) []event {
	t.Helper()
	child := exec.Command(os.Args[0], dir, strconv.FormatUint(seed, 10))
	child.Env = append(os.Environ(), roleVariable+"=worker")
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var events []event
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if len(events) == 0 { // it has started
			time.AfterFunc(life, func() { child.Process.Kill() })
		}
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			break // cut short by the kill
		}
		events = append(events, e)
	}
	if err := child.Wait(); err == nil || child.ProcessState.ExitCode() != -1 {
		t.Fatalf("seed %d: the worker was not killed but ended: %v", seed, err)
	}
	return events
}

// model is what must be true of a tree, by what workers said.
type model struct {
	committed map[string]string // content hash by path, of what was committed
	pending   map[string]string // of what the unfinished run holds
	files     map[string]bool   // filenames in the manifest
	loose     bool              // the unfinished run may or may not be discarded
	pruning   bool              // superseded files may be gone
}

func (m *model) apply(events []event) (puts int) {
	m.pruning = false
	for _, e := range events {
		if m.loose { // the worker went on, so it was discarded
			m.pending, m.loose = map[string]string{}, false
		}
		switch e.Done {
		case "put":
			puts++
			m.pending[e.File.Path] = e.File.ContentSHA256
		case "quarantining":
			delete(m.pending, e.File.Path)
		case "committed":
			for path, content := range m.pending {
				m.committed[path] = content
			}
			m.pending = map[string]string{}
		case "discarding":
			m.loose = true
		case "pruning":
			m.pruning = true
		}
	}
	return puts
}

// check compares the model with a manifest and the files of the unfinished run,
// and takes over what the worker did and had no time to say.
func (m *model) check(t *testing.T, got Manifest, unfinished []File) {
	t.Helper()
	files, current := map[string]bool{}, map[string]string{}
	for _, f := range got.Files {
		files[f.Filename] = true
		if f.Status == Current {
			current[f.Path] = f.ContentSHA256
		}
	}
	run := map[string]string{}
	for _, f := range unfinished {
		if f.Status == Current {
			run[f.Path] = f.ContentSHA256
		}
	}
	for path, content := range m.committed {
		// A commit that the worker had no time to report has what was pending.
		if got := current[path]; got == "" || got != content && got != m.pending[path] {
			t.Errorf("%s: content %.8s was committed, current is %.8s", path, content, got)
		}
	}
	for path, content := range m.pending {
		if run[path] != content && current[path] != content && !m.loose {
			t.Errorf("%s: content %.8s was put and is lost", path, content)
		}
	}
	for name := range m.files {
		if !files[name] && !m.pruning {
			t.Errorf("%s left the manifest", name)
		}
	}
	m.committed, m.pending, m.files, m.loose = current, run, files, false
}

func TestKilledAtAnyInstant(t *testing.T) {
	rounds := 16
	if testing.Short() {
		rounds = 6
	}
	rng := rand.New(rand.NewPCG(2026, 11))
	dir := memoryDir(t)
	tree := Open(dir).Source("nvd-cve")
	want := model{committed: map[string]string{}, pending: map[string]string{}}
	puts, continued := 0, 0
	for round := range rounds {
		life := time.Duration(rng.IntN(120_000)) * time.Microsecond
		puts += want.apply(runWorker(t, dir, rng.Uint64(), life))
		wantClean(t, tree) // as found, before anything is mended

		m, err := tree.Manifest()
		if err != nil {
			t.Fatal(err)
		}
		var unfinished []File
		j, err := tree.unfinished()
		if err != nil {
			t.Fatal(err)
		}
		if round%2 == 0 { // here, else in the next worker
			r := begin(t, tree, day1)
			unfinished = r.ReceivedFiles()
			for _, f := range unfinished {
				if got := read(t, r, f); sum([]byte(got)) != f.ContentSHA256 {
					t.Errorf("%s reads %q", f.Filename, got)
				}
			}
			if m, err = tree.Manifest(); err != nil {
				t.Fatal(err)
			}
			wantClean(t, tree)
		} else if j != nil && j.run != m.Run && !j.discard {
			for _, f := range j.files {
				unfinished = append(unfinished, f.File)
			}
		}
		if len(unfinished) > 0 {
			continued++
		}
		want.check(t, m, unfinished)
		if t.Failed() {
			t.Fatalf("in round %d, killed after %v", round, life)
		}
	}
	t.Logf("%d files put, %d runs continued", puts, continued)
	if puts < rounds || continued == 0 {
		t.Errorf("the workers did too little: %d files put, %d runs continued", puts, continued)
	}
}
