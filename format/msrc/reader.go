package msrc

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"vulnmirror/format/jsonlist"
)

var (
	errNoID       = errors.New("no ID")
	errBadID      = errors.New("neither a CVE identifier nor an advisory's (ADV180002)")
	errNoTracking = errors.New("no DocumentTracking with an ID before the vulnerabilities")
)

// Release tells revisions of a document apart. Version and Date both go
// backwards at times: 2023-Nov went from revision 17 of the 22nd to 9 of the
// 10th and on to 24 of the 29th.
type Release struct {
	ID      string // of the document, as spelled
	Alias   string
	Title   string
	Status  string    // Final, Interim or Draft; a number in JSON
	Version string    // number of the last revision
	Date    time.Time // CurrentReleaseDate
	Initial time.Time // InitialReleaseDate
}

// form reads one of the two forms of a document.
type form interface {
	// next returns the next vulnerability as it is in the document, io.EOF after
	// the last.
	next() ([]byte, error)
	release() Release
	products() map[string]string // names by ProductID
	name() string                // the member of a body that it is kept in
	read(body []byte) (vulnerability, error)
}

// Reader splits one document: its vulnerabilities in their order, then the
// updates that remedy them. It holds one vulnerability, the names of products
// and the updates, of the largest documents a few megabytes.
type Reader struct {
	in      *bufio.Reader
	form    form
	updates updates
	count   int
	ended   bool
	err     error // what Next says from now on
}

// NewReader reads one document from r, XML or JSON, with or without a byte order
// mark.
func NewReader(r io.Reader) *Reader { return &Reader{in: bufio.NewReader(r)} }

// Release is complete once Next has been called.
func (r *Reader) Release() Release {
	if r.form == nil {
		return Release{}
	}
	return r.form.release()
}

// Next returns the body of the next record, io.EOF after the last. A
// *RecordError concerns one record, a *FormatError ends the document.
func (r *Reader) Next() ([]byte, error) {
	if r.err != nil {
		return nil, r.err
	}
	if r.form == nil {
		r.form = newForm(r.in)
	}
	if !r.ended {
		body, err := r.vulnerability()
		var single *RecordError
		switch {
		case err == nil || errors.As(err, &single):
			r.count++
			return body, err
		case !errors.Is(err, io.EOF):
			r.err = err
			return nil, err
		}
		r.ended = true
	}
	body, err := r.updates.next(r.form.release().ID, r.form.products())
	r.err = err
	return body, err
}

// newForm tells the forms apart by their first character.
func newForm(in *bufio.Reader) form {
	head, err := in.Peek(64)
	if err != nil && len(head) == 0 {
		return newJSONForm(in) // which says what is the matter
	}
	head = bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")))
	if bytes.HasPrefix(head, []byte("<")) {
		return newXMLForm(in)
	}
	return newJSONForm(in)
}

func (r *Reader) vulnerability() ([]byte, error) {
	text, err := r.form.next()
	if err != nil {
		return nil, err
	}
	v, err := r.form.read(text)
	if err != nil {
		return nil, &RecordError{Position: r.count, Err: err}
	}
	id, ok := ParseID(v.ID)
	if !ok {
		return nil, &RecordError{Position: r.count, ID: v.ID, Err: errBadID}
	}
	r.updates.collect(id, &v)
	return r.body(text, &v)
}

func (r *Reader) body(text []byte, v *vulnerability) ([]byte, error) {
	names := make(map[string]string)
	all := r.form.products()
	for _, id := range v.Products {
		if name, known := all[id]; known {
			names[id] = name
		}
	}
	document, err := json.Marshal(r.form.release().ID, jsonlist.Tolerant)
	if err != nil {
		return nil, err
	}
	products, err := json.Marshal(names, json.Deterministic(true), jsonlist.Tolerant)
	if err != nil {
		return nil, err
	}
	return slices.Concat(
		[]byte(`{"document":`), document, []byte(`,"`+r.form.name()+`":`), text, []byte(`,"products":`), products, []byte(`}`),
	), nil
}
