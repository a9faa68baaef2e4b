package sqlite_test

import (
	"path/filepath"
	"strings"
	"testing"

	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/vuln"
)

// TestViewsOfRecords: the views of records and links have what was put in, and
// questions about one record read no table from end to end.
func TestViewsOfRecords(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "v.db"), sqlite.Options{})
	defer s.Close()
	if _, err := s.Apply(t.Context(), &store.Batch{Records: graph(600, 3600)}); err != nil {
		t.Fatal(err)
	}
	for _, b := range scores(2000, 1) {
		if _, err := s.Apply(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.EndBulk(t.Context(), vuln.KindCWE); err != nil { // takes statistics
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"SELECT kind, id, title, status, published, source, converted, withdrawn, body_json(body) ->> 'id' FROM records WHERE kind = 'cwe' AND id = 'id-00006'": "cwe id-00006 The title of number 6  - test 0 - 6",

		"SELECT kind, last_modified, title LIKE 'EPSS 0.%', body ->> 'cve' FROM records WHERE kind = 'epss' AND id = 'CVE-2000-00007'": "epss 2026-01-01T12:00:00.000 1 CVE-2000-00007",

		"SELECT * FROM links WHERE kind = 'cve' AND id = 'CVE-2000-00007'": "epss CVE-2000-00007 cve CVE-2000-00007 cve epss",

		"SELECT DISTINCT from_kind, from_id, rule, source FROM links WHERE from_kind = 'cwe' AND from_id = 'id-00006'": "cwe id-00006 leads to test",

		`SELECT count(*), count(title) FROM (SELECT t.from_id, t.id, (SELECT title FROM records r WHERE r.kind = t.kind AND r.id = t.id) AS title
			FROM links t WHERE t.from_kind = 'capec' AND t.from_id IN (SELECT id FROM links WHERE from_kind = 'cwe' AND from_id = 'id-00006'))`: "6 5",
	} {
		got := cells(t, s, query)
		if len(got) != 1 || strings.Join(got[0], " ") != want {
			t.Errorf("%s: %v, want %s", query, got, want)
		}
		for _, step := range cells(t, s, "EXPLAIN QUERY PLAN "+query) {
			if detail := step[3]; strings.HasPrefix(detail, "SCAN entry") || strings.HasPrefix(detail, "SCAN l") {
				t.Errorf("%s: %s", query, detail)
			}
		}
	}
}
