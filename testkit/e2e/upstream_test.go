package e2e

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"vulnmirror/testkit/sim"
	"vulnmirror/testkit/sim/publishers"
)

// upstream is a simulated NVD on loopback that remembers what it was asked, and
// in a world everybody else.
type upstream struct {
	*sim.Upstream
	others *publishers.Upstream // nil outside worlds
	URL    string

	mu    sync.Mutex
	asked []string // paths and queries, in order of arrival
	hook  func(path string)
}

func newUpstream(t *testing.T, o sim.Options) *upstream {
	t.Helper()
	if o.Now.IsZero() {
		o.Now, _ = past(9 * 24 * time.Hour)
	}
	o.StallFor = 5 * time.Second
	u := &upstream{Upstream: sim.New(o)}
	server := httptest.NewServer(u)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	u.URL = server.URL
	return u
}

// newWorld is an upstream with everybody whose data is mirrored.
func newWorld(t *testing.T, o sim.Options) *upstream {
	t.Helper()
	u := newUpstream(t, o)
	u.others = publishers.New(publishers.Options{Seed: o.Seed, Now: time.Now().Add(-worldAge), CVEs: u.IDs})
	return u
}

// worldAge is how long ago worlds begin.
const worldAge = 9 * 24 * time.Hour

// pass lets time go by for everybody, in which NVD makes so many changes: two days,
// at the beginning of a year less for NVD. It may be called four times.
func (u *upstream) pass(changes int) {
	_, span := past(worldAge)
	u.Advance(span/5, changes)
	u.others.Advance(2 * 24 * time.Hour)
}

// past is a moment about d ago that lies in the present year, because there is
// a feed for each year up to the simulated present and the program asks for
// each year up to the real one; span is how far away it is.
func past(d time.Duration) (at time.Time, span time.Duration) {
	now := time.Now().UTC()
	at = now.Add(-d)
	if year := time.Date(now.Year(), time.January, 1, 0, 0, 0, 0, time.UTC); at.Before(year) {
		at = year
	}
	return at, now.Sub(at)
}

func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	u.asked = append(u.asked, r.URL.RequestURI())
	hook := u.hook
	u.mu.Unlock()
	if hook != nil {
		hook(r.URL.Path)
	}
	host, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if u.others != nil && u.others.Knows(host) {
		u.others.ServeHTTP(w, r)
		return
	}
	u.Upstream.ServeHTTP(w, r)
}

// onRequest has f called before each answer from now on.
func (u *upstream) onRequest(f func(path string)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.hook = f
}

// take returns what was asked since the last take.
func (u *upstream) take() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	asked := u.asked
	u.asked = nil
	return asked
}

// feedFiles is how many feeds there are: one a year from 2002 on, and modified.
var feedFiles = time.Now().UTC().Year() - 2002 + 2

// bodies counts the requests for feeds and API pages among those asked.
func bodies(asked []string) int {
	n := 0
	for _, path := range asked {
		if strings.Contains(path, ".json.gz") || strings.Contains(path, "/rest/json/") {
			n++
		}
	}
	return n
}
