package kev_test

import (
	"flag"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"go.uber.org/goleak"

	"vulnmirror/source"
	"vulnmirror/source/kev"
	"vulnmirror/source/sourcetest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func small() source.Source {
	src := kev.New()
	src.Floor, src.Least = 2, 0.5
	return src
}

func subject(t *testing.T) sourcetest.Subject {
	t.Helper()
	world := sourcetest.Open(t, "testdata/world.txt")
	return sourcetest.Subject{
		New:      small,
		Upstream: sourcetest.Files(world),
		Later:    sourcetest.Files(sourcetest.Sub(t, world, "later"), world),
	}
}

func TestSource(t *testing.T) { sourcetest.Run(t, subject(t)) }

func TestGolden(t *testing.T) { sourcetest.Golden(t, subject(t), "testdata/world.golden", *update) }

// TestGitHubServes: where CISA refuses, as it does with many networks, or sends what
// cannot be right, GitHub's copy is as good.
func TestGitHubServes(t *testing.T) {
	for reason, answer := range map[string]func(http.ResponseWriter){
		"403 Forbidden": func(w http.ResponseWriter) { http.Error(w, "Access Denied", http.StatusForbidden) },
		"it has 2 entries and holds 0": func(w http.ResponseWriter) {
			_, _ = w.Write([]byte(`{"catalogVersion":"2031.04.03","dateReleased":"2031-04-03T00:00:00Z","count":2,"vulnerabilities":[]}`))
		},
	} {
		t.Run(reason, func(t *testing.T) {
			world := sourcetest.Open(t, "testdata/world.txt")
			m := sourcetest.NewMirror(t, small())
			m.Must(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/www.cisa.gov/") {
					answer(w)
					return
				}
				sourcetest.Files(world).ServeHTTP(w, r)
			}))
			if got := m.IDs(); len(got) != 3 {
				t.Errorf("held are %v", got)
			}
			if notes := strings.Join(m.Cursor().Notes, ""); !strings.Contains(notes, reason) || !strings.Contains(notes, "cisagov/kev-data") {
				t.Errorf("the notes are %q", notes)
			}
		})
	}
}

// TestCatalogues tells which catalogues are believed by who holds one of three
// entries of 2031-04-02.
func TestCatalogues(t *testing.T) {
	const place = "www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"
	for name, tc := range map[string]struct{ change, to, wrong string }{
		"count is wrong": {`"count": 3`, `"count": 4`, "the catalogue says it has 4 entries and holds 3"},
		"no count":       {`"count": 3`, `"total": 3`, "the catalogue says it has 0 entries and holds 3"},
		"older":          {`"2031-04-02T15:04:05.1234Z"`, `"2031-04-01T15:04:05Z"`, "older than the edition held"},
		"reissued":       {`"2031-04-02T15:04:05.1234Z"`, `"2031-04-03T15:04:05Z"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			world := sourcetest.Open(t, "testdata/world.txt")
			m := sourcetest.NewMirror(t, small())
			m.Must(sourcetest.Files(world))
			catalogue := string(world[place].Data)
			if !strings.Contains(catalogue, tc.change) {
				t.Fatalf("the catalogue has no %s", tc.change)
			}
			err := m.Fetch(sourcetest.Files(fstest.MapFS{place: {Data: []byte(strings.Replace(catalogue, tc.change, tc.to, 1))}}), nil)
			if tc.wrong == "" && err != nil || tc.wrong != "" && (err == nil || !strings.Contains(err.Error(), tc.wrong)) {
				t.Errorf("Fetch: %v, want %q", err, tc.wrong)
			}
			if got := m.Cursor(); got.Release != "2031.04.02" || len(m.IDs()) != 3 {
				t.Errorf("held are %v of %q", m.IDs(), got.Release)
			}
		})
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
