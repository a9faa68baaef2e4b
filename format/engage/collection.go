package engage

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

// collection is a file of records, with those that say more about them.
type collection struct {
	list    string // of the records
	details string // an object by record
	mapping string // a list of rows
	owner   string // the member of a row that says whose it is
}

// collections in the order they are read.
var collections = []collection{
	{"goals", "goal_details", "goal_approach_mappings", "goal_id"},
	{"approaches", "approach_details", "approach_activity_mappings", "approach_id"},
	{"activities", "activity_details", "attack_mapping", "eac_id"},
}

// row is one value with whose it is.
type row struct {
	id    string
	value jsontext.Value
}

// entries are the values of one file by record, in the order of the file.
type entries map[string][]jsontext.Value

func byID(rows []row) entries {
	out := make(entries)
	for _, r := range rows {
		out[r.id] = append(out[r.id], r.value)
	}
	return out
}

// readObject reads the members of the object that the file is.
func readObject(fsys fs.FS, name string) ([]row, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, &FileError{name, err}
	}
	defer file.Close()
	// The object is what jsonlist calls a document that is one record; it also
	// refuses what is no JSON, and an error that upstream answered with.
	body, err := jsonlist.NewReader(file, "").Next()
	if err != nil {
		return nil, &FileError{name, err}
	}
	dec := jsontext.NewDecoder(bytes.NewReader(body), jsonlist.Tolerant)
	if token, err := dec.ReadToken(); err != nil || token.Kind() != '{' {
		return nil, &FileError{name, errors.New("not an object by record")}
	}
	var rows []row
	for dec.PeekKind() == '"' {
		token, err := dec.ReadToken()
		if err != nil {
			return nil, &FileError{name, err}
		}
		id := token.String()
		value, err := dec.ReadValue()
		if err != nil {
			return nil, &FileError{name, err}
		}
		if value.Kind() != '{' {
			return nil, &FileError{name, fmt.Errorf("%s is %s, expected an object", id, value.Kind())}
		}
		rows = append(rows, row{id, bytes.Clone(value)})
	}
	return rows, nil
}

// readRows reads a list of objects, whose member owner says whose they are.
func readRows(fsys fs.FS, name, owner string) ([]row, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, &FileError{name, err}
	}
	defer file.Close()
	var rows []row
	list := jsonlist.NewReader(file, "")
	for {
		body, err := list.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, &FileError{name, err}
		}
		var members map[string]jsontext.Value
		if err := jsonlist.Unmarshal(body, &members); err != nil {
			return nil, &FileError{name, err}
		}
		rows = append(rows, row{jsonlist.String(members[owner]), body})
	}
}

// folder returns the folder of the tree that has the files.
func folder(fsys fs.FS) (string, error) {
	const name = "activity_details.json"
	found := ""
	err := fs.WalkDir(fsys, ".", func(place string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && path.Base(place) == name {
			found = path.Dir(place)
			return fs.SkipAll
		}
		return err
	})
	if err == nil && found == "" {
		err = fs.ErrNotExist
	}
	if err != nil {
		return "", &FileError{name, err}
	}
	return found, nil
}
