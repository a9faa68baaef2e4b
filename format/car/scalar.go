package car

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// scalar is a text wherever YAML, of what a person wrote without quotes, makes a
// number or truth value: the version 13, the title 404. It is spelled as written.
type scalar string

// UnmarshalJSONFrom reads any value but objects and arrays; null is "".
func (s *scalar) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	switch kind := dec.PeekKind(); kind {
	case '{', '[':
		return fmt.Errorf("expected a text, found %s", kind)
	case 'n':
		*s = ""
		return dec.SkipValue()
	}
	token, err := dec.ReadToken()
	if err != nil {
		return err
	}
	*s = scalar(token.String())
	return nil
}
