package nvdcve

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

// Decode yields the records of an archived feed or API page.
func (s *Source) Decode(tree fs.FS, filename string) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		for record, err := range decodeContent(archive.OpenContent(tree, filename)) {
			if err != nil {
				err = fmt.Errorf("%s: %w", filename, err)
			}
			if !yield(record, err) {
				return
			}
		}
	}
}

// decodeContent takes the two results of opening a document.
func decodeContent(content io.ReadCloser, err error) iter.Seq2[vuln.Record, error] {
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
			record, err := nvd.DecodeCVE(body)
			if err != nil {
				err = &source.Refused{ID: record.ID, Place: fmt.Sprintf("record %d", reader.Count()), Reason: err.Error()}
			}
			record.Source = Name
			if !yield(record, err) {
				return
			}
		}
	}
}
