package sourcetest

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vulnmirror/archive"
	"vulnmirror/source"
	"vulnmirror/vuln"
)

// Mirror is what one source fetches from worlds, for tests of what is particular
// to it.
type Mirror struct {
	held  *mirror
	world *upstream
}

// NewMirror holds nothing yet.
func NewMirror(t testing.TB, src source.Source) *Mirror {
	t.Helper()
	return &Mirror{newMirror(t, Subject{New: func() source.Source { return src }}), serve(t, http.NotFoundHandler())}
}

// Fetch is one run against a world; what is safe is committed. Locations, by name,
// are addresses that stand in for the source's own.
func (m *Mirror) Fetch(world http.Handler, locations map[string]string) error {
	m.held.t.Helper()
	m.world.change(world)
	return m.held.fetch(m.held.t.Context(), m.world.client(m.held.t).Relocated(locations))
}

// Must is Fetch that may fail with nothing but ErrUnchanged.
func (m *Mirror) Must(world http.Handler) {
	m.held.t.Helper()
	if err := m.Fetch(world, nil); err != nil && !errors.Is(err, source.ErrUnchanged) {
		m.held.t.Fatalf("Fetch: %v\nasked: %v", err, m.Asked())
	}
}

// Cursor is where the next Fetch resumes.
func (m *Mirror) Cursor() source.Cursor { return m.held.cursor }

// Asked lists the addresses that the last Fetch asked, each once, in order.
func (m *Mirror) Asked() []string { return m.world.addresses() }

// Sent lists the addresses that answered the last Fetch with a body.
func (m *Mirror) Sent() []string {
	var out []string
	for _, r := range m.world.requests() {
		if r.status == http.StatusOK {
			out = append(out, r.url)
		}
	}
	return out
}

// IDs lists the identifiers of the records held, in order.
func (m *Mirror) IDs() []string {
	m.held.t.Helper()
	var out []string
	for k := range m.held.mustDecode() {
		out = append(out, k.ID)
	}
	slices.Sort(out)
	return out
}

// Record is the one held under a kind and an identifier.
func (m *Mirror) Record(kind vuln.Kind, id string) vuln.Record {
	m.held.t.Helper()
	r, ok := m.held.mustDecode()[key{kind, id}]
	if !ok {
		m.held.t.Errorf("%s %s is not held", kind, id)
	}
	return r
}

// Manifest says what files are held.
func (m *Mirror) Manifest() archive.Manifest {
	m.held.t.Helper()
	return m.held.manifest()
}

// Tree is the source's folder.
func (m *Mirror) Tree() *archive.Tree { return m.held.tree }

// Quarantined lists the reasons for what was refused.
func (m *Mirror) Quarantined() []string {
	m.held.t.Helper()
	names, err := filepath.Glob(filepath.Join(m.held.tree.Dir(), "quarantine", "*.reason.json"))
	if err != nil {
		m.held.t.Fatal(err)
	}
	var out []string
	for _, name := range names {
		reason, err := os.ReadFile(name)
		if err != nil {
			m.held.t.Fatal(err)
		}
		out = append(out, strings.TrimSpace(string(reason)))
	}
	return out
}
