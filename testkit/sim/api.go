package sim

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"

	"vulnmirror/vuln"
)

// serveAPI answers /rest/json/KIND/2.0.
func (u *Upstream) serveAPI(w http.ResponseWriter, r *http.Request, a ask, fault Fault) {
	crossOrigin(w)
	w.Header()["apikey"] = []string{map[bool]string{true: "Yes", false: "No"}[r.Header.Get("apiKey") != ""]}
	if a.page == nil {
		refuse(w, a.refusal)
		return
	}
	body := u.pageBody(a, fault)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		body = squeeze(body)
		w.Header().Set("Content-Encoding", "gzip")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // a client that has gone away is no concern of ours
}

// refuse says no the way NVD does: 404, no body, the reason in a header whose
// name clients compare in lower case.
func refuse(w http.ResponseWriter, message string) {
	w.Header()["message"] = []string{message}
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusNotFound)
}

func crossOrigin(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Headers", "accept, apiKey, content-type, origin, x-requested-with")
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
	h.Set("Access-Control-Allow-Credentials", "false")
}

// pageBody writes the answer's document.
func (u *Upstream) pageBody(a ask, fault Fault) []byte {
	u.mu.RLock()
	defer u.mu.RUnlock()
	total, part := u.choose(a.page)
	kind := a.page.kind
	if fault == EmptyWindow {
		total, part = 0, nil
	}
	claimed := len(part)
	switch fault {
	case ShortPage:
		part = part[:len(part)-1-len(part)/3]
	case OutOfOrder:
		part = shuffled(part)
	}
	b := fmt.Appendf(nil, `{"resultsPerPage":%d,"startIndex":%d,"totalResults":%d,"format":%q,"version":"2.0","timestamp":"%s",%q:[`,
		claimed, a.page.start, total, kind.shape().format, u.now.Format(vuln.TimeLayout), kind.shape().list)
	for i := range part {
		if i > 0 {
			b = append(b, ',')
		}
		b = kind.appendItem(b, part[i])
	}
	if fault == InvalidJSON {
		b = append(b, ',')
	}
	return append(b, "]}"...)
}

// shuffled gives another order, never the same.
func shuffled(part []item) []item {
	out := slices.Clone(part)
	d := roll(uint64(len(part)), 0, 0)
	for i := len(out) - 1; i > 0; i-- { // Sattolo's shuffle moves every element
		j := d.n(i)
		out[i], out[j] = out[j], out[i]
	}
	return out
}

func squeeze(body []byte) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	_, _ = z.Write(body) // memory does not fail
	_ = z.Close()
	return b.Bytes()
}
