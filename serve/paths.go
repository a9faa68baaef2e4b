package serve

import (
	"net/http"
	"net/url"
	"strings"
)

// hosts are the servers whose paths are answered below their names too, so
// that one vulnmirror can be the upstream of another.
var hosts = []string{"/services.nvd.nist.gov", "/nvd.nist.gov"}

// tidy brings the spellings of a path that clients send to the one that is
// answered: repeated slashes count as one (clients join a base that ends in a
// slash with a path that begins with one), and a leading host name is dropped.
func tidy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := dropHost(collapse(r.URL.Path))
		if path == r.URL.Path {
			next.ServeHTTP(w, r)
			return
		}
		tidied := *r
		tidied.URL = new(url.URL)
		*tidied.URL = *r.URL
		tidied.URL.Path = path
		tidied.URL.RawPath = dropHost(collapse(r.URL.RawPath))
		defer func() { r.Pattern = tidied.Pattern }() // for whoever reports on r
		next.ServeHTTP(w, &tidied)
	})
}

func dropHost(path string) string {
	for _, host := range hosts {
		if rest, ok := strings.CutPrefix(path, host); ok && strings.HasPrefix(rest, "/") {
			return rest
		}
	}
	return path
}

func collapse(path string) string {
	if !strings.Contains(path, "//") {
		return path
	}
	var b strings.Builder
	b.Grow(len(path))
	for i := range len(path) {
		if path[i] == '/' && i > 0 && path[i-1] == '/' {
			continue
		}
		b.WriteByte(path[i])
	}
	return b.String()
}
