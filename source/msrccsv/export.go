package msrccsv

import (
	"errors"
	"fmt"
	"io"

	"vulnmirror/format/msrccsv"
	"vulnmirror/source"
	"vulnmirror/vuln"
)

// each reads an export called filename and yields its records. A *source.Refused
// concerns one row or record, and is yielded too; other errors are returned.
func each(r io.Reader, filename string, yield func(vuln.Record, error) bool) error {
	reader := msrccsv.NewReader(r)
	for {
		body, err := reader.Next()
		var record vuln.Record
		var row *msrccsv.RecordError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &row):
			err = &source.Refused{Place: fmt.Sprintf("%s, line %d", filename, row.Line), Reason: row.Err.Error()}
		case err != nil:
			return err
		default:
			if record, err = decode(body); err != nil {
				err = &source.Refused{ID: record.ID, Place: filename, Reason: err.Error()}
			}
		}
		if !yield(record, err) {
			return nil
		}
	}
}

func decode(body []byte) (vuln.Record, error) {
	record, err := msrccsv.Decode(body)
	record.Source = Name
	return record, err
}

// Merge puts together what exports say of one record: rows of both are kept.
func (*Source) Merge(held, fresh vuln.Record) (vuln.Record, error) {
	body, err := msrccsv.Merge(held.Body, fresh.Body)
	if err != nil {
		return fresh, err
	}
	return decode(body)
}
