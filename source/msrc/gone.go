package msrc

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"vulnmirror/archive"
	"vulnmirror/source"
	"vulnmirror/vuln"
)

// Index tells which vulnerabilities a revision of a document has no longer that
// the one before it had, if no other document has them either. It covers those
// and nothing else; nil when there are none.
func (s *Source) Index(tree fs.FS, f archive.File) (*source.Index, error) {
	id, ok := strings.CutPrefix(f.Path, folder)
	if !ok {
		return nil, nil
	}
	before, others, err := around(tree, f.Run, id)
	if err != nil || before == "" {
		return nil, err
	}
	gone, err := s.vulnerabilities(tree, before)
	if err != nil {
		return nil, err
	}
	for _, filename := range append([]string{f.Filename}, others...) {
		has, err := s.vulnerabilities(tree, filename)
		if err != nil {
			return nil, err
		}
		for id := range has {
			delete(gone, id)
		}
		if len(gone) == 0 {
			return nil, nil
		}
	}
	return &source.Index{Covers: func(id string) bool { return gone[id] }}, nil
}

// around finds the revision of a document that was held before that of a run, ""
// when there was none, and what was held then of the others.
func around(tree fs.FS, run, id string) (before string, others []string, err error) {
	runs, err := fs.ReadDir(tree, ".")
	if err != nil {
		return "", nil, err
	}
	newest := make(map[string]string) // filenames by identifier
	for _, r := range runs {          // by name, which is by time
		if r.Name() > run {
			break
		}
		files, err := fs.ReadDir(tree, path.Join(r.Name(), folder))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", nil, err
		}
		for _, file := range files {
			of := strings.TrimSuffix(file.Name(), path.Ext(file.Name()))
			if of == id && r.Name() == run {
				continue
			}
			newest[of] = path.Join(r.Name(), folder, file.Name())
		}
	}
	for of, filename := range newest {
		if of != id {
			others = append(others, filename)
		}
	}
	return newest[id], others, nil
}

// vulnerabilities are the identifiers of those that an archived document has.
func (s *Source) vulnerabilities(tree fs.FS, filename string) (map[string]bool, error) {
	ids := make(map[string]bool)
	for record, err := range s.Decode(tree, filename) {
		var refused *source.Refused
		if errors.As(err, &refused) {
			ids[refused.ID] = true
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("what %s had: %w", filename, err)
		}
		if record.Kind == vuln.KindMSRC {
			ids[record.ID] = true
		}
	}
	return ids, nil
}
