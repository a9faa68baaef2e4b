package fetch

import (
	"net/url"
	"strings"
)

// Location is an address that a source uses, under a name by which operators can
// put another in its place.
type Location struct {
	Name string // e.g. "note"
	// URL may have variables in braces: https://kb.cert.org/vuls/api/{id}/.
	URL string
}

// Relocated returns a client like c for which the locations named in urls have
// those addresses. They have the variables of the addresses they stand for, and
// need not use them all.
func (c *Client) Relocated(urls map[string]string) *Client {
	moved := *c
	moved.relocated = urls
	return &moved
}

// At returns the address of a location. vars are names and values of its
// variables; values are escaped as parts of a path are, slashes excepted.
func (c *Client) At(l Location, vars ...string) string {
	address := l.URL
	if other, ok := c.relocated[l.Name]; ok {
		address = other
	}
	for i := 0; i+1 < len(vars); i += 2 {
		value := (&url.URL{Path: vars[i+1]}).EscapedPath()
		address = strings.ReplaceAll(address, "{"+vars[i]+"}", value)
	}
	return address
}
