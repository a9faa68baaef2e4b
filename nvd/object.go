package nvd

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	json2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/vuln"
)

// tolerant reads what a strict reader would refuse: repeated names, of which
// the last counts, and damaged UTF-8.
var tolerant = json2.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// object is what all views are: one JSON object and where its members are.
type object struct {
	raw     []byte
	members []member // in the order they came
}

type member struct {
	name  string
	value []byte // part of raw
}

// newObject finds the members of a JSON object. It keeps raw.
func newObject(raw []byte) (object, error) {
	o := object{raw: raw}
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if kind := dec.PeekKind(); kind != '{' && kind != jsontext.KindInvalid {
		return object{}, fmt.Errorf("a record is a JSON object, this is %s", kind)
	}
	if _, err := dec.ReadToken(); err != nil {
		return object{}, fmt.Errorf("reading a record: %w", err)
	}
	for dec.PeekKind() == '"' {
		token, err := dec.ReadToken()
		if err != nil {
			return object{}, fmt.Errorf("reading a record: %w", err)
		}
		name := token.String()
		value, err := dec.ReadValue()
		if err != nil {
			return object{}, fmt.Errorf("reading %q of a record: %w", name, err)
		}
		end := dec.InputOffset()
		o.members = append(o.members, member{name, raw[end-int64(len(value)) : end : end]})
	}
	if _, err := dec.ReadToken(); err != nil {
		return object{}, fmt.Errorf("reading a record: %w", err)
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return object{}, errors.New("reading a record: more data after its end")
	}
	return o, nil
}

// Raw returns the record as the server sent it: its JSON object, byte for byte,
// less white space between tokens where it came in a document. It is nil for
// the zero view. The bytes are shared and must not be changed.
func (o object) Raw() json.RawMessage { return o.raw }

// Member returns the value of one member as it came, whether known to this
// package or not; nil when there is none. The bytes are shared and must not be
// changed.
func (o object) Member(name string) json.RawMessage {
	for _, m := range slices.Backward(o.members) {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// MarshalJSON returns Raw, or null for the zero view.
func (o object) MarshalJSON() ([]byte, error) {
	if o.raw == nil {
		return []byte("null"), nil
	}
	return o.raw, nil
}

// UnmarshalJSON makes the view one of a copy of data, which must be a JSON
// object; the members in it are not looked at yet. null leaves it as it is.
func (o *object) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	made, err := newObject(bytes.Clone(data))
	if err != nil {
		return err
	}
	*o = made
	return nil
}

// String returns Raw as text.
func (o object) String() string { return string(o.raw) }

// readers tell of the known members of a record how they are read.
type readers map[string]func(value []byte) error

func (o object) unknown(known readers) map[string]json.RawMessage {
	var out map[string]json.RawMessage
	for _, m := range o.members {
		if _, ok := known[m.name]; ok {
			continue
		}
		if out == nil {
			out = make(map[string]json.RawMessage)
		}
		out[m.name] = m.value
	}
	return out
}

func (o object) problems(known readers) []error {
	var out []error
	for _, m := range o.members {
		read, ok := known[m.name]
		if !ok {
			continue
		}
		if err := read(m.value); err != nil {
			out = append(out, fmt.Errorf("%s: %w", m.name, err))
		}
	}
	return out
}

// as reads a member that T has the shape of.
func as[T any](value []byte) error {
	var into T
	return json2.Unmarshal(value, &into, tolerant)
}

// asTime reads a member that is a time.
func asTime(value []byte) error {
	var text string
	if err := json2.Unmarshal(value, &text, tolerant); err != nil {
		return err
	}
	_, err := vuln.ParseTime(text)
	return err
}

// read returns a member, or the zero value when there is none of that shape.
func read[T any](o object, name string) T {
	var into, zero T
	value := o.Member(name)
	if value == nil || json2.Unmarshal(value, &into, tolerant) != nil {
		return zero
	}
	return into
}

func (o object) text(name string) string { return read[string](o, name) }

func (o object) time(name string) time.Time { return moment(o.text(name)) }

// moment is the zero time for a text that is no time.
func moment(text string) time.Time {
	t, err := vuln.ParseTime(text)
	if err != nil {
		return time.Time{}
	}
	return t
}
