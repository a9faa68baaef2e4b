package sourcetest

import (
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/archive"
	"vulnmirror/source"
)

// describes: Info says all that operators must know.
func describes(t *testing.T, s Subject) {
	info := s.New().Info()
	if diff := cmp.Diff(info, s.New().Info()); diff != "" {
		t.Errorf("Info is not the same every time:\n%s", diff)
	}
	for what, text := range map[string]string{
		"name": info.Name, "title": info.Title, "kind": string(info.Kind), "home": info.Home,
		"licence": info.Licence, "attribution": info.Attribution,
	} {
		if strings.TrimSpace(text) == "" {
			t.Errorf("it says no %s", what)
		}
	}
	if home, err := url.Parse(info.Home); err != nil || home.Scheme != "https" || home.Host == "" {
		t.Errorf("the home %q is no address of a page", info.Home)
	}
	if info.Interval <= 0 {
		t.Error("it does not say how often upstream is worth asking")
	}
	if slices.Contains(info.DependsOn, info.Name) {
		t.Error("it depends on itself")
	}
	if slices.Contains(info.With, info.Kind) {
		t.Errorf("the kind %s is listed twice", info.Kind)
	}
	if len(info.Locations) == 0 {
		t.Error("it names no location")
	}
	names := make(map[string]bool)
	for _, l := range info.Locations {
		if names[l.Name] || l.Name == "" || strings.ContainsAny(l.Name, ". ") {
			t.Errorf("the location of %s has the name %q, which another has or nobody can type", l.URL, l.Name)
		}
		names[l.Name] = true
		if !strings.HasPrefix(l.URL, "https://") || strings.Count(l.URL, "{") != strings.Count(l.URL, "}") {
			t.Errorf("the location %s is %q, which is no address", l.Name, l.URL)
		}
	}
}

// loads: the first Fetch gets records and is complete; the same bytes decode to
// the same records; nothing is written but below the source's folder.
func loads(t *testing.T, s Subject) {
	scratch := t.TempDir()
	t.Setenv("TMPDIR", scratch)
	u := serve(t, s.Upstream)
	m := newMirror(t, s)
	if err := m.fetch(t.Context(), u.client(t)); err != nil {
		t.Fatalf("Fetch: %v\nasked: %v", err, u.requests())
	}
	if !m.cursor.Complete {
		t.Error("the first Fetch is not complete")
	}
	for _, note := range m.cursor.Notes {
		t.Errorf("there is something to note where nothing is wrong: %s", note)
	}
	records := m.mustDecode()
	if len(records) == 0 {
		t.Fatal("there are no records")
	}
	if diff := cmp.Diff(records, m.mustDecode()); diff != "" {
		t.Errorf("the same bytes decode to other records:\n%s", diff)
	}
	info := m.src.Info()
	for k, r := range records {
		switch {
		case k.ID == "" || r.Source != info.Name:
			t.Errorf("%s %q is of source %q", k.Kind, k.ID, r.Source)
		case k.Kind != info.Kind && !slices.Contains(info.With, k.Kind):
			t.Errorf("%s has the kind %s, which Info does not name", k.ID, k.Kind)
		case !json.Valid(r.Body):
			t.Errorf("the body of %s is no JSON: %.100s", k.ID, r.Body)
		}
	}
	for finding, err := range m.tree.Verify(t.Context()) {
		t.Errorf("the archive does not hold what it says: %v %v", finding, err)
	}
	if entries, err := os.ReadDir(m.dir); err != nil || len(entries) != 1 || entries[0].Name() != info.Name {
		t.Errorf("the data folder holds %v, %v; want the folder of %s alone", entries, err, info.Name)
	}
	if left, err := os.ReadDir(scratch); err != nil || len(left) > 0 {
		t.Errorf("files were left in the folder for temporary ones: %v, %v", left, err)
	}
}

// rests: while upstream has nothing new, Changed says so if it can tell, and
// Fetch changes nothing and asks little.
func rests(t *testing.T, s Subject) {
	u := serve(t, s.Upstream)
	m := newMirror(t, s)
	up := u.client(t)
	m.mustFetch(up)
	first, before := len(u.requests()), m.mustDecode()

	changed, canTell := m.changed(t, u)
	again, _ := m.changed(t, u)
	if changed != again {
		t.Errorf("Changed says %v, then %v", changed, again)
	}
	if canTell && len(u.requests()) > first {
		t.Errorf("Changed asks %d times, where a first Fetch takes %d", len(u.requests()), first)
	}

	files := len(m.manifest().Files)
	u.change(s.Upstream)
	err := m.fetch(t.Context(), up)
	if err != nil && !errors.Is(err, source.ErrUnchanged) {
		t.Fatalf("Fetch: %v", err)
	}
	if diff := cmp.Diff(before, m.mustDecode()); diff != "" {
		t.Errorf("records changed where upstream did not (-before +after):\n%s", diff)
	}
	if now := len(m.manifest().Files); now != files {
		t.Errorf("%d files are held where %d were", now, files)
	}
	if now := len(u.requests()); now > first {
		t.Errorf("%d requests were sent, more than the %d of the first Fetch", now, first)
	}
	for _, r := range u.requests() {
		if r.status == 200 && !containsAny(r.url, s.Anew) {
			t.Errorf("%s was sent again, whole", r.url)
		}
	}
}

// changed asks Changed; canTell is false when the source has no cheap check.
func (m *mirror) changed(t *testing.T, u *upstream) (changed, canTell bool) {
	t.Helper()
	checker, ok := m.src.(source.Checker)
	if !ok {
		return true, false
	}
	u.disturb(nil)
	changed, err := checker.Changed(t.Context(), u.client(t), m.cursor)
	if err != nil {
		t.Errorf("Changed: %v", err)
	}
	return changed, len(u.requests()) > 0
}

// renews: a run that fetches everything anew relies on nothing held, and has the
// same.
func renews(t *testing.T, s Subject) {
	u := serve(t, s.Upstream)
	m := newMirror(t, s)
	m.mustFetch(u.client(t))
	before, first := m.mustDecode(), m.manifest().Run
	m.anew = true
	if err := m.fetch(t.Context(), u.client(t)); err != nil {
		t.Fatalf("Fetch: %v", err)
	}
	if diff := cmp.Diff(before, m.mustDecode()); diff != "" {
		t.Errorf("anew there are other records (-before +anew):\n%s", diff)
	}
	if !m.cursor.Complete {
		t.Error("fetched anew, it is not complete")
	}
	for _, f := range m.manifest().Files {
		if f.Run == first && f.Status == archive.Current {
			t.Errorf("%s is current still, though everything was fetched anew", f.Filename)
		}
	}
}

// follows: what changed upstream changes here, and Changed does not miss it.
func follows(t *testing.T, s Subject) {
	if s.Later == nil {
		t.Skip("the subject has no later world")
	}
	u := serve(t, s.Upstream)
	m := newMirror(t, s)
	m.mustFetch(u.client(t))
	before := m.mustDecode()
	if changed, canTell := m.changed(t, u); canTell && changed {
		t.Error("Changed says that there is something new where there is not")
	}
	u.change(s.Later)
	if changed, canTell := m.changed(t, u); canTell && !changed {
		t.Error("Changed says that there is nothing new")
	}
	if err := m.fetch(t.Context(), u.client(t)); err != nil {
		t.Fatalf("Fetch: %v\nasked: %v", err, u.requests())
	}
	if cmp.Equal(before, m.mustDecode()) {
		t.Error("the records are as they were")
	}
	other := newMirror(t, s)
	other.mustFetch(u.client(t))
	if diff := cmp.Diff(other.mustDecode(), m.mustDecode()); diff != "" {
		t.Errorf("who follows upstream has other records than who begins now (-begins +follows):\n%s", diff)
	}
}
