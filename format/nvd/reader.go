// Package nvd reads documents in the shape of the NVD API 2.0 and the NVD 2.0
// data feeds. It splits them into records, reads facts from records, and never
// writes a record anew: what upstream sent inside a record, in whatever order
// and spelling, is what Body holds, less the white space between tokens.
package nvd

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// Header holds the members of the wrapper beside its records (schema
// cve_api_json_2.0, root object).
type Header struct {
	ResultsPerPage int
	StartIndex     int
	TotalResults   int
	Format         string // see the Format constants
	Version        string // "2.0"
	Timestamp      string // as spelled; in feeds US Eastern without a zone, in the API UTC
}

// Reader splits one document into its records, in one pass, holding no more
// than the largest record.
type Reader struct {
	dec    *jsontext.Decoder
	header Header
	seen   map[string]bool
	shape  shape
	inside bool // between the brackets of the array of records
	done   bool
	count  int
}

// NewReader reads one document from r.
func NewReader(r io.Reader) *Reader {
	// Records with repeated names or damaged UTF-8 are the decoder's business:
	// one of them must not end a whole feed.
	return &Reader{
		dec:  jsontext.NewDecoder(r, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)),
		seen: make(map[string]bool),
	}
}

// Header returns the wrapper's members read so far; all of them once Next has
// returned io.EOF.
func (r *Reader) Header() Header { return r.header }

// Format returns the format of the records Next has returned, told by the array
// they are in: Header.Format may stand behind it, or be misspelled.
func (r *Reader) Format() string { return r.shape.format }

// Count returns how many records Next has returned.
func (r *Reader) Count() int { return r.count }

// Next returns the next record's object (the one inside `cve`, `cpe`, …, see
// Header.Format) without insignificant white space, in memory of its own, or io.EOF after the end of a well-formed
// document. Any other error ends the document: it is not JSON, or not of this
// shape, or cut short; it says at which byte.
func (r *Reader) Next() ([]byte, error) {
	if r.done {
		return nil, io.EOF
	}
	body, err := r.next()
	if err != nil {
		r.done = true
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		return nil, fmt.Errorf("at byte %d: %w", r.dec.InputOffset(), err)
	}
	r.count++
	return body, nil
}

func (r *Reader) next() ([]byte, error) {
	if !r.inside {
		if err := r.enter(); err != nil {
			return nil, err
		}
	}
	if r.dec.PeekKind() != ']' {
		return r.element()
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return nil, err
	}
	return nil, r.finish()
}

// enter reads up to and into the array of records.
func (r *Reader) enter() error {
	if kind := r.dec.PeekKind(); kind != '{' {
		if _, err := r.dec.ReadToken(); err != nil {
			return shortened(err)
		}
		return fmt.Errorf("expected a JSON object, found %s", kind)
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return shortened(err)
	}
	found, err := r.members()
	if err != nil {
		return err
	}
	if !found {
		return errors.New("the document has none of the arrays that NVD keeps records in, such as \"vulnerabilities\"")
	}
	r.inside = true
	return nil
}

// finish reads what follows the array of records, up to the end of input.
func (r *Reader) finish() error {
	again, err := r.members()
	if err != nil {
		return err
	}
	if again {
		return fmt.Errorf("a second array of records after %q", r.shape.array)
	}
	for _, name := range []string{"resultsPerPage", "totalResults", "format"} {
		if !r.seen[name] {
			return fmt.Errorf("the document has no %q", name)
		}
	}
	if _, err := r.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("more data after the document's end")
	}
	return io.EOF
}

// members reads wrapper members until it has entered the array of records
// (true) or left the wrapper (false).
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
		if of, ok := shapes[name]; ok {
			r.shape = of
			token, err := r.dec.ReadToken()
			if err != nil {
				return false, shortened(err)
			}
			if token.Kind() != '[' {
				return false, fmt.Errorf("%q is %s, expected an array", name, token.Kind())
			}
			return true, nil
		}
		if err := r.member(name); err != nil {
			return false, err
		}
	}
}

func (r *Reader) member(name string) error {
	value, err := r.dec.ReadValue()
	if err != nil {
		return shortened(err)
	}
	r.seen[name] = true
	switch name {
	case "resultsPerPage":
		return integer(name, value, &r.header.ResultsPerPage)
	case "startIndex":
		return integer(name, value, &r.header.StartIndex)
	case "totalResults":
		return integer(name, value, &r.header.TotalResults)
	case "format":
		return text(name, value, &r.header.Format)
	case "version":
		return text(name, value, &r.header.Version)
	case "timestamp":
		return text(name, value, &r.header.Timestamp)
	}
	return nil
}

// element reads one {"cve": {…}} and returns the inner object compacted. Where
// records stand in the array without an object around them, it returns those.
func (r *Reader) element() ([]byte, error) {
	if r.shape.inner == "" {
		return r.bare()
	}
	token, err := r.dec.ReadToken()
	if err != nil {
		return nil, shortened(err)
	}
	if token.Kind() != '{' {
		return nil, fmt.Errorf("record %d is %s, expected an object", r.count, token.Kind())
	}
	var body []byte
	for {
		token, err := r.dec.ReadToken()
		if err != nil {
			return nil, shortened(err)
		}
		if token.Kind() == '}' {
			break
		}
		name := token.String()
		value, err := r.dec.ReadValue()
		if err != nil {
			return nil, shortened(err)
		}
		if name == r.shape.inner && value.Kind() == '{' {
			body = compact(value)
		}
	}
	if body == nil {
		return nil, fmt.Errorf("record %d has no %q object", r.count, r.shape.inner)
	}
	return body, nil
}

func (r *Reader) bare() ([]byte, error) {
	value, err := r.dec.ReadValue()
	if err != nil {
		return nil, shortened(err)
	}
	if value.Kind() != '{' {
		return nil, fmt.Errorf("record %d is %s, expected an object", r.count, value.Kind())
	}
	return compact(value), nil
}

// shortened makes the end of input in the middle of a document an error that
// nobody takes for the end of the document.
func shortened(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
