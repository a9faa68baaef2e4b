// Package archive keeps what upstream sent, byte for byte, and can prove it.
//
// Every source has one folder below the data folder:
//
//	DIR/<source>/raw/<RUN>/<path>             files as received
//	DIR/<source>/manifest.json                what is held: names, sizes, hashes, cursor
//	DIR/<source>/manifest-history/            the last manifest of each day
//	DIR/<source>/incoming/                    the unfinished run: journal, downloads
//	DIR/<source>/quarantine/                  what was refused, with the reason
//	DIR/<source>/.lock                        who works on the source now
//
// raw is a log: a run adds a folder named after its start (20261121T203400Z),
// and nothing inside is ever overwritten. The manifest is replaced in one step
// after every file it names is safe on disk. So whatever instant a process
// dies, the manifest found afterwards is true, and the next Begin continues the
// run that was cut short.
//
// The methods that write (Begin and all of Run, Prune) expect the caller to
// hold the source's Lock. Reading needs no lock.
package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Archive is a data folder.
type Archive struct{ dir string }

// Open returns the archive in dir, "./data" if dir is empty. The folder is
// created by the first run, not here.
func Open(dir string) *Archive {
	if dir == "" {
		dir = "data"
	}
	return &Archive{dir: filepath.Clean(dir)}
}

// Dir returns the data folder.
func (a *Archive) Dir() string { return a.dir }

// Source returns the tree of one source. name is a single path element, as in
// "nvd-cve"; nothing need exist yet.
func (a *Archive) Source(name string) *Tree {
	return &Tree{name: name, dir: filepath.Join(a.dir, name)}
}

// Sources returns the names of the sources that have a manifest, sorted. A data
// folder that does not exist has none.
func (a *Archive) Sources() ([]string, error) {
	entries, err := os.ReadDir(a.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the data folder: %w", err)
	}
	var names []string
	for _, e := range entries {
		if _, err := os.Stat(a.Source(e.Name()).manifestPath()); err == nil {
			names = append(names, e.Name())
		}
	}
	return names, nil
}
