package d3fend

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// readResults reads SPARQL results (https://www.w3.org/TR/sparql11-results-json/).
func (m *Mappings) readResults(in io.Reader) error {
	dec := jsontext.NewDecoder(in, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	refuse := func(err error) error {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return &FormatError{"byte " + fmt.Sprint(dec.InputOffset()), err}
	}
	for _, member := range []string{"results", "bindings"} {
		if err := enter(dec, member); err != nil {
			return refuse(err)
		}
	}
	if token, err := dec.ReadToken(); err != nil {
		return refuse(err)
	} else if token.Kind() != '[' {
		return refuse(errors.New("bindings is no array"))
	}
	for dec.PeekKind() == '{' {
		var binding map[string]struct {
			Value string `json:"value"`
		}
		if err := json.UnmarshalDecode(dec, &binding); err != nil {
			return refuse(err)
		}
		row := make(map[string]string)
		for name, of := range binding {
			row[name] = of.Value
		}
		if err := m.add(row); err != nil {
			return err
		}
	}
	if token, err := dec.ReadToken(); err != nil {
		return refuse(err)
	} else if token.Kind() != ']' {
		return refuse(fmt.Errorf("a binding is %s, expected an object", token.Kind()))
	}
	for range 2 { // the objects around the array
		if err := leave(dec); err != nil {
			return refuse(err)
		}
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return refuse(errors.New("more data after the document's end"))
	}
	return nil
}

// enter reads into an object up to the value of a member.
func enter(dec *jsontext.Decoder, member string) error {
	if token, err := dec.ReadToken(); err != nil {
		return err
	} else if token.Kind() != '{' {
		return fmt.Errorf("expected an object with %q, found %s", member, token.Kind())
	}
	for dec.PeekKind() == '"' {
		token, err := dec.ReadToken()
		if err != nil {
			return err
		}
		if token.String() == member {
			return nil
		}
		if err := dec.SkipValue(); err != nil {
			return err
		}
	}
	return fmt.Errorf("no member %q", member)
}

// leave reads what is left of an object.
func leave(dec *jsontext.Decoder) error {
	for {
		token, err := dec.ReadToken()
		if err != nil || token.Kind() == '}' {
			return err
		}
		if err := dec.SkipValue(); err != nil {
			return err
		}
	}
}
