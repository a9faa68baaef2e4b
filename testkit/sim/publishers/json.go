package publishers

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
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
	case []string:
		return appendList(out, v)
	case int:
		return strconv.AppendInt(out, int64(v), 10)
	case string:
		if !strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r > '~' }) {
			return append(append(append(out, '"'), v...), '"')
		}
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

// inJSON writes a value compactly when it is asked for. Objects must not be
// changed after that.
func inJSON(v any) func() []byte { return func() []byte { return compact(v) } }

// inLines is the same, indented, which is how most publishers write.
func inLines(v any) func() []byte { return func() []byte { return indented(v) } }

// indented writes a value in lines.
func indented(v any) []byte {
	var out bytes.Buffer
	must(json.Indent(&out, compact(v), "", "    "))
	return append(out.Bytes(), '\n')
}
