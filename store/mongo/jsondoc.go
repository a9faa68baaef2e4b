package mongo

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"go.mongodb.org/mongo-driver/v2/bson"
)

// maxNesting is how deep the copy for people may be nested; servers take 100
// levels (MongoDB, limits: nested depth), with the fields around it.
const maxNesting = 90

// jsonDocument is a body as a document: whole numbers become integers, others
// doubles. It is not ok for what not every server can keep as one: what is no
// JSON object, has a name twice, is no UTF-8, has numbers out of range, lists
// directly in lists, or names with a $ first, a dot, or NUL.
func jsonDocument(body []byte) (doc bson.Raw, ok bool) {
	r := jsonReader{jsontext.NewDecoder(bytes.NewReader(body))}
	if r.PeekKind() != '{' {
		return nil, false
	}
	_, doc, ok = r.value(nil, false)
	if !ok {
		return nil, false
	}
	if _, err := r.ReadToken(); err != io.EOF { //nolint:errorlint // jsontext gives io.EOF itself
		return nil, false
	}
	return doc, true
}

type jsonReader struct{ *jsontext.Decoder }

// value appends the next value to dst and gives its BSON type.
func (r jsonReader) value(dst []byte, inList bool) (bson.Type, []byte, bool) {
	token, err := r.ReadToken()
	if err != nil || r.StackDepth() > maxNesting {
		return 0, nil, false
	}
	switch token.Kind() {
	case 'n':
		return bson.TypeNull, dst, true
	case 't':
		return bson.TypeBoolean, append(dst, 1), true
	case 'f':
		return bson.TypeBoolean, append(dst, 0), true
	case '"':
		return bson.TypeString, appendText(dst, token.String()), true
	case '0':
		return number(dst, token.String())
	case '{':
		out, ok := r.members(dst, '}')
		return bson.TypeEmbeddedDocument, out, ok
	case '[':
		if inList {
			return 0, nil, false
		}
		out, ok := r.members(dst, ']')
		return bson.TypeArray, out, ok
	}
	return 0, nil, false
}

// members appends what an object or a list has, as a document.
func (r jsonReader) members(dst []byte, end jsontext.Kind) ([]byte, bool) {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	for n := 0; r.PeekKind() != end; n++ {
		name := strconv.Itoa(n)
		if end == '}' {
			token, err := r.ReadToken()
			if err != nil {
				return nil, false
			}
			name = token.String()
			if strings.HasPrefix(name, "$") || strings.ContainsAny(name, ".\x00") {
				return nil, false
			}
		}
		at := len(dst)
		dst = append(append(append(dst, 0), name...), 0)
		kind, out, ok := r.value(dst, end == ']')
		if !ok {
			return nil, false
		}
		dst = out
		dst[at] = byte(kind)
	}
	if _, err := r.ReadToken(); err != nil {
		return nil, false
	}
	dst = append(dst, 0)
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start)) //nolint:gosec // bodies are below 256 MB
	return dst, true
}

func appendText(dst []byte, s string) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(s)+1)) //nolint:gosec // bodies are below 256 MB
	return append(append(dst, s...), 0)
}

func number(dst []byte, literal string) (bson.Type, []byte, bool) {
	if !strings.ContainsAny(literal, ".eE") {
		if n, err := strconv.ParseInt(literal, 10, 64); err == nil {
			return bson.TypeInt64, binary.LittleEndian.AppendUint64(dst, uint64(n)), true
		}
	}
	f, err := strconv.ParseFloat(literal, 64)
	if err != nil {
		return 0, nil, false
	}
	if f == 0 {
		f = math.Abs(f) // without a sign
	}
	return bson.TypeDouble, binary.LittleEndian.AppendUint64(dst, math.Float64bits(f)), true
}
