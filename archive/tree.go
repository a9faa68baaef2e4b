package archive

import (
	"io/fs"
	"os"
	"path/filepath"
)

// Tree is the archive of one source.
type Tree struct {
	name string
	dir  string
}

// Dir returns the source's folder, DIR/<source>.
func (t *Tree) Dir() string { return t.dir }

// Raw returns the folder of the received files, DIR/<source>/raw. It may not
// exist yet.
func (t *Tree) Raw() string { return filepath.Join(t.dir, "raw") }

// FS returns the received files; names are File.Filename. No name and no
// symbolic link leads outside the raw folder.
func (t *Tree) FS() fs.FS { return rawFS(t.Raw()) }

func (t *Tree) manifestPath() string   { return filepath.Join(t.dir, "manifest.json") }
func (t *Tree) historyPath() string    { return filepath.Join(t.dir, "manifest-history") }
func (t *Tree) quarantinePath() string { return filepath.Join(t.dir, "quarantine") }
func (t *Tree) incomingPath() string   { return filepath.Join(t.dir, "incoming") }
func (t *Tree) partsPath() string      { return filepath.Join(t.incomingPath(), "parts") }
func (t *Tree) stagedPath() string     { return filepath.Join(t.incomingPath(), "staged") }
func (t *Tree) journalPath() string    { return filepath.Join(t.incomingPath(), "journal.jsonl") }
func (t *Tree) lockPath() string       { return filepath.Join(t.dir, ".lock") }

// rawPath returns where filename, relative to raw and with slashes, lies.
func (t *Tree) rawPath(filename string) string {
	return filepath.Join(t.Raw(), filepath.FromSlash(filename))
}

// rawFS opens files below a folder that need not exist when it is made. It
// holds no descriptor between calls.
type rawFS string

func (dir rawFS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	f, err := os.OpenInRoot(string(dir), filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	return f, nil
}

var _ fs.FS = rawFS("")
