package msrc_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/archive"
	"vulnmirror/ingest"
	"vulnmirror/progress"
	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/vuln"
)

// stored is a mirror with a database, which says what it holds.
type stored struct {
	*microsoft
	store store.Store
}

func newStored(t *testing.T, m *microsoft) stored {
	t.Helper()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "vulnmirror.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return stored{m, db}
}

// revise brings in documents under another date of the index.
func (s stored) revise(t *testing.T, date string, documents ...string) {
	t.Helper()
	var pairs []string
	for _, body := range documents {
		_, rest, _ := strings.Cut(body, "<cvrf:ID>")
		id, _, _ := strings.Cut(rest, "<")
		s.documents[id] = body
		pairs = append(pairs, id, date)
	}
	s.lists(pairs...)
	if err := s.sync(t); err != nil {
		t.Fatal(err)
	}
	s.ingest(t)
}

func (s stored) ingest(t *testing.T) {
	t.Helper()
	manifest, err := s.tree.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	var pending []archive.File
	if pending, err = ingest.Pending(t.Context(), s.store, s.source, manifest.Files); err == nil {
		_, err = ingest.Files(t.Context(), s.source, s.tree, pending, s.store, progress.Silent)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// says is the title of a vulnerability, which names its document, and whether it
// is withdrawn.
func (s stored) says(t *testing.T, id string) string {
	t.Helper()
	r, err := s.store.Get(t.Context(), vuln.KindMSRC, id)
	if err != nil {
		return err.Error()
	}
	if !r.Withdrawn.IsZero() {
		return "withdrawn"
	}
	return r.Title
}

const (
	first  = "CVE-2024-10001 2024-02-13T08:00:00"
	second = "CVE-2024-10002 2024-02-13T08:00:00"
	again  = "CVE-2024-10001 2024-01-09T08:00:00"
)

func TestVulnerabilityLeavesItsDocument(t *testing.T) {
	s := newStored(t, newMicrosoft(t, settings))
	feb := func(v ...string) string {
		return document("2024-Feb", "2024-02-13T08:00:00", append(v, many(20)...)...)
	}
	s.revise(t, "2024-02-13T08:00:00", feb(first, second), document("2024-Jan", "2024-02-13T08:00:00", again))
	s.revise(t, "2024-02-12T08:00:00", feb())
	want := []string{"In 2024-Feb", "withdrawn"}
	if diff := cmp.Diff(want, []string{s.says(t, "CVE-2024-10001"), s.says(t, "CVE-2024-10002")}); diff != "" {
		t.Errorf("the one that January has too must stay: %s", diff)
	}
	s.revise(t, "2024-02-14T08:00:00", feb(second))
	if got := s.says(t, "CVE-2024-10002"); got != "In 2024-Feb" {
		t.Errorf("once it is back: %s", got)
	}

	// The archive alone gives the same.
	other := newStored(t, s.microsoft)
	other.ingest(t)
	for _, id := range []string{"CVE-2024-10001", "CVE-2024-10002", "CVE-2023-10001"} {
		if a, b := s.says(t, id), other.says(t, id); a != b {
			t.Errorf("%s: %s, and built anew %s", id, a, b)
		}
	}
}

func TestTwoDocumentsOfOneVulnerability(t *testing.T) {
	jan, feb := document("2024-Jan", "2024-01-09T08:00:00", again), document("2024-Feb", "2024-02-13T08:00:00", first)
	sameDay := document("2024-Jan", "2024-02-13T08:00:00", strings.Replace(first, "08:", "20:", 1))
	for name, tc := range map[string]struct {
		documents []string
		want      string
	}{
		"the newer one first":     {[]string{feb, jan}, "In 2024-Feb"},
		"the newer one last":      {[]string{jan, feb}, "In 2024-Feb"},
		"both on one day":         {[]string{feb, sameDay}, "In 2024-Feb"},
		"the day counts":          {[]string{feb, document("2024-Jan", "", "CVE-2024-10001 2024-02-14T08:00:00")}, "In 2024-Jan"},
		"older, of one document":  {[]string{feb, document("2024-Feb", "2024-02-10T00:00:00", again)}, "In 2024-Feb"},
		"in another case of name": {[]string{feb, strings.ReplaceAll(jan, "2024-Jan", "2024-FEB")}, "In 2024-FEB"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStored(t, newMicrosoft(t, settings))
			for i, body := range tc.documents {
				s.revise(t, []string{"2024-03-01", "2024-03-02"}[i], body)
			}
			if got := s.says(t, "CVE-2024-10001"); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
			r, err := s.store.Get(t.Context(), vuln.KindMSRC, "CVE-2024-10001")
			if name == "older, of one document" && (err != nil || r.Modified.Month() != 1) {
				t.Errorf("%v, %v: the current revision counts", r.Modified, err)
			}
		})
	}
}

func TestUpdatesOfSeveralDocuments(t *testing.T) {
	s := newStored(t, newMicrosoft(t, settings))
	s.revise(t, "2024-02-13", document("2024-Feb", "2024-02-13", first))
	s.revise(t, "2024-02-14", document("2024-Jan", "2024-01-09", second), s.documents["2024-Feb"])
	s.revise(t, "2024-02-15", document("2024-Feb", "2024-02-15", strings.Replace(first, "10001", "10003", 1)), s.documents["2024-Jan"])
	r, err := s.store.Get(t.Context(), vuln.KindMSKB, "5034768")
	want := `{"kb":"5034768","documents":{` +
		`"2024-Feb":[{"Type":"Vendor Fix","CVE":["CVE-2024-10003"],"Supercedence":"5034127"}],` +
		`"2024-Jan":[{"Type":"Vendor Fix","CVE":["CVE-2024-10002"],"Supercedence":"5034127"}]}}`
	if err != nil || string(r.Body) != want {
		t.Errorf("%s, %v", r.Body, err)
	}
	linker, ok := s.store.(store.Linker)
	if !ok {
		t.Fatal("the store follows no links")
	}
	var got []store.Link
	for link, err := range linker.Links(t.Context(), store.LinkQuery{To: []store.Ref{{Kind: vuln.KindMSKB, ID: "5034127"}}}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, link)
	}
	if diff := cmp.Diff([]store.Link{{From: store.Ref{Kind: vuln.KindMSKB, ID: "5034768"}, To: store.Ref{Kind: vuln.KindMSKB, ID: "5034127"}, Rule: "supersedes", Source: "msrc"}}, got); diff != "" {
		t.Error(diff)
	}
}
