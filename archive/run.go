package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"time"
)

// errEnded is what a run's methods return after Commit or Discard.
var errEnded = errors.New("the run has ended")

// Run is one fetch of a source: files are taken in with Put and become part of
// the manifest together with Commit. Everything taken in survives the process:
// Begin continues a run that was neither committed nor discarded. A Run is safe
// for concurrent use.
type Run struct {
	tree    *Tree
	held    map[string]File // the manifest's current files by path, at Begin
	resumed bool
	clock   func() time.Time
	zstd    compressor

	mu      sync.Mutex
	journal *journal
	failed  error // set when the run cannot go on in this process
}

// ID returns the run's name, which is that of its folder: its start in UTC,
// like 20261121T203400Z.
func (r *Run) ID() string { return r.journal.run }

// Started returns when the run began; for a continued one, when it first did.
func (r *Run) Started() time.Time { return r.journal.started }

// Resumed reports whether an earlier process began the run.
func (r *Run) Resumed() bool { return r.resumed }

// Part returns the file to download path into, in a folder that exists. What is
// left there when a process dies is there in the next one. It is taken in with
// Put; what never was is deleted at the end of the run.
func (r *Run) Part(path string) string {
	name := r.tree.partPath(path)
	// Failure to create the folder shows, with a better error, when the caller
	// creates the file.
	_ = makeDir(filepath.Dir(name))
	return name
}

// partPath returns the file for path. A path that leads upwards stays below the
// folder of parts; Put refuses it.
func (t *Tree) partPath(path string) string {
	return filepath.Join(t.partsPath(), filepath.Clean(string(filepath.Separator)+filepath.FromSlash(path)))
}

// Received returns the newest file this run took in at path, also when that
// only confirmed a file held before (then its Run is the earlier one).
func (r *Run) Received(path string) (File, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f, ok := r.journal.newest(path)
	return f.File, ok
}

// Current returns the newest good file at path: this run's, else the
// manifest's.
func (r *Run) Current(path string) (File, bool) {
	if f, ok := r.Received(path); ok {
		return f, true
	}
	f, ok := r.held[path]
	return f, ok
}

// ReceivedFiles returns everything the run holds, in the order of Put. Files
// held before and only confirmed are among them; their Run is the earlier one.
func (r *Run) ReceivedFiles() []File {
	r.mu.Lock()
	defer r.mu.Unlock()
	files := make([]File, len(r.journal.files))
	for i, f := range r.journal.files {
		files[i] = f.File
	}
	return files
}

// Open returns the decompressed content of a file of this run or the manifest.
func (r *Run) Open(f File) (io.ReadCloser, error) {
	return OpenContent(r.tree.FS(), f.Filename)
}

// Note keeps a small fact, as JSON, until the run ends; it survives a crash. A
// later note under the same key replaces the earlier one.
func (r *Run) Note(key string, v any) error {
	value, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("note %q: %w", key, err)
	}
	if key == "" {
		return errors.New("a note needs a key")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.write(entry{Note: key, Value: value})
}

// Noted decodes the fact noted under key into v, and reports whether there was
// one.
func (r *Run) Noted(key string, v any) (bool, error) {
	r.mu.Lock()
	value, ok := r.journal.notes[key]
	r.mu.Unlock()
	if !ok {
		return false, nil
	}
	if err := json.Unmarshal(value, v); err != nil {
		return true, fmt.Errorf("note %q of run %s: %w", key, r.ID(), err)
	}
	return true, nil
}

// write journals e; r.mu is held.
func (r *Run) write(e entry) error {
	if r.failed != nil {
		return fmt.Errorf("run %s of %s: %w", r.ID(), r.tree.name, r.failed)
	}
	if err := r.journal.append(r.tree.journalPath(), e); err != nil {
		return fmt.Errorf("journal of run %s of %s: %w", r.ID(), r.tree.name, err)
	}
	return nil
}

// fail ends the use of r in this process, since the disk no longer is as the
// journal says. The next Begin mends that.
func (r *Run) fail(err error) error {
	r.failed = fmt.Errorf("an earlier step failed; start again to continue: %w", err)
	return err
}
