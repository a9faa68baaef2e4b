package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"time"
)

// Prune deletes the superseded files fetched before a time and returns their
// entries. They leave the manifest first, then the disk; if the process dies
// between, the next Begin or Prune finishes. The caller holds the source's
// Lock.
func (t *Tree) Prune(before time.Time) ([]File, error) {
	gone, err := t.prune(before)
	if err != nil {
		return gone, fmt.Errorf("prune %s: %w", t.name, err)
	}
	return gone, nil
}

func (t *Tree) prune(before time.Time) ([]File, error) {
	m, err := t.Manifest()
	if err != nil {
		return nil, err
	}
	var gone, stay []File
	for _, f := range m.Files {
		if f.Status == Superseded && f.Fetched.Before(before) {
			gone = append(gone, f)
			m.Removing = append(m.Removing, f.Filename)
		} else {
			stay = append(stay, f)
		}
	}
	if len(gone) > 0 {
		m.Files = stay
		if err := t.publish(m); err != nil {
			return nil, err
		}
	}
	_, err = t.finishPrune(m)
	return gone, err
}

// finishPrune deletes the files that m names as being removed, and returns the
// manifest without them.
func (t *Tree) finishPrune(m Manifest) (Manifest, error) {
	if len(m.Removing) == 0 {
		return m, nil
	}
	for _, name := range m.Removing {
		if err := removeFile(t.rawPath(name)); err != nil {
			return m, err
		}
		if err := t.removeEmpty(path.Dir(name)); err != nil {
			return m, err
		}
	}
	m.Removing = nil
	return m, t.publish(m)
}

// removeEmpty deletes the folder dir below raw and its parents as far as they
// are empty.
func (t *Tree) removeEmpty(dir string) error {
	for ; dir != "."; dir = path.Dir(dir) {
		left, err := os.ReadDir(t.rawPath(dir))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil || len(left) > 0 {
			return err
		}
		if err := os.Remove(t.rawPath(dir)); err != nil {
			return err
		}
	}
	return nil
}
