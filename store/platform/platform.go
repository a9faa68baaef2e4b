// Package platform tells by which part, vendor and product stores find CPE names
// and match criteria, the same way for every store.
package platform

import (
	"strings"

	"vulnmirror/cpe"
)

// Product is the part, vendor and product of a CPE name, as its formatted string
// has them.
type Product struct{ Part, Vendor, Product string }

// Of returns the product of a CPE 2.3 name or match string: in lower case, and
// where quotes are used, quoted as the specification has it. What is missing is
// empty; a text that is no CPE name is taken apart all the same.
func Of(text string) Product {
	if strings.IndexByte(text, '\\') >= 0 {
		if name, err := cpe.ParseLenient(text); err == nil {
			return Product{string(name.Part()), string(name.Vendor()), string(name.Product())}
		}
	}
	parts := Split(text)
	return Product{strings.ToLower(parts[0]), strings.ToLower(parts[1]), strings.ToLower(parts[2])}
}

// Open tells whether the product may stand for others: a value is missing, ANY,
// or has a wildcard.
func (p Product) Open() bool {
	for _, v := range []string{p.Part, p.Vendor, p.Product} {
		if v == "" || cpe.Value(v) == cpe.Any || cpe.Value(v).Wild() {
			return true
		}
	}
	return false
}

// Split returns the part, vendor, product and version of a CPE 2.3 string, as
// spelled; a colon after a backslash belongs to the value (NISTIR 7695, 6.2).
// What is missing is empty.
func Split(s string) (out [4]string) {
	s, ok := strings.CutPrefix(s, "cpe:2.3:")
	if !ok {
		return out
	}
	for i := range out {
		end := 0
		for end < len(s) && s[end] != ':' {
			if s[end] == '\\' && end+1 < len(s) {
				end++
			}
			end++
		}
		out[i] = s[:end]
		if end == len(s) {
			break
		}
		s = s[end+1:]
	}
	return out
}
