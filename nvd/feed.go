package nvd

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"

	format "vulnmirror/format/nvd"
)

// formatOf tells which documents hold records of a type.
func formatOf[T Record]() string {
	var record T
	switch any(record).(type) {
	case CVE:
		return format.FormatCVE
	case CPE:
		return format.FormatCPE
	case MatchCriteria:
		return format.FormatCPEMatch
	case Source:
		return format.FormatSource
	default:
		return format.FormatCVEChange
	}
}

// ReadFeed yields the records of a feed, a chunk of one, or a page of an API
// answer, from JSON that may be packed with gzip:
//
//	for cve, err := range nvd.ReadFeed[nvd.CVE](file) { … }
//
// It reads as it goes and holds one record at a time. An error ends the
// sequence: the document is not of that kind, or damaged, or holds fewer records
// than it says; only a sequence that ends without one was whole.
func ReadFeed[T Record](r io.Reader) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		content, err := unpacked(r)
		if err != nil {
			yield(none, err)
			return
		}
		doc := format.NewReader(content)
		for {
			body, err := doc.Next()
			last := errors.Is(err, io.EOF)
			if last {
				err = nil
			}
			if err == nil {
				err = expected[T](doc, last)
			}
			if last && err == nil {
				return
			}
			record := none
			if err == nil {
				record, err = view[T](body)
			}
			if !yield(record, err) || err != nil {
				return
			}
		}
	}
}

// expected checks what is known of a document so far, or at its end.
func expected[T Record](doc *format.Reader, end bool) error {
	if want := formatOf[T](); doc.Format() != want {
		return fmt.Errorf("the document holds records of the format %s, expected %s", doc.Format(), want)
	}
	if said := doc.Header().ResultsPerPage; end && doc.Count() != said {
		return fmt.Errorf("the document holds %d records and says it holds %d", doc.Count(), said)
	}
	return nil
}

// unpacked tells gzip by its first two bytes (RFC 1952).
func unpacked(r io.Reader) (io.Reader, error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	start, _ := buffered.Peek(2) // what cannot be read, the reader of the document says
	if string(start) != "\x1f\x8b" {
		return buffered, nil
	}
	return gzip.NewReader(buffered)
}
