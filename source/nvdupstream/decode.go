package nvdupstream

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"

	"vulnmirror/archive"
	"vulnmirror/format/nvd"
	"vulnmirror/source"
	"vulnmirror/vuln"
)

// Decode yields the records of an archived page or feed, as source.Source
// demands.
func (c Collection) Decode(tree fs.FS, filename string) iter.Seq2[vuln.Record, error] {
	if isWhole(filename) {
		return c.decodeWhole(tree, filename)
	}
	return func(yield func(vuln.Record, error) bool) {
		for record, err := range c.DecodeContent(archive.OpenContent(tree, filename)) {
			if err != nil {
				err = fmt.Errorf("%s: %w", filename, err)
			}
			if !yield(record, err) {
				return
			}
		}
	}
}

// DecodeContent yields the records of one document. It takes the two results of
// opening one, and closes it.
func (c Collection) DecodeContent(content io.ReadCloser, err error) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		if err != nil {
			yield(vuln.Record{}, err)
			return
		}
		defer content.Close()
		reader := nvd.NewReader(content)
		for {
			body, err := reader.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(vuln.Record{}, err)
				return
			}
			record, err := c.record(body)
			if err != nil {
				err = refused(record, fmt.Sprintf("record %d", reader.Count()), err)
			}
			if !yield(record, err) {
				return
			}
		}
	}
}

// record decodes one record of the collection.
func (c Collection) record(body []byte) (vuln.Record, error) {
	record, err := nvd.Decode(c.Format, body)
	record.Source = c.Name
	return record, err
}

func refused(r vuln.Record, place string, reason error) error {
	return &source.Refused{ID: r.ID, Place: place, Reason: reason.Error()}
}
