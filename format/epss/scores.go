// Package epss reads the daily files of the Exploit Prediction Scoring System
// (https://www.first.org/epss/data_stats), unpacked. They are CSV with a row a
// CVE; four generations differ in their head:
//
//	2021-04-14  cve,epss
//	2021-09-01  cve,epss,percentile
//	2022-02-04  #model_version:v2022.01.01,score_date:2022-02-04T00:00:00+0000
//	            cve,epss,percentile
//	2025        #model_version:v2025.03.14,score_date:2025-04-01T12:55:00Z
//
// Columns go by their names. The body of a record is the row as a JSON object of
// strings, as spelled, in the order of the columns, followed by model_version
// and score_date where the file has them:
//
//	{"cve":"CVE-2020-5902","epss":"0.97567","percentile":"0.99995","model_version":"v2023.03.01","score_date":"2023-03-07T00:00:00+0000"}
package epss

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/vuln"
)

// FormatError says in which line a document was found to be none of EPSS.
type FormatError struct {
	Line int
	Err  error
}

func (e *FormatError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns the reason.
func (e *FormatError) Unwrap() error { return e.Err }

// RecordError concerns one row; reading goes on after it.
type RecordError struct {
	Line int
	ID   string // "" when unknown
	Err  error
}

func (e *RecordError) Error() string { return fmt.Sprintf("line %d (%s): %v", e.Line, e.ID, e.Err) }

// Unwrap returns the reason.
func (e *RecordError) Unwrap() error { return e.Err }

// Release tells days apart. Before 2022-02-04 files say neither: the day is then
// in their names alone. A new version of the model makes all scores jump.
type Release struct {
	Version string    // model_version
	Date    time.Time // score_date
}

// Reader splits a file, holding one row.
type Reader struct {
	in      *bufio.Reader
	csv     *csv.Reader
	release Release
	columns [][]byte // names as JSON, with the comma or brace before and the colon behind
	id      int      // the column of the CVE identifier
	tail    []byte   // of every body
	above   int      // lines before those csv counts
	err     error    // what Next says from now on
}

// NewReader reads an unpacked file from r.
func NewReader(r io.Reader) *Reader { return &Reader{in: bufio.NewReader(r)} }

// AssumeDate is the day of scores in a file that does not say it itself. It must
// be called before Next.
func (r *Reader) AssumeDate(day time.Time) {
	r.release.Date = day
	r.tail = appendMember(nil, "score_date", day.Format(time.DateOnly))
}

// Release is complete once Next has been called.
func (r *Reader) Release() Release { return r.release }

// Next returns the next row, io.EOF after the last. A *RecordError concerns one
// row, a *FormatError ends the document. That a file was cut between two rows
// shows in its compressed form only.
func (r *Reader) Next() ([]byte, error) {
	if r.err == nil && r.csv == nil {
		r.err = r.begin()
	}
	if r.err != nil {
		return nil, r.err
	}
	row, err := r.csv.Read()
	var torn *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		r.err = io.EOF
		return nil, io.EOF
	case errors.Is(err, csv.ErrFieldCount):
		return nil, &RecordError{Line: r.line(), ID: row[0], Err: fmt.Errorf("%d fields, expected %d", len(row), len(r.columns))}
	case errors.As(err, &torn):
		r.err = &FormatError{Line: r.above + torn.Line, Err: torn.Err}
		return nil, r.err
	case err != nil:
		r.err = err
		return nil, err
	}
	if _, err := vuln.ParseCVE(row[r.id]); err != nil {
		return nil, &RecordError{Line: r.line(), ID: row[r.id], Err: err}
	}
	return r.body(row), nil
}

// line is that of the row read last.
func (r *Reader) line() int {
	line, _ := r.csv.FieldPos(0)
	return r.above + line
}

func (r *Reader) body(row []string) []byte {
	out := make([]byte, 0, 192)
	for i, value := range row {
		out = append(out, r.columns[i]...)
		out = appendText(out, value)
	}
	out = append(out, r.tail...)
	return append(out, '}')
}

// begin reads the head of the file.
func (r *Reader) begin() error {
	if mark, err := r.in.Peek(3); err == nil && bytes.Equal(mark, []byte("\xEF\xBB\xBF")) {
		if _, err := r.in.Discard(3); err != nil {
			return err
		}
	}
	if head, err := r.in.Peek(1); err == nil && head[0] == '#' {
		comment, err := r.in.ReadString('\n')
		if err != nil {
			return &FormatError{Line: 1, Err: io.ErrUnexpectedEOF}
		}
		r.above = 1
		r.comment(strings.TrimSpace(comment[1:]))
	}
	r.csv = csv.NewReader(r.in)
	r.csv.ReuseRecord = true
	header, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return &FormatError{Line: r.above + 1, Err: err}
	}
	r.id = slices.Index(header, "cve")
	if r.id < 0 || !slices.Contains(header, "epss") {
		return &FormatError{Line: r.above + 1, Err: fmt.Errorf("no columns cve and epss in %.80q", strings.Join(header, ","))}
	}
	for i, name := range header {
		start := byte(',')
		if i == 0 {
			start = '{'
		}
		r.columns = append(r.columns, append(appendText([]byte{start}, name), ':'))
	}
	return nil
}

// comment reads the first line: model_version:…,score_date:… and whatever else
// comes to be written there.
func (r *Reader) comment(text string) {
	r.tail = nil
	for pair := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(pair, ":")
		r.tail = appendMember(r.tail, name, value)
		switch name {
		case "model_version":
			r.release.Version = value
		case "score_date":
			r.release.Date = moment(value)
		}
	}
}

// moment reads a score_date in any of its spellings; one it cannot read is the
// zero time.
func moment(s string) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05-0700", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

func appendMember(out []byte, name, value string) []byte {
	out = append(appendText(append(out, ','), name), ':')
	return appendText(out, value)
}

func appendText(out []byte, s string) []byte {
	quoted, err := jsontext.AppendQuote(out, strings.ToValidUTF8(s, "\uFFFD"))
	if err != nil {
		return append(out, `""`...) // only damaged UTF-8 could not be quoted
	}
	return quoted
}
