// Package sourcetest is the contract of package source as tests. Every source runs
// the same suite against a small world of its own:
//
//	func TestSource(t *testing.T) {
//		world := sourcetest.Open(t, "testdata/world.txt")
//		sourcetest.Run(t, sourcetest.Subject{New: …, Upstream: sourcetest.Files(world)})
//	}
//
// The world is served on loopback, with validators as upstreams send them, and
// then misbehaves at one address after the other.
package sourcetest

import (
	"net/http"
	"testing"

	"vulnmirror/source"
)

// Subject is a source to be tested.
type Subject struct {
	// New makes the source, with limits that a small world meets.
	New func() source.Source
	// Upstream answers /HOST/PATH as https://HOST/PATH does. It has all that the
	// source prefers to ask for, so that nothing is missing.
	Upstream http.Handler
	// Later answers after something has changed, so that records do; nil where
	// that is tested elsewhere.
	Later http.Handler
	// Fallback is a world in which the source must ask its other locations; nil
	// where it has none, or where Upstream leads there.
	Fallback http.Handler
	// Anew are parts of the addresses that are read anew by every Fetch, because
	// that is how it learns what changed.
	Anew []string
	// Silent are parts of the addresses whose failure is nothing to mention, since
	// what they say is not needed.
	Silent []string
}

// Run runs the contract.
func Run(t *testing.T, s Subject) {
	t.Run("info", func(t *testing.T) { describes(t, s) })
	t.Run("first fetch", func(t *testing.T) { loads(t, s) })
	t.Run("nothing changed", func(t *testing.T) { rests(t, s) })
	t.Run("everything anew", func(t *testing.T) { renews(t, s) })
	t.Run("something changed", func(t *testing.T) { follows(t, s) })
	t.Run("locations", func(t *testing.T) { relocates(t, s) })
	t.Run("faults", func(t *testing.T) { withstands(t, s) })
	t.Run("kills", func(t *testing.T) { resumes(t, s) })
	t.Run("damage", func(t *testing.T) { refuses(t, s) })
}
