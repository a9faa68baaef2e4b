package feeds

import (
	"context"
	"fmt"
	"io"
	"iter"
	"time"

	"vulnmirror/format/nvd"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// A shape is how documents hold records of one kind (contract A.6, B).
type shape struct{ format, array, inner string }

var (
	cveShape      = shape{nvd.FormatCVE, "vulnerabilities", "cve"}
	cpeShape      = shape{nvd.FormatCPE, "products", "cpe"}
	criteriaShape = shape{nvd.FormatCPEMatch, "matchStrings", "matchString"}
)

// A documentWriter writes NVD's documents: seven keys each, then the
// records as they are held, one a line.
type documentWriter struct {
	out   io.Writer
	feed  feed
	total int    // records in all documents
	stamp string // the wrapper's timestamp
	line  []byte // not written yet
	n     int    // records so far
}

func newDocumentWriter(out io.Writer, f feed, d store.Digest) *documentWriter {
	return &documentWriter{out: out, feed: f, total: d.Count, stamp: contentDate(f, d).In(f.layout.zone).Format(timestampLayout)}
}

// begin writes the head of a document of so many records; start is where they
// begin.
func (doc *documentWriter) begin(start, records int) {
	of := doc.feed.layout.shape
	doc.n = 0
	doc.line = fmt.Appendf(doc.line[:0], `{"resultsPerPage":%d,"startIndex":%d,"totalResults":%d,"format":"%s","version":"2.0","timestamp":"%s","%s":[`,
		records, start, doc.total, of.format, doc.stamp, of.array)
}

func (doc *documentWriter) add(body []byte) error {
	if doc.n > 0 {
		doc.line = append(doc.line, ',')
	}
	doc.line = append(doc.line, "\n{\""...)
	doc.line = append(doc.line, doc.feed.layout.shape.inner...)
	doc.line = append(doc.line, "\":"...)
	doc.line = append(doc.line, body...)
	doc.line = append(doc.line, '}')
	doc.n++
	return doc.flush()
}

func (doc *documentWriter) end() error {
	doc.line = append(doc.line, "\n]}\n"...)
	return doc.flush()
}

func (doc *documentWriter) flush() error {
	_, err := doc.out.Write(doc.line)
	doc.line = doc.line[:0]
	if err != nil {
		return fmt.Errorf("write %s: %w", doc.feed.key(), err)
	}
	return nil
}

// checked lists the records of a feed, and ends with an error when they are not
// those that the digest d is of.
func checked(ctx context.Context, from store.Reader, q store.Query, f feed, d store.Digest) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		n := 0
		var newest time.Time
		for record, err := range from.List(ctx, q) {
			if err == nil && len(record.Body) == 0 {
				err = fmt.Errorf("%s has no body", record.ID)
			}
			if err != nil {
				yield(vuln.Record{}, fmt.Errorf("records of %s: %w", f.key(), err))
				return
			}
			n++
			if record.Modified.After(newest) {
				newest = record.Modified
			}
			if !yield(record, nil) {
				return
			}
		}
		if n != d.Count || !newest.Equal(d.Newest) {
			yield(vuln.Record{}, fmt.Errorf("records of %s: the store counts %d up to %v and lists %d up to %v", f.key(), d.Count, d.Newest, n, newest))
		}
	}
}
