package nvdapi

import (
	"crypto/sha256"
	"net/http"
	"strings"
)

// Header values that every answer shares; net/http only reads them. Names in
// lower case are written so on HTTP/1.1, as NVD's are. OVP, the client inside
// DependencyCheck, finds `message` in no other spelling.
var (
	anyOrigin   = []string{"*"}
	corsHeaders = []string{"accept, apiKey, content-type, origin, x-requested-with"}
	corsMethods = []string{"GET, HEAD, OPTIONS"}
	corsSecrets = []string{"false"}
	sameOrigin  = []string{"SAMEORIGIN"}
	yes         = []string{"Yes"}
	no          = []string{"No"}
	vary        = []string{"Accept-Encoding"}
	isJSON      = []string{"application/json"}
	isText      = []string{"text/plain; charset=utf-8"}
	isGzip      = []string{"gzip"}
	nothing     = []string{"0"}

	fromVersions = []string{"versions"}
)

// common sets what every answer carries, errors too.
func common(h http.Header, keyed bool) {
	h["access-control-allow-origin"] = anyOrigin
	h["access-control-allow-headers"] = corsHeaders
	h["access-control-allow-methods"] = corsMethods
	h["access-control-allow-credentials"] = corsSecrets
	h["x-frame-options"] = sameOrigin
	h["Vary"] = vary
	if keyed {
		h["apikey"] = yes
	} else {
		h["apikey"] = no
	}
}

// refuse answers as NVD does to a request it cannot accept: 404, an empty body,
// and the reason in a header.
func refuse(w http.ResponseWriter, reason string) {
	h := w.Header()
	h["message"] = []string{reason}
	h["Content-Length"] = nothing
	w.WriteHeader(http.StatusNotFound)
}

// keyring holds the digests of the keys that are accepted; an empty one accepts
// all. Looking up digests takes the same time for near and far misses.
type keyring map[[sha256.Size]byte]struct{}

func newKeyring(keys []string) keyring {
	ring := make(keyring, len(keys))
	for _, k := range keys {
		ring[sha256.Sum256([]byte(k))] = struct{}{}
	}
	return ring
}

func (k keyring) accepts(key string) bool {
	if len(k) == 0 || key == "" {
		return true
	}
	_, ok := k[sha256.Sum256([]byte(key))]
	return ok
}

// wantsGzip reads Accept-Encoding (RFC 9110, section 12.5.3): gzip must be
// named, and not with a weight of zero.
func wantsGzip(h http.Header) bool {
	for _, line := range h["Accept-Encoding"] {
		for item := range strings.SplitSeq(line, ",") {
			coding, weight, weighted := strings.Cut(item, ";")
			if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
				continue
			}
			return !weighted || !zeroWeight(weight)
		}
	}
	return false
}

func zeroWeight(s string) bool {
	value, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(s)), "q=")
	return ok && strings.Trim(value, "0.") == ""
}
