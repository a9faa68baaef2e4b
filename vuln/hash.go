package vuln

import (
	"crypto/sha256"

	"github.com/go-json-experiment/json/jsontext"
)

// ContentHash identifies what a JSON body says, whatever its spelling: bodies
// that differ only in white space, order of members, or the spelling of
// numbers and strings hash the same (canonical form of RFC 8785). Text that is
// not JSON is hashed as it is.
func ContentHash(body []byte) [16]byte {
	canonical := jsontext.Value(append([]byte(nil), body...))
	// With repeated names or damaged UTF-8 there is no canonical form; the
	// bytes as they are then stand for themselves.
	_ = canonical.Canonicalize(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	sum := sha256.Sum256(canonical)
	return [16]byte(sum[:16])
}
