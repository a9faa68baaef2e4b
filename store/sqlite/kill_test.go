package sqlite_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/store/storetest"
)

func TestKill(t *testing.T) {
	storetest.Kill(t, storetest.Victim{
		Place: func(t *testing.T) string { return filepath.Join(t.TempDir(), "v.db") },
		Open:  func(t *testing.T, path string) store.Store { return open(t, path, sqlite.Options{}) },
		Check: func(t *testing.T, s store.Store) { checkWhole(t, s.(*sqlite.Store)) },
	})
}

// checkWhole checks that nothing in a database contradicts itself and that it has
// its indexes.
func checkWhole(t *testing.T, s *sqlite.Store) {
	t.Helper()
	for query, want := range map[string]string{
		"PRAGMA integrity_check": "ok",
		"SELECT count(*) FROM (SELECT DISTINCT id, part, vendor, product FROM match_criteria EXCEPT SELECT id, part, vendor, product FROM product)": "0",
		"SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND name IN ('record_published_2', 'record_modified_2', 'criterion_product')":      "3",
	} {
		if got := cells(t, s, query); len(got) != 1 || got[0][0] != want {
			t.Errorf("%s: %v, want %s", query, got, want)
		}
	}
}

// cells runs a query of the user and returns its answer as text; NULL is "-".
func cells(t *testing.T, s *sqlite.Store, query string, args ...any) [][]string {
	t.Helper()
	rows, err := s.Ask(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for rows.Next() {
		values, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			to[i] = &values[i]
		}
		if err := rows.Scan(to...); err != nil {
			t.Fatal(err)
		}
		line := make([]string, len(columns))
		for i, v := range values {
			if line[i] = "-"; v != nil {
				line[i] = fmt.Sprint(v)
			}
		}
		out = append(out, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return out
}
