package sourcetest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"vulnmirror/fetch"
)

// upstream is a server that answers as a handler does, remembers what it was
// asked, and misbehaves when told.
type upstream struct {
	*httptest.Server

	mu      sync.Mutex
	answers http.Handler
	meddle  func(http.ResponseWriter, *http.Request, http.Handler) // nil: nobody does
	asked   []request
}

// request is one that was answered.
type request struct {
	url    string // https://HOST/PATH
	status int
}

func serve(t testing.TB, answers http.Handler) *upstream {
	t.Helper()
	u := &upstream{answers: answers}
	u.Server = httptest.NewServer(u)
	t.Cleanup(u.Close)
	return u
}

// ServeHTTP answers /HOST/PATH.
func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	answers, meddle := u.answers, u.meddle
	u.mu.Unlock()
	seen := &observed{ResponseWriter: w, status: http.StatusOK}
	if meddle != nil {
		meddle(seen, r, answers)
	} else {
		answers.ServeHTTP(seen, r)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.asked = append(u.asked, request{address(r), seen.status})
}

// address is the one that was meant.
func address(r *http.Request) string {
	url := "https:/" + r.URL.EscapedPath()
	if r.URL.RawQuery != "" {
		url += "?" + r.URL.RawQuery
	}
	return url
}

type observed struct {
	http.ResponseWriter
	status int
}

// WriteHeader remembers the status.
func (o *observed) WriteHeader(status int) {
	o.status = status
	o.ResponseWriter.WriteHeader(status)
}

// change puts other answers in the place of those so far, forgets what was asked,
// and ends all meddling.
func (u *upstream) change(answers http.Handler) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.answers, u.asked, u.meddle = answers, nil, nil
}

// disturb lets somebody meddle with answers.
func (u *upstream) disturb(meddle func(http.ResponseWriter, *http.Request, http.Handler)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.asked, u.meddle = nil, meddle
}

func (u *upstream) requests() []request {
	u.mu.Lock()
	defer u.mu.Unlock()
	return append([]request(nil), u.asked...)
}

// addresses lists what was asked, each once, in order.
func (u *upstream) addresses() []string {
	seen := make(map[string]bool)
	var out []string
	for _, r := range u.requests() {
		if !seen[r.url] {
			seen[r.url] = true
			out = append(out, r.url)
		}
	}
	return out
}

// client asks the server, once each.
func (u *upstream) client(t testing.TB) *fetch.Client {
	t.Helper()
	c, err := fetch.New(fetch.Config{Upstream: u.URL, Attempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// containsAny tells whether s has one of parts in it.
func containsAny(s string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}
