package shield

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
)

// The files that belong to techniques alone.
const (
	detailsFile = "technique_details.json"
	mappingFile = "attack_mapping.json"
)

// files have the records, in the order they are read.
var files = []string{"techniques.json", "tactics.json", "opportunities.json", "use_cases.json", "procedures.json"}

// Reader reads the records of a tree. It holds the two files about techniques and
// the one being read, together less than 1 MiB.
type Reader struct {
	fsys    fs.FS
	folder  string
	details map[string]jsontext.Value   // by DTE
	mapping map[string][]jsontext.Value // by DTE

	at    int // index into files
	list  *jsonlist.Reader
	begun bool
	count int
	err   error // what Next says from now on
}

// NewReader reads from a folder that has Shield's files, in itself or at any
// depth below, such as an unpacked archive of the repository.
func NewReader(fsys fs.FS) *Reader { return &Reader{fsys: fsys} }

// Release has nothing: upstream states neither version nor date.
func (r *Reader) Release() Release { return Release{} }

// Next returns the body of the next record, io.EOF after the last. A
// *RecordError concerns one record; a *FileError ends the reading.
func (r *Reader) Next() ([]byte, error) {
	if r.err != nil {
		return nil, r.err
	}
	body, err := r.next()
	var single *RecordError
	if err != nil && !errors.As(err, &single) {
		r.err = err
	}
	return body, err
}

func (r *Reader) next() ([]byte, error) {
	if !r.begun {
		r.begun = true
		if err := r.begin(); err != nil {
			return nil, err
		}
	}
	for r.at < len(files) {
		body, err := r.element(path.Join(r.folder, files[r.at]))
		if !errors.Is(err, io.EOF) {
			return body, err
		}
		r.at++
	}
	return nil, io.EOF
}

// element returns the next record of the file that is being read, io.EOF when
// it has no more.
func (r *Reader) element(name string) ([]byte, error) {
	if r.list == nil {
		text, err := fs.ReadFile(r.fsys, name)
		if err != nil {
			return nil, &FileError{name, err}
		}
		r.list, r.count = jsonlist.NewReader(bytes.NewReader(text), ""), 0
	}
	body, err := r.list.Next()
	var single *jsonlist.RecordError
	switch {
	case errors.As(err, &single):
		r.count++
		return nil, &RecordError{File: name, Position: single.Position, Err: single.Err}
	case err != nil:
		r.list = nil
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		return nil, &FileError{name, err}
	}
	r.count++
	return r.complete(name, body)
}

// complete adds to a technique what other files say about it.
func (r *Reader) complete(name string, body []byte) ([]byte, error) {
	var element struct {
		ID string `json:"id"`
	}
	if err := jsonlist.Unmarshal(body, &element); err != nil {
		return nil, &RecordError{File: name, Position: r.count - 1, Err: err}
	}
	if id, ok := ParseID(element.ID); !ok || id != element.ID {
		return nil, &RecordError{File: name, Position: r.count - 1, ID: element.ID, Err: errors.New("id is none of Shield's")}
	}
	if path.Base(name) != files[0] {
		return body, nil
	}
	body = append(bytes.TrimSuffix(body, []byte("}")), `,"technique_details":`...)
	if details := r.details[element.ID]; details != nil {
		body = append(body, details...)
	} else {
		body = append(body, "null"...)
	}
	body = append(body, `,"attack_mapping":[`...)
	body = append(body, bytes.Join(raw(r.mapping[element.ID]), []byte(","))...)
	return append(body, "]}"...), nil
}

// begin finds the folder and reads the files about techniques.
func (r *Reader) begin() error {
	if err := r.find(); err != nil {
		return err
	}
	if err := r.readDetails(path.Join(r.folder, detailsFile)); err != nil {
		return err
	}
	return r.readMapping(path.Join(r.folder, mappingFile))
}

func (r *Reader) find() error {
	err := fs.WalkDir(r.fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && path.Base(name) == mappingFile {
			r.folder = path.Dir(name)
			return fs.SkipAll
		}
		return err
	})
	if err == nil && r.folder == "" {
		err = fs.ErrNotExist
	}
	if err != nil {
		return &FileError{mappingFile, err}
	}
	return nil
}

// readDetails reads the object whose members are named by technique.
func (r *Reader) readDetails(name string) error {
	text, err := fs.ReadFile(r.fsys, name)
	if err != nil {
		return &FileError{name, err}
	}
	// The object is what jsonlist calls a document that is one record; it also
	// refuses what is no JSON, and an error that upstream answered with.
	body, err := jsonlist.NewReader(bytes.NewReader(text), "").Next()
	if err != nil {
		return &FileError{name, err}
	}
	if err := jsonlist.Unmarshal(body, &r.details); err != nil {
		return &FileError{name, fmt.Errorf("not an object by technique: %w", err)}
	}
	return nil
}

func (r *Reader) readMapping(name string) error {
	file, err := r.fsys.Open(name)
	if err != nil {
		return &FileError{name, err}
	}
	defer file.Close()
	r.mapping = make(map[string][]jsontext.Value)
	list := jsonlist.NewReader(file, "")
	for {
		body, err := list.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return &FileError{name, err}
		}
		var row mappingRow
		if err := jsonlist.Unmarshal(body, &row); err != nil {
			return &FileError{name, err}
		}
		r.mapping[row.Technique.ID] = append(r.mapping[row.Technique.ID], body)
	}
}

// raw lets values be joined as bytes.
func raw(values []jsontext.Value) [][]byte {
	out := make([][]byte, len(values))
	for i, value := range values {
		out[i] = value
	}
	return out
}
