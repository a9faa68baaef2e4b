package nvdlegacy

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/vuln"
)

// tolerant reads what a strict reader would refuse; damaged UTF-8 is counted
// and judged for the document as a whole.
var tolerant = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// feed reads a JSON document whose records stand in one array.
type feed struct {
	dec     *jsontext.Decoder
	array   string
	convert func(raw jsontext.Value) (vuln.Record, error)
	inside  bool
	count   int
	total   int
	stated  bool
	stamp   time.Time
}

func newFeed(r io.Reader, array string, convert func(jsontext.Value) (vuln.Record, error)) *feed {
	return &feed{dec: jsontext.NewDecoder(r, tolerant), array: array, convert: convert}
}

func (f *feed) declared() (int, bool) { return f.total, f.stated }
func (f *feed) made() time.Time       { return f.stamp }

func (f *feed) next() (vuln.Record, []byte, error) {
	if !f.inside {
		if err := f.enter(); err != nil {
			return vuln.Record{}, nil, f.at(err)
		}
	}
	if f.dec.PeekKind() == ']' {
		return vuln.Record{}, nil, f.finish()
	}
	raw, err := f.dec.ReadValue()
	if err != nil {
		return vuln.Record{}, nil, f.at(err)
	}
	f.count++
	record, err := f.convert(raw)
	if err != nil {
		err = &RecordError{ID: record.ID, Place: place(f.count), Reason: err.Error()}
	}
	return record, raw, err
}

// enter reads up to and into the array.
func (f *feed) enter() error {
	if _, err := f.dec.ReadToken(); err != nil {
		return err
	}
	found, err := f.members()
	if err == nil && !found {
		err = fmt.Errorf("it has no %q", f.array)
	}
	f.inside = true
	return err
}

// finish reads what follows the array; io.EOF means that all is well.
func (f *feed) finish() error {
	if _, err := f.dec.ReadToken(); err != nil {
		return f.at(err)
	}
	again, err := f.members()
	if err != nil {
		return f.at(err)
	}
	if again {
		return fmt.Errorf("it has a second %q", f.array)
	}
	switch _, err := f.dec.ReadToken(); {
	case err == nil:
		return errors.New("more data follows its end")
	case errors.Is(err, io.EOF):
		return io.EOF
	default:
		return f.at(err)
	}
}

// members reads members of the wrapper until the array begins (true) or the
// wrapper ends (false).
func (f *feed) members() (bool, error) {
	for {
		token, err := f.dec.ReadToken()
		if err != nil {
			return false, err
		}
		if token.Kind() == '}' {
			return false, nil
		}
		name := token.String()
		if name == f.array {
			token, err := f.dec.ReadToken()
			if err == nil && token.Kind() != '[' {
				err = fmt.Errorf("%q is %s, expected an array", name, token.Kind())
			}
			return true, err
		}
		value, err := f.dec.ReadValue()
		if err != nil {
			return false, err
		}
		if err := f.member(name, value); err != nil {
			return false, err
		}
	}
}

func (f *feed) member(name string, value jsontext.Value) error {
	text := string(value)
	if value.Kind() == '"' {
		if err := json.Unmarshal(value, &text, tolerant); err != nil {
			return err
		}
	}
	var err error
	switch name {
	case "CVE_data_numberOfCVEs":
		f.stated = true
		if f.total, err = strconv.Atoi(text); err != nil {
			return fmt.Errorf("%s is %.40s, expected a number", name, value)
		}
	case "CVE_data_timestamp":
		if f.stamp, err = parseMinute(text); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// at adds where the document went wrong. Its end in the middle of something is
// made an error that nobody takes for a good end.
func (f *feed) at(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("at byte %d: %w", f.dec.InputOffset(), err)
}

// parseMinute reads the times of the feeds 1.0 and 1.1, which have no seconds:
// "2022-09-10T07:00Z". Spellings with seconds are taken as well.
func parseMinute(s string) (time.Time, error) {
	if t, err := time.Parse("2006-01-02T15:04Z07:00", s); err == nil {
		return t.UTC(), nil
	}
	t, err := vuln.ParseTime(s)
	if err != nil {
		return t, fmt.Errorf("time %.40q: expected YYYY-MM-DDThh:mmZ", s)
	}
	return t, nil
}
