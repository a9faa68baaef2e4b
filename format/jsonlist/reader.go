// Package jsonlist splits JSON documents into the objects they list: the
// elements of one array of the document's object, of an array that is the
// document, or a document that is one record itself. What upstream wrote inside
// a record stays as it came, less the white space between tokens. What is no
// such document (a page in HTML, {"error": …} with status 200, a file cut short)
// is refused with the place where that showed.
package jsonlist

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// FormatError says that a document is not what its reader reads, and at which
// byte of it that showed.
type FormatError struct {
	Offset int64
	Err    error
}

func (e *FormatError) Error() string { return fmt.Sprintf("at byte %d: %v", e.Offset, e.Err) }

// Unwrap returns the reason.
func (e *FormatError) Unwrap() error { return e.Err }

// RecordError concerns one record of a document; those after it can be read.
type RecordError struct {
	Position int    // of the record in the document, from 0
	ID       string // "" when unknown
	Err      error
}

func (e *RecordError) Error() string {
	if e.ID == "" {
		return fmt.Sprintf("record %d: %v", e.Position, e.Err)
	}
	return fmt.Sprintf("record %d (%s): %v", e.Position, e.ID, e.Err)
}

// Unwrap returns the reason.
func (e *RecordError) Unwrap() error { return e.Err }

// Reader splits one document in one pass. It holds the largest record, and the
// members beside the array of records.
type Reader struct {
	in     *bufio.Reader
	dec    *jsontext.Decoder
	array  string
	header map[string]jsontext.Value
	begun  bool
	object bool // the array is a member of an object, which goes on behind it
	found  bool
	count  int
	err    error // what Next says from now on
}

// NewReader reads from r a document whose records are in the member array of its
// object. Without a name the document is an array of records, or one record.
func NewReader(r io.Reader, array string) *Reader {
	in := bufio.NewReader(r)
	return &Reader{in: in, array: array, header: make(map[string]jsontext.Value)}
}

// Header returns the member of the document's object with that name, nil when it
// has not been read. All are there once Next has returned io.EOF.
func (r *Reader) Header(name string) jsontext.Value { return r.header[name] }

// Next returns the next record, io.EOF after the last. A *RecordError concerns
// the one record; a *FormatError ends the document.
func (r *Reader) Next() ([]byte, error) {
	if r.err != nil {
		return nil, r.err
	}
	body, err := r.next()
	var single *RecordError
	switch {
	case err == nil, errors.As(err, &single):
		r.count++
	case errors.Is(err, io.EOF):
		r.err = io.EOF
	default:
		r.err = r.refuse(err)
		err = r.err
	}
	return body, err
}

func (r *Reader) refuse(err error) error {
	var offset int64
	if r.dec != nil {
		offset = r.dec.InputOffset()
	}
	return &FormatError{Offset: offset, Err: err}
}

func (r *Reader) next() ([]byte, error) {
	if !r.begun {
		r.begun = true
		if err := r.begin(); err != nil {
			return nil, err
		}
		if r.array == "" && r.dec.PeekKind() == '{' {
			return r.alone()
		}
		if err := r.enter(); err != nil {
			return nil, err
		}
	}
	if !r.found {
		return nil, r.end()
	}
	if r.dec.PeekKind() != ']' {
		return r.element()
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return nil, shortened(err)
	}
	if r.object {
		again, err := r.members()
		if err != nil {
			return nil, err
		}
		if again {
			return nil, fmt.Errorf("a second array %q", r.array)
		}
	}
	return nil, r.end()
}

// begin passes a byte order mark and looks at what kind of text follows.
func (r *Reader) begin() error {
	if mark, err := r.in.Peek(3); err == nil && bytes.Equal(mark, []byte("\xEF\xBB\xBF")) {
		if _, err := r.in.Discard(3); err != nil {
			return err
		}
	}
	head, err := r.in.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch head = bytes.TrimSpace(head); {
	case len(head) == 0:
		return errors.New("the document is empty")
	case head[0] == '<':
		return errors.New("HTML or XML instead of JSON")
	}
	r.dec = jsontext.NewDecoder(r.in, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	return nil
}

// enter reads up to and into the array of records.
func (r *Reader) enter() error {
	token, err := r.dec.ReadToken()
	if err != nil {
		return shortened(err)
	}
	switch kind := token.Kind(); {
	case r.array == "" && kind == '[':
		r.found = true
		return nil
	case r.array == "":
		return fmt.Errorf("expected a JSON object or array, found %s", kind)
	case kind != '{':
		return fmt.Errorf("expected a JSON object, found %s", kind)
	}
	r.object = true
	if r.found, err = r.members(); err != nil || r.found {
		return err
	}
	if said, ok := r.header["error"]; ok {
		return answered(said)
	}
	return fmt.Errorf("the document has no array %q", r.array)
}

// members reads members of the document's object until it has entered the array
// of records (true) or left the object (false).
func (r *Reader) members() (bool, error) {
	for {
		token, err := r.dec.ReadToken()
		if err != nil {
			return false, shortened(err)
		}
		if token.Kind() == '}' {
			return false, nil
		}
		name := token.String()
		if name == r.array {
			token, err := r.dec.ReadToken()
			if err != nil {
				return false, shortened(err)
			}
			if token.Kind() != '[' {
				return false, fmt.Errorf("%q is %s, expected an array", name, token.Kind())
			}
			return true, nil
		}
		value, err := r.dec.ReadValue()
		if err != nil {
			return false, shortened(err)
		}
		r.header[name] = bytes.Clone(value)
	}
}

// alone reads a document that is one record.
func (r *Reader) alone() ([]byte, error) {
	body, err := r.value()
	if err != nil {
		return nil, err
	}
	if said, failed := Failure(body); failed {
		return nil, answered(said)
	}
	return body, nil
}

func (r *Reader) element() ([]byte, error) {
	kind := r.dec.PeekKind()
	body, err := r.value()
	if err == nil && kind != '{' {
		err = &RecordError{Position: r.count, Err: fmt.Errorf("%s, expected an object", kind)}
	}
	return body, err
}

func (r *Reader) value() ([]byte, error) {
	value, err := r.dec.ReadValue()
	if err != nil {
		return nil, shortened(err)
	}
	return Compact(value)
}

// end makes sure that nothing follows the document.
func (r *Reader) end() error {
	if _, err := r.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("more data after the document's end")
	}
	return io.EOF
}

// shortened makes the end of input in the middle of a document an error that
// nobody takes for the end of the document.
func shortened(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
