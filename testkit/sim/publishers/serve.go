package publishers

import (
	"bytes"
	"net/http"
	"strings"
	"time"
)

// ServeHTTP answers /HOST/PATH, as --upstream asks.
func (u *Upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	address := strings.TrimPrefix(r.URL.Path, "/")
	asked := address
	if r.URL.RawQuery != "" {
		asked += "?" + r.URL.RawQuery
	}
	u.requests.add(asked)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	now, d, fault := u.choose(address, asked)
	w.Header().Set("Date", now.Format(http.TimeFormat))
	if d == nil {
		u.nothing(w, address)
		return
	}
	answer(w, r, *d, fault)
}

// choose finds the document at an address, nil where there is none, and what is
// to go wrong with it.
func (u *Upstream) choose(address, asked string) (time.Time, *document, Fault) {
	u.mu.Lock()
	defer u.mu.Unlock()
	d, ok := u.site.at(address, asked)
	if !ok {
		return u.now, nil, ""
	}
	fault := u.faults.next(asked, d)
	if fault != "" {
		u.failures.add(fault)
	}
	if fault == Stale {
		if old, ok := u.before.at(address, asked); ok {
			d = old
		}
	}
	return u.now, &d, fault
}

// nothing answers where nothing is. CERT/CC's API says so with status 200.
func (u *Upstream) nothing(w http.ResponseWriter, address string) {
	if strings.HasPrefix(address, apiCERTCC) && strings.HasSuffix(address, "/") {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(noSuchNote))
		return
	}
	page(w, http.StatusNotFound)
}

// answer sends a document, or what comes in its place.
func answer(w http.ResponseWriter, r *http.Request, d document, fault Fault) {
	switch fault {
	case Status403:
		page(w, http.StatusForbidden)
		return
	case Status404, MappingsGone:
		page(w, http.StatusNotFound)
		return
	case Status503:
		page(w, http.StatusServiceUnavailable)
		return
	case Page:
		page(w, http.StatusOK)
		return
	}
	if d.negotiate != nil {
		var ok bool
		if d, ok = d.negotiate(r.Header.Get("Accept")); !ok {
			http.Error(w, "bad request", http.StatusBadRequest)
			return
		}
	}
	body, mime := d.body(), d.mime
	switch {
	case fault == Disguised:
		body = []byte(webPage(http.StatusOK))
	case fault == NoBody:
		body = nil
	case fault == ErrorAnswer:
		body, mime = []byte(noSuchNote), "application/json"
	case fault == BOM && !bytes.HasPrefix(body, []byte("\ufeff")):
		body = append([]byte("\ufeff"), body...)
	case d.amiss[fault] != nil:
		body = d.amiss[fault]()
	}
	if fault == Truncated {
		w = &broken{w}
	}
	w.Header().Set("Content-Type", mime)
	if d.etag {
		w.Header().Set("Etag", etag(body))
	}
	http.ServeContent(w, r, "", d.modified, bytes.NewReader(body))
}

// page sends a web page.
func page(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(webPage(status))) // the client may have gone
}

func webPage(status int) string {
	text := http.StatusText(status)
	return "<!DOCTYPE html>\n<html><head><title>" + text + "</title></head><body><h1>" + text +
		"</h1><p>This page is shown in place of what you asked for.</p></body></html>\n"
}

// broken passes on half of what is written first and gives up.
type broken struct{ http.ResponseWriter }

func (b *broken) Write(p []byte) (int, error) {
	_, _ = b.ResponseWriter.Write(p[:len(p)/2])
	_ = http.NewResponseController(b.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}
