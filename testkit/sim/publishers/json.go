package publishers

import (
	"bytes"
	"encoding/json"
)

// object is a JSON object: names and values by turns, which come out in the
// order they are written.
type object []any

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i := 0; i < len(o); i += 2 {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, compact(o[i])...)
		out = append(out, ':')
		out = append(out, compact(o[i+1])...)
	}
	return append(out, '}'), nil
}

func compact(v any) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	must(enc.Encode(v))
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

// indented is what most publishers send.
func indented(v any) []byte {
	var out bytes.Buffer
	must(json.Indent(&out, compact(v), "", "    "))
	return append(out.Bytes(), '\n')
}
