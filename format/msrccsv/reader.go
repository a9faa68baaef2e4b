package msrccsv

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

	"vulnmirror/format/msrc"
)

// Reader splits one export: the rows it cannot use, the vulnerabilities in the
// order of their first rows, then the updates. Rows of one record stand anywhere
// in a file, so the reader holds the whole of it; a year is some 30 MB.
type Reader struct {
	in      io.Reader
	header  header
	release Release
	rows    byID // texts of rows by vulnerability
	said    map[string]*msrc.Update
	numbers []string // of said, in the order met
	faults  []error
	read    bool
	err     error // what Next says from now on
}

// byID holds lists by identifier, in the order identifiers were met.
type byID struct {
	ids   []string
	lists map[string][][]byte
}

func (b *byID) add(id string, row []byte) {
	if b.lists[id] == nil {
		b.ids = append(b.ids, id)
	}
	b.lists[id] = append(b.lists[id], row)
}

// NewReader reads one export from r.
func NewReader(r io.Reader) *Reader {
	return &Reader{in: r, rows: byID{lists: make(map[string][][]byte)}, said: make(map[string]*msrc.Update)}
}

// Release is complete once Next has been called.
func (r *Reader) Release() Release { return r.release }

// Next returns the body of the next record, io.EOF after the last. A
// *RecordError concerns one row, a *FormatError the file.
func (r *Reader) Next() ([]byte, error) {
	if !r.read {
		r.read = true
		r.err = r.load()
	}
	switch {
	case r.err != nil:
		return nil, r.err
	case len(r.faults) > 0:
		fault := r.faults[0]
		r.faults = r.faults[1:]
		return nil, fault
	case len(r.rows.ids) > 0:
		id := r.rows.ids[0]
		r.rows.ids = r.rows.ids[1:]
		rows := r.rows.lists[id]
		delete(r.rows.lists, id)
		return bodyOf(id, rows), nil
	case len(r.numbers) > 0:
		kb := r.numbers[0]
		r.numbers = r.numbers[1:]
		update := r.said[kb]
		delete(r.said, kb)
		return update.Body()
	}
	return nil, io.EOF
}

// load reads the whole file.
func (r *Reader) load() error {
	in := bufio.NewReader(r.in)
	above, comma, err := preamble(in)
	if err != nil {
		return &FormatError{Line: 1, Err: err}
	}
	rows := csv.NewReader(in)
	rows.Comma, rows.LazyQuotes, rows.FieldsPerRecord, rows.ReuseRecord = comma, true, -1, true
	cells, err := rows.Read()
	if err == nil {
		r.header, err = newHeader(cells)
	}
	if err != nil {
		return &FormatError{Line: above + 1, Err: shortened(err)}
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var torn *csv.ParseError
		if errors.As(err, &torn) {
			return &FormatError{Line: above + torn.Line, Err: torn.Err}
		}
		if err != nil {
			return err
		}
		if err := r.row(row); err != nil {
			line, _ := rows.FieldPos(0)
			r.faults = append(r.faults, &RecordError{Line: above + line, Err: err})
		}
	}
}

func shortened(err error) error {
	if errors.Is(err, io.EOF) {
		return errors.New("the file is empty")
	}
	return err
}

// preamble passes a byte order mark and the line with which spreadsheets name
// the separator, and returns how many lines that were and the separator.
func preamble(in *bufio.Reader) (lines int, comma rune, err error) {
	head, err := in.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, 0, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xFF\xFE")), bytes.HasPrefix(head, []byte("\xFE\xFF")):
		return 0, 0, errors.New("the file is in UTF-16; save it as CSV in UTF-8")
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return 0, 0, errors.New("the file is a spreadsheet; save it as CSV")
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		if _, err := in.Discard(3); err != nil {
			return 0, 0, err
		}
		head = head[3:]
	}
	if text := bytes.TrimSpace(head); len(text) > 0 && text[0] == '<' {
		return 0, 0, errors.New("the file is HTML or XML, no CSV")
	}
	first, _, _ := bytes.Cut(head, []byte("\n"))
	first = bytes.TrimRight(first, "\r")
	if named, ok := bytes.CutPrefix(bytes.ToLower(first), []byte("sep=")); ok && len(named) == 1 && bytes.Contains([]byte(",;\t|"), named) {
		_, err := in.ReadString('\n')
		return 1, rune(named[0]), err
	}
	comma = ','
	for _, other := range ";\t" {
		if bytes.Count(first, []byte(string(other))) > bytes.Count(first, []byte(string(comma))) {
			comma = other
		}
	}
	return 0, comma, nil
}

// row takes in one line.
func (r *Reader) row(row []string) error {
	for len(row) > len(r.header.names) && row[len(row)-1] == "" {
		row = row[:len(row)-1]
	}
	if len(row) != len(r.header.names) {
		return fmt.Errorf("%d cells, expected %d", len(row), len(r.header.names))
	}
	identifiers, numbers := r.header.identifiers(row), r.header.updates(row)
	if len(identifiers) == 0 && len(numbers) == 0 {
		return errors.New("the row names neither a vulnerability nor an update")
	}
	statement := r.header.statement(row, identifiers)
	r.date(statement.Released)
	text := r.text(row)
	for _, id := range identifiers {
		if !slices.ContainsFunc(r.rows.lists[id], func(have []byte) bool { return bytes.Equal(have, text) }) {
			r.rows.add(id, text)
		}
	}
	document := strings.TrimSpace(msrc.Export + " " + statement.Released)
	for _, kb := range numbers {
		update := r.said[kb]
		if update == nil {
			update = &msrc.Update{KB: kb, Documents: make(map[string][]msrc.Statement)}
			r.said[kb] = update
			r.numbers = append(r.numbers, kb)
		}
		update.Documents[document] = msrc.Add(update.Documents[document], statement)
	}
	return nil
}

func (r *Reader) date(released string) {
	r.release.Rows++
	t, err := time.Parse(time.DateOnly, released)
	if err != nil {
		return
	}
	if t.After(r.release.Date) {
		r.release.Date = t
	}
	if r.release.First.IsZero() || t.Before(r.release.First) {
		r.release.First = t
	}
}

// text renders a row.
func (r *Reader) text(row []string) []byte {
	out := []byte{'{'}
	for i, cell := range row {
		if cell == "" {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(quoted(out, r.header.names[i]), ':')
		out = quoted(out, cell)
	}
	return append(out, '}')
}

func bodyOf(id string, rows [][]byte) []byte {
	out := append(quoted([]byte(`{"id":`), id), `,"rows":[`...)
	out = append(out, bytes.Join(rows, []byte(","))...)
	return append(out, `]}`...)
}

func quoted(out []byte, s string) []byte {
	with, err := jsontext.AppendQuote(out, strings.ToValidUTF8(s, "\uFFFD"))
	if err != nil {
		return append(out, `""`...) // only damaged UTF-8 could not be quoted
	}
	return with
}
