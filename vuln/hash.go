package vuln

import (
	"bytes"
	"crypto/sha256"

	"github.com/go-json-experiment/json/jsontext"
)

// ContentHash identifies what a JSON body says, whatever its spelling: bodies
// that differ only in white space, order of members, or the spelling of
// numbers and strings hash the same (canonical form of RFC 8785). Text that is
// not JSON is hashed as it is.
func ContentHash(body []byte) [16]byte {
	canonical := jsontext.Value(bytes.Clone(body))
	// With repeated names or damaged UTF-8 there is no canonical form; the
	// bytes as they are then stand for themselves.
	_ = canonical.Canonicalize(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	sum := sha256.Sum256(canonical)
	return [16]byte(sum[:16])
}

// SameContent reports whether two bodies are one JSON value in two spellings
// (RFC 8785), as a feed and the API have. Text that has no canonical form
// (names twice, not UTF-8) is compared as it is.
func SameContent(a, b []byte) bool {
	x, y := jsontext.Value(bytes.Clone(a)), jsontext.Value(bytes.Clone(b))
	if x.Canonicalize() != nil || y.Canonicalize() != nil {
		return bytes.Equal(a, b)
	}
	return bytes.Equal(x, y)
}
