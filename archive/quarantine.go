package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Reason is what a .reason.json file in quarantine says about the file beside
// it.
type Reason struct {
	Why  string    `json:"why"`
	URL  string    `json:"url,omitempty"`
	When time.Time `json:"when"`
	Path string    `json:"path"`
	Run  string    `json:"run"`
}

// Quarantine moves Part(path) to the quarantine folder, as <time>-<path with
// "_" for "/">, with a .reason.json beside it. If there is no part, but this run
// took in a file at path, that file leaves the run and goes there instead (a
// file held from before stays where it is and only leaves the run). The URL in
// the reason is the one last known for path.
func (r *Run) Quarantine(path, reason string) error {
	f, _ := r.Current(path)
	return r.QuarantineFile(File{Path: path, URL: f.URL}, reason)
}

// QuarantineFile is Quarantine for a caller that knows the URL: f.Path and
// f.URL are used.
func (r *Run) QuarantineFile(f File, reason string) error {
	if !validName(f.Path) {
		return fmt.Errorf("quarantine %s %q: not a path below the run's folder", r.tree.name, f.Path)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.refuse(f, reason); err != nil {
		return fmt.Errorf("quarantine %s %s: %w", r.tree.name, f.Path, err)
	}
	return nil
}

func (r *Run) refuse(f File, reason string) error {
	part := r.tree.partPath(f.Path)
	if info, err := os.Lstat(part); err == nil && info.Mode().IsRegular() {
		return r.tree.isolate(part, r.quarantineName(f.Path), r.reason(f, reason))
	}
	got, ok := r.journal.newest(f.Path)
	switch {
	case !ok:
		return errors.New("neither a part nor a received file is there")
	case got.kept:
		return r.write(entry{Drop: got.Filename})
	}
	if f.URL != "" {
		got.URL = f.URL
	}
	return r.expel(got.File, reason)
}

// expel takes a file of this run out of it and into quarantine; r.mu is held.
func (r *Run) expel(f File, reason string) error {
	e := entry{Drop: f.Filename, To: r.quarantineName(f.Path)}
	why := r.reason(f, reason)
	e.Reason = &why
	if err := r.write(e); err != nil {
		return err
	}
	if err := r.tree.isolate(r.tree.rawPath(f.Filename), e.To, why); err != nil {
		return r.fail(err)
	}
	return nil
}

func (r *Run) reason(f File, why string) Reason {
	return Reason{Why: why, URL: f.URL, When: r.clock().UTC().Truncate(time.Second), Path: f.Path, Run: r.ID()}
}

// quarantineName returns a free name for the file of path.
func (r *Run) quarantineName(path string) string {
	base := r.clock().UTC().Format(runLayout) + "-" + strings.ReplaceAll(path, "/", "_")
	name := base
	for n := 2; exists(filepath.Join(r.tree.quarantinePath(), name)); n++ {
		name = base + "-" + strconv.Itoa(n)
	}
	return name
}

// isolate writes the reason and moves the file to quarantine under name.
func (t *Tree) isolate(file, name string, why Reason) error {
	dir := t.quarantinePath()
	if err := makeDir(dir); err != nil {
		return err
	}
	data, err := json.MarshalIndent(why, "", "  ")
	if err != nil {
		return err
	}
	if err := WriteFile(filepath.Join(dir, name+".reason.json"), append(data, '\n')); err != nil {
		return err
	}
	if err := os.Rename(file, filepath.Join(dir, name)); err != nil {
		return err
	}
	return syncDir(dir)
}
