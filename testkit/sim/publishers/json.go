package publishers

import (
	"bytes"
	"encoding/json"
)

// object is a JSON object: names and values by turns, which come out in the
// order they are written. Values are objects and lists of them, and what package
// json knows.
type object []any

// compact writes a value without white space.
func compact(v any) []byte { return appendJSON(nil, v) }

func appendJSON(out []byte, v any) []byte {
	switch v := v.(type) {
	case object:
		out = append(out, '{')
		for i := 0; i < len(v); i += 2 {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(appendJSON(out, v[i]), ':')
			out = appendJSON(out, v[i+1])
		}
		return append(out, '}')
	case []object:
		return appendList(out, v)
	case []any:
		return appendList(out, v)
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	must(enc.Encode(v))
	return append(out, bytes.TrimSuffix(text.Bytes(), []byte("\n"))...)
}

func appendList[T any](out []byte, list []T) []byte {
	out = append(out, '[')
	for i, v := range list {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendJSON(out, v)
	}
	return append(out, ']')
}

// indented is what most publishers send.
func indented(v any) []byte {
	var out bytes.Buffer
	must(json.Indent(&out, compact(v), "", "    "))
	return append(out.Bytes(), '\n')
}
