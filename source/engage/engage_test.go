package engage_test

import (
	"errors"
	"flag"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"vulnmirror/source"
	"vulnmirror/source/engage"
	"vulnmirror/source/sourcetest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func small() source.Source {
	src := engage.New()
	src.Floor = 3
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

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestCommitUnknown: GitHub's API gives few answers an hour; the files are followed
// without it, and what is held keeps its release.
func TestCommitUnknown(t *testing.T) {
	const commit = "api.github.com/repos/mitre/engage/commits/main"
	world := sourcetest.Open(t, "testdata/world.txt")
	whole := sourcetest.Files(world)
	silent := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, commit) {
			http.Error(w, `{"message":"API rate limit exceeded"}`, http.StatusForbidden)
			return
		}
		whole.ServeHTTP(w, r)
	})
	m := sourcetest.NewMirror(t, small())
	m.Must(silent)
	if got := m.Cursor(); got.Release != "" || !got.Complete || !strings.Contains(strings.Join(got.Notes, ""), "the commit is unknown") {
		t.Errorf("the release is %q, complete %v, notes %q", got.Release, got.Complete, got.Notes)
	}
	m.Must(whole)
	release := m.Cursor().Release
	if err := m.Fetch(silent, nil); !errors.Is(err, source.ErrUnchanged) || release == "" || m.Cursor().Release != release {
		t.Errorf("Fetch: %v; the release is %q, was %q", err, m.Cursor().Release, release)
	}
}
