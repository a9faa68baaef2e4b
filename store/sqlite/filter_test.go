package sqlite

import (
	"path/filepath"
	"strings"
	"testing"

	"vulnmirror/store"
	"vulnmirror/store/storetest"
	"vulnmirror/vuln"
)

// TestWeaknessByIndex: of the CVE records of a weakness no others are looked at,
// and they are counted and found by time without reading them; with statistics of
// few records, of many, and without any.
func TestWeaknessByIndex(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "w.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f := filterOf(store.Query{Kind: vuln.KindCVE, CWE: "CWE-79"})
	check := func(when string) {
		t.Helper()
		for _, query := range []string{
			"SELECT count(*), max(r.modified), coalesce(max(r.revision), 0) FROM record r WHERE " + f.sql(),
			"SELECT r.id FROM record r WHERE " + f.sql() + " ORDER BY " + orders[store.ByModifiedDesc] + " LIMIT 10",
		} {
			got := strings.Join(plan(t, s, query, f.args...), "\n")
			for _, step := range []string{"SEARCH r USING COVERING INDEX record_weaknesses_2 (weaknesses=?)", "SEARCH set_weakness USING COVERING INDEX set_weakness_cwe (cwe=?)"} {
				if !strings.Contains(got, step) {
					t.Errorf("%s: %s goes by\n%s", when, query, got)
				}
			}
		}
	}
	check("empty")
	for _, n := range []int{30, 1500} {
		if _, err := s.Apply(t.Context(), &store.Batch{Records: storetest.Records(n, 7)}); err != nil {
			t.Fatal(err)
		}
		check("no statistics")
		if err := s.EndBulk(t.Context(), vuln.KindCVE); err != nil { // takes them
			t.Fatal(err)
		}
		check("statistics")
	}
}

// plan says how SQLite goes about a query, step by step.
func plan(t *testing.T, s *Store, query string, args ...any) (steps []string) {
	t.Helper()
	rows, err := s.readers.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}
