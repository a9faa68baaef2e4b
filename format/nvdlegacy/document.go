package nvdlegacy

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"time"

	"vulnmirror/vuln"
)

// RecordError reports one record that cannot be read or converted. The others
// of the document are not touched by it.
type RecordError struct {
	ID     string // as far as known
	Place  string // where in the document
	Reason string
}

func (e *RecordError) Error() string {
	id := e.ID
	if id == "" {
		id = "record without id"
	}
	return id + " at " + e.Place + ": " + e.Reason
}

// Document is one document of any Form, read record by record in one pass. It
// holds no more than one record, of 32 MiB at most.
type Document struct {
	form   Form
	guard  *guard
	source records
	damage damage
	count  int
	err    error // how it ended
}

// records reads the records of one form.
type records interface {
	// next returns the next record and the bytes its text was read from. A
	// *RecordError ends that record only, io.EOF comes after a well-formed end,
	// and any other error ends the document.
	next() (vuln.Record, []byte, error)
	// declared returns how many records the document says it has, as far as
	// read, and whether it says so.
	declared() (int, bool)
	// made returns the document's own time, as far as read.
	made() time.Time
}

// Open recognises the document that r gives, which is unpacked already. Its
// errors are those of Recognise and of r.
func Open(r io.Reader) (*Document, error) {
	g := &guard{r: r}
	g.renew()
	in := bufio.NewReaderSize(g, headSize)
	head, err := in.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	form, err := Recognise(head)
	if err != nil {
		return nil, err
	}
	if mark, _ := in.Peek(len(byteOrderMark)); string(mark) == string(byteOrderMark) {
		if _, err := in.Discard(len(byteOrderMark)); err != nil {
			return nil, err
		}
	}
	d := &Document{form: form, guard: g}
	switch form {
	case CVE10, CVE11:
		d.source = newFeed(in, "CVE_Items", convertCVE)
	case Match10:
		d.source = newFeed(in, "matches", convertCriteria)
	case Dictionary22, Dictionary23:
		d.source = newDictionary(in)
	default:
		d.source = newNative(in)
	}
	return d, nil
}

// Form returns what the document is.
func (d *Document) Form() Form { return d.form }

// Count returns how many records were met so far, unreadable ones too.
func (d *Document) Count() int { return d.count }

// Made returns when NVD made the document, by its own account as far as read;
// zero when it does not say. Feeds 2.0 state US Eastern time without saying so.
func (d *Document) Made() time.Time { return d.source.made() }

// Next returns the next record, with Source left empty. It returns io.EOF when
// the document ended and is proved: well-formed to its last byte, as many
// records as it says, text undamaged. A *RecordError ends one record only; any
// other error ends the document and says why it is not to be believed.
func (d *Document) Next() (vuln.Record, error) {
	if d.err != nil {
		return vuln.Record{}, d.err
	}
	record, raw, err := d.source.next()
	var unreadable *RecordError
	switch {
	case err == nil:
		d.damage.look(record.ID, raw)
	case errors.Is(err, io.EOF):
		d.err = d.prove()
		return vuln.Record{}, d.err
	case errors.As(err, &unreadable):
		d.damage.look(unreadable.ID, raw)
	default:
		d.err = shortened(err)
		return vuln.Record{}, d.err
	}
	d.count++
	d.guard.renew()
	return record, err
}

// prove returns io.EOF, or what is wrong with the document as a whole.
func (d *Document) prove() error {
	if n, stated := d.source.declared(); stated && n != d.count {
		return fmt.Errorf("it says it has %d records and holds %d", n, d.count)
	}
	if err := d.damage.err(); err != nil {
		return err
	}
	return io.EOF
}

// shortened says in plain words that a document ends before its end.
func shortened(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("it is cut short: %w", err)
	}
	return err
}
