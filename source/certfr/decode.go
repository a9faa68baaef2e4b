package certfr

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strings"

	"vulnmirror/archive"
	format "vulnmirror/format/certfr"
	"vulnmirror/source"
	"vulnmirror/vuln"
)

// folder returns the first folder of an archived file's path.
func folder(filename string) string {
	_, path, _ := strings.Cut(filename, "/")
	name, _, _ := strings.Cut(path, "/")
	return name
}

// Decode yields the records of an archived document or yearly archive, of the
// documents that came back, and the lines of an index that name none.
func (s *Source) Decode(tree fs.FS, filename string) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		switch folder(filename) {
		case "index":
			decodeIndex(tree, filename, yield)
		case "contents":
		case "returned":
			decodeReturned(tree, filename, yield)
		case "tar":
			decodeFile(tree, filename, func(r io.Reader) reader { return format.NewArchiveReader(r) }, yield)
		default:
			decodeFile(tree, filename, func(r io.Reader) reader { return format.NewReader(r) }, yield)
		}
	}
}

// reader splits a file into documents.
type reader interface{ Next() ([]byte, error) }

// decodeFile yields the records of a file; false means that no more are wanted.
func decodeFile(tree fs.FS, filename string, open func(io.Reader) reader, yield func(vuln.Record, error) bool) bool {
	content, err := archive.OpenContent(tree, filename)
	if err != nil {
		return yield(vuln.Record{}, fmt.Errorf("%s: %w", filename, err))
	}
	defer content.Close()
	documents := open(content)
	for n := 0; ; n++ {
		record, err := next(documents, fmt.Sprintf("document %d in %s", n, filename))
		if errors.Is(err, io.EOF) {
			return true
		}
		if err != nil && !errors.As(err, new(*source.Refused)) {
			yield(vuln.Record{}, fmt.Errorf("%s: %w", filename, err))
			return false
		}
		if !yield(record, err) {
			return false
		}
	}
}

func next(documents reader, place string) (vuln.Record, error) {
	body, err := documents.Next()
	var one *format.RecordError
	if errors.As(err, &one) {
		return vuln.Record{}, &source.Refused{ID: one.ID, Place: place, Reason: one.Err.Error()}
	}
	if err != nil {
		return vuln.Record{}, err
	}
	record, err := format.Decode(body)
	if err != nil {
		return record, &source.Refused{Place: place, Reason: err.Error()}
	}
	record.Source = Name
	return record, nil
}

// decodeReturned yields the records of documents that came back. Those pruned
// since have newer versions.
func decodeReturned(tree fs.FS, filename string, yield func(vuln.Record, error) bool) {
	back, err := readComeback(tree, filename)
	if err != nil {
		yield(vuln.Record{}, err)
		return
	}
	for _, name := range back.Files {
		if _, err := fs.Stat(tree, name); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if !decodeFile(tree, name, func(r io.Reader) reader { return format.NewReader(r) }, yield) {
			return
		}
	}
}

// decodeIndex yields what of an index names no document.
func decodeIndex(tree fs.FS, filename string, yield func(vuln.Record, error) bool) {
	l, err := openListing(tree, filename)
	if err != nil {
		yield(vuln.Record{}, err)
		return
	}
	for _, e := range l.refused {
		place := fmt.Sprintf("line %d of %s", e.Position, filename)
		if !yield(vuln.Record{}, &source.Refused{ID: e.ID, Place: place, Reason: e.Err.Error()}) {
			return
		}
	}
}

func openListing(tree fs.FS, filename string) (*listing, error) {
	content, err := archive.OpenContent(tree, filename)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filename, err)
	}
	defer content.Close()
	l, err := readListing(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filename, err)
	}
	return l, nil
}

// types are those of the documents that the indexes name, as in identifiers.
var types = map[string]string{"avis": "AVI", "alerte": "ALE"}

// Index reads an archived index: it would name every document of its type and
// of the years that it knows. One with lines that make no sense may have named
// anything.
func (s *Source) Index(tree fs.FS, f archive.File) (*source.Index, error) {
	section := slices.IndexFunc(sections, func(s string) bool { return f.Path == indexPath(s) })
	if section < 0 {
		return nil, nil
	}
	l, err := openListing(tree, f.Filename)
	if err != nil || len(l.refused) > 0 {
		return nil, err
	}
	infix := "-" + types[sections[section]] + "-"
	index := &source.Index{IDs: make([]string, len(l.entries))}
	years := make(map[int]bool)
	for i, e := range l.entries {
		index.IDs[i] = e.ID
		years[yearOf(e.ID)] = true
	}
	index.Covers = func(id string) bool { return strings.Contains(id, infix) && years[yearOf(id)] }
	return index, nil
}
