package archive

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// recover makes the disk what the journal says: moves that were announced and
// not made are made. A received file that is nowhere to be found, or not whole,
// leaves the run, so that it is fetched again.
func (r *Run) recover() error {
	t, j := r.tree, r.journal
	for _, e := range j.drops {
		if !exists(t.rawPath(e.Drop)) {
			continue
		}
		if err := t.isolate(t.rawPath(e.Drop), e.To, *e.Reason); err != nil {
			return err
		}
	}
	for _, f := range slices.Clone(j.files) {
		if err := r.recoverFile(f); err != nil {
			return err
		}
	}
	if j.last != "" {
		// The process may have died before it deleted the part it had taken in.
		if err := removeFile(t.partPath(j.last)); err != nil {
			return err
		}
	}
	return os.RemoveAll(t.stagedPath())
}

func (r *Run) recoverFile(f received) error {
	if f.kept {
		return nil
	}
	t := r.tree
	target := t.rawPath(f.Filename)
	if info, err := os.Lstat(target); err == nil {
		if info.Mode().IsRegular() && info.Size() == f.SizeBytes {
			return nil
		}
		return r.expel(f.File, "found damaged when the run was continued")
	}
	from := filepath.Join(t.incomingPath(), filepath.FromSlash(f.from))
	if sum, err := sumFile(from); err != nil || sum.sha256 != f.SHA256 {
		return r.write(entry{Drop: f.Filename})
	}
	return errors.Join(makeDir(filepath.Dir(target)), move(from, target))
}

// move renames a file to a name that must be free, durably.
func move(from, to string) error {
	if exists(to) {
		return fmt.Errorf("%s exists; nothing received is ever overwritten", to)
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncDir(filepath.Dir(to))
}

func sumFile(name string) (digest, error) {
	f, err := os.Open(name)
	if err != nil {
		return digest{}, err
	}
	defer f.Close()
	sum, _, _, err := weigh(f, "")
	return sum, err
}
