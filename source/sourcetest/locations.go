package sourcetest

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/fetch"
	"vulnmirror/source"
)

// elsewhere is the domain of the hosts that stand in for locations.
const elsewhere = ".elsewhere.test"

// relocates: every address comes from a location, so that what an operator puts in
// its place is asked and nothing else is.
func relocates(t *testing.T, s Subject) {
	u := serve(t, moved(s.Upstream))
	here := newMirror(t, s)
	here.mustFetch(u.client(t))
	there := newMirror(t, s)
	u.change(moved(s.Upstream))
	there.mustFetch(there.relocated(u.client(t)))
	if diff := cmp.Diff(ids(here.mustDecode()), ids(there.mustDecode())); diff != "" {
		t.Errorf("other locations give other records:\n%s", diff)
	}
	asked := make(map[string]bool)
	note := func() {
		for _, r := range u.requests() {
			if host := hostOf(r.url); strings.HasSuffix(host, elsewhere) {
				asked[strings.TrimSuffix(host, elsewhere)] = true
			} else {
				t.Errorf("%s was asked, though every location is elsewhere", r.url)
			}
		}
	}
	note()
	if checker, ok := there.src.(source.Checker); ok {
		u.change(moved(s.Upstream))
		if _, err := checker.Changed(t.Context(), there.relocated(u.client(t)), there.cursor); err != nil {
			t.Errorf("Changed: %v", err)
		}
		note()
	}
	// Locations that are asked only when others fail.
	for _, l := range there.src.Info().Locations {
		if asked[l.Name] {
			continue
		}
		world := s.Fallback
		if world == nil {
			world = only(s.Upstream, l.Name)
		}
		u.change(moved(world))
		lost := newMirror(t, s)
		var incomplete *source.Incomplete
		if err := lost.fetch(t.Context(), lost.relocated(u.client(t))); err != nil && !errors.As(err, &incomplete) && s.Fallback != nil {
			t.Errorf("in the world for locations that stand in for others: %v", err)
		}
		note()
		if !asked[l.Name] {
			t.Errorf("the location %s is never asked", l.Name)
		}
	}
}

// relocated is a client for whom every location is elsewhere.
func (m *mirror) relocated(up *fetch.Client) *fetch.Client {
	urls := make(map[string]string)
	for _, l := range m.src.Info().Locations {
		urls[l.Name] = "https://" + l.Name + elsewhere + "/" + strings.TrimPrefix(l.URL, "https://")
	}
	return up.Relocated(urls)
}

// moved answers /NAME.elsewhere.test/HOST/PATH as /HOST/PATH.
func moved(world http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if !strings.HasSuffix(host, elsewhere) {
			world.ServeHTTP(w, r)
			return
		}
		there := r.Clone(r.Context())
		there.URL = &url.URL{Path: "/" + rest, RawQuery: r.URL.RawQuery}
		there.Header.Set(locationHeader, strings.TrimSuffix(host, elsewhere))
		world.ServeHTTP(w, there)
	})
}

const locationHeader = "X-Location"

// only is a world that answers at one location.
func only(world http.Handler, name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(locationHeader) != name {
			http.NotFound(w, r)
			return
		}
		world.ServeHTTP(w, r)
	})
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}

func ids[T any](records map[key]T) map[key]bool {
	out := make(map[key]bool)
	for k := range records {
		out[k] = true
	}
	return out
}
