package nvdlegacy

import (
	"fmt"
	"io"
	"time"

	"vulnmirror/format/nvd"
	"vulnmirror/vuln"
)

// nativeRecords passes documents 2.0 through.
type nativeRecords struct{ reader *nvd.Reader }

func newNative(r io.Reader) nativeRecords { return nativeRecords{nvd.NewReader(r)} }

func (n nativeRecords) next() (vuln.Record, []byte, error) {
	body, err := n.reader.Next()
	if err != nil {
		return vuln.Record{}, nil, err
	}
	record, err := nvd.Decode(n.reader.Format(), body)
	if err != nil {
		err = &RecordError{ID: record.ID, Place: place(n.reader.Count()), Reason: err.Error()}
	}
	return record, body, err
}

func (n nativeRecords) declared() (int, bool) { return n.reader.Header().ResultsPerPage, true }

func (n nativeRecords) made() time.Time {
	t, err := vuln.ParseTime(n.reader.Header().Timestamp)
	if err != nil {
		return time.Time{}
	}
	return t
}

// place names the n-th record, from 1.
func place(n int) string { return fmt.Sprintf("record %d", n) }
