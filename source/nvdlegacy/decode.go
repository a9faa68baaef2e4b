package nvdlegacy

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"

	"vulnmirror/archive"
	"vulnmirror/format/nvdlegacy"
	"vulnmirror/source"
	"vulnmirror/vuln"
)

// decode yields the records of an archived file for the source called name.
func decode(name string, tree fs.FS, filename string) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		for record, err := range records(tree, filename) {
			var unreadable *nvdlegacy.RecordError
			switch {
			case errors.As(err, &unreadable):
				err = &source.Refused{ID: unreadable.ID, Place: filename + ", " + unreadable.Place, Reason: unreadable.Reason}
			case err != nil:
				err = fmt.Errorf("%s: %w", filename, err)
			}
			record.Source = name
			if !yield(record, err) {
				return
			}
		}
	}
}

// records reads an archived file, packed or not.
func records(tree fs.FS, filename string) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		fail := func(err error) { yield(vuln.Record{}, err) }
		file, err := archive.OpenContent(tree, filename)
		if err != nil {
			fail(err)
			return
		}
		defer file.Close()
		inner, err := unpack(file, sound)
		if err != nil {
			fail(err)
			return
		}
		defer inner.Close()
		document, err := nvdlegacy.Open(inner)
		if err != nil {
			fail(err)
			return
		}
		for {
			record, err := document.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			var unreadable *nvdlegacy.RecordError
			if !yield(record, err) || err != nil && !errors.As(err, &unreadable) {
				return
			}
		}
	}
}
