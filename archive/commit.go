package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Commit makes what the run holds part of the manifest, in one step, and ends
// the run. cursor is stored as JSON; nil keeps the cursor there is. now becomes
// LastUpdated. Files already at the paths of new ones become Superseded and
// stay. After an error the run is not committed, or no more than its cleaning
// up is missing; Begin tells which.
func (r *Run) Commit(cursor any, now time.Time) (Manifest, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m, err := r.commit(cursor, now)
	if err != nil {
		return Manifest{}, fmt.Errorf("commit run %s of %s: %w", r.ID(), r.tree.name, err)
	}
	return m, nil
}

func (r *Run) commit(cursor any, now time.Time) (Manifest, error) {
	if r.failed != nil {
		return Manifest{}, r.failed
	}
	m, err := r.tree.Manifest()
	if err != nil {
		return Manifest{}, err
	}
	if cursor != nil {
		if m.Cursor, err = json.Marshal(cursor); err != nil {
			return Manifest{}, err
		}
	}
	m.Version, m.Source, m.Run = manifestVersion, r.tree.name, r.ID()
	m.LastUpdated = now.UTC().Truncate(time.Second)
	if r.anew() {
		for i := range m.Files {
			m.Files[i].Status = Superseded
		}
	}
	m.Files = merge(m.Files, r.journal.files)
	if err := r.tree.publish(m); err != nil {
		return Manifest{}, r.fail(err)
	}
	r.failed = errEnded
	return m, r.tree.clearIncoming()
}

// merge adds what a run received to the files held.
func merge(held []File, got []received) []File {
	files := slices.Clone(held)
	at := make(map[string]int, len(files)) // index of the current file by path
	for i, f := range files {
		if f.Status == Current {
			at[f.Path] = i
		}
	}
	for _, f := range got {
		i, ok := at[f.Path]
		if ok && files[i].Filename == f.Filename {
			files[i] = f.File
			continue
		}
		if ok {
			files[i].Status = Superseded
		}
		at[f.Path] = len(files)
		files = append(files, f.File)
	}
	return files
}

// Discard forgets the run and deletes what it received.
func (r *Run) Discard() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.write(entry{Discard: true})
	if err == nil {
		r.failed = errEnded
		err = r.tree.discard(r.journal)
	}
	if err != nil {
		return fmt.Errorf("discard run %s of %s: %w", r.ID(), r.tree.name, err)
	}
	return nil
}

// discard deletes the folder of a run that was never committed.
func (t *Tree) discard(j *journal) error {
	if err := os.RemoveAll(t.rawPath(j.run)); err != nil {
		return err
	}
	return t.clearIncoming()
}

// clearIncoming forgets the unfinished run. The journal goes last: as long as
// it is there, Begin repeats this.
func (t *Tree) clearIncoming() error {
	err := errors.Join(os.RemoveAll(t.partsPath()), os.RemoveAll(t.stagedPath()))
	if err == nil {
		err = removeFile(t.journalPath())
	}
	if err == nil {
		err = os.RemoveAll(t.incomingPath())
	}
	return errors.Join(err, syncDir(filepath.Clean(t.dir)))
}
