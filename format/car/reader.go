package car

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// fileLimit bounds a file; upstream's largest has 11 KiB, and the time a YAML
// parser takes for text made to harm grows with the square of its length.
const fileLimit = 64 << 10

// Reader reads the files of a tree, one at a time.
type Reader struct {
	fsys  fs.FS
	names []string // of files still to be read
	begun bool
	err   error // what Next says from now on
}

// NewReader reads from a folder that has the repository's folders, in itself or
// at any depth below, such as an unpacked archive of it.
func NewReader(fsys fs.FS) *Reader { return &Reader{fsys: fsys} }

// Release has nothing: upstream numbers no releases.
func (r *Reader) Release() Release { return Release{} }

// Next returns the body of the next record, io.EOF after the last: analytics,
// data model, sensors, each in the order of their names. A *RecordError concerns
// one file; any other error ends the reading.
func (r *Reader) Next() ([]byte, error) {
	if !r.begun {
		r.begun = true
		r.err = r.find()
	}
	switch {
	case r.err != nil:
		return nil, r.err
	case len(r.names) == 0:
		return nil, io.EOF
	}
	name := r.names[0]
	r.names = r.names[1:]
	body, err := r.read(name)
	if err != nil {
		return nil, &RecordError{name, err}
	}
	return body, nil
}

// find lists the files that are records.
func (r *Reader) find() error {
	folders := make(map[string][]string)
	err := fs.WalkDir(r.fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		folder := path.Base(path.Dir(name))
		if isRecord(folder, path.Base(name)) {
			folders[folder] = append(folders[folder], name)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("list CAR's files: %w", err)
	}
	if len(folders["analytics"]) == 0 {
		return errors.New("the tree has no files analytics/CAR-*.yaml")
	}
	for _, folder := range []string{"analytics", "data_model", "sensors"} {
		r.names = append(r.names, folders[folder]...)
	}
	return nil
}

func isRecord(folder, file string) bool {
	switch {
	case path.Ext(file) != ".yaml" && path.Ext(file) != ".yml":
		return false
	case folder == "analytics":
		return strings.HasPrefix(strings.ToUpper(file), "CAR-")
	}
	return folder == "data_model" || folder == "sensors"
}

func (r *Reader) read(name string) ([]byte, error) {
	file, err := r.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, fileLimit+1))
	if err != nil {
		return nil, err
	}
	if len(text) > fileLimit {
		return nil, fmt.Errorf("more than %d KiB", fileLimit>>10)
	}
	id := ""
	if folder, _ := path.Split(name); path.Base(folder) != "analytics" {
		id = path.Base(folder) + "/" + strings.ToLower(strings.TrimSuffix(path.Base(name), path.Ext(name)))
	}
	return render(text, id)
}
