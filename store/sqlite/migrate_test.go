package sqlite

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// TestSecondSchema opens a file of the first schema, whose nodes did not say
// whether more than they decide about their configuration.
func TestSecondSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	db, err := connect(path, "rwc", defaultCache)
	if err != nil {
		t.Fatal(err)
	}
	first, err := migrations.ReadFile("migrations/0001_spine.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		string(first),
		"INSERT INTO term VALUES (1, 'cve'), (2, 'Analyzed'), (3, 'cna@example.org'), (4, 'nvd-cve')",
		"INSERT INTO origin VALUES (1, 'nvd-cve', 'f', 's', 0, 1)",
		"INSERT INTO cpe_product VALUES (1, 'a', 'v', 'p'), (2, 'o', 'v', 'os')",
		"INSERT INTO criterion VALUES (1, x'00000000000040008000000000000001', 1, '1', NULL, NULL, NULL, NULL, NULL, NULL), (2, x'00000000000040008000000000000002', 2, '-', NULL, NULL, NULL, NULL, NULL, NULL)",
		"INSERT INTO record VALUES (1, 1, 'CVE-2024-0001', 2024, 0, 0, 2, 3, 4, NULL, NULL, NULL, NULL, NULL, 0, 1, 1, x'00', 0)",
		"INSERT INTO record VALUES (2, 1, 'CVE-2024-0002', 2024, 0, 0, 2, 3, 4, NULL, NULL, NULL, NULL, NULL, 0, 1, 1, x'00', 0)",
		"INSERT INTO record VALUES (3, 1, 'CVE-2024-0003', 2024, 0, 0, 2, 3, 4, NULL, NULL, NULL, NULL, NULL, 0, 1, 1, x'00', 0)",
		"INSERT INTO body VALUES (1, '{}'), (2, '{}'), (3, '{}')",
		`INSERT INTO detail VALUES (1, NULL, '[[0,0,"OR",0,1]]'), (2, NULL, '[[0,0,"OR",0,1],[0,1,"OR",0,-2],[1,0,"OR",0,1]]'), (3, NULL, '[[0,0,"OR",1,1]]')`,
		"INSERT INTO criterion_record VALUES (1, 1), (1, 2), (2, 2), (1, 3)",
		"INSERT INTO version VALUES (1, 1, 0, 0, 2, 3, 4, 1, x'00', '{}')",
		"PRAGMA user_version = 1",
	} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	criteria, err := s.Criteria(t.Context(), store.Product{})
	if err != nil || len(criteria) != 2 {
		t.Fatalf("criteria %+v, %v", criteria, err)
	}
	got, err := s.Uses(t.Context(), []string{"1", "2"})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(got, func(a, b store.Use) int { return strings.Compare(a.ID+a.Ref, b.ID+b.Ref) })
	want := []store.Use{
		{Ref: "1", ID: "CVE-2024-0001", Affects: store.Alone},
		{Ref: "1", ID: "CVE-2024-0002", Affects: store.Alone | store.Together},
		{Ref: "2", ID: "CVE-2024-0002", Affects: store.Context},
		{Ref: "1", ID: "CVE-2024-0003", Affects: store.Together},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("uses (-want +got):\n%s", diff)
	}
	rows, err := s.Ask(t.Context(), "SELECT id, configuration, node, negate, vulnerable FROM match_criteria ORDER BY 1, 2, 3")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var seen []string
	for rows.Next() {
		var id, configuration, node, negate, vulnerable string
		if err := rows.Scan(&id, &configuration, &node, &negate, &vulnerable); err != nil {
			t.Fatal(err)
		}
		seen = append(seen, strings.Join([]string{id, configuration, node, negate, vulnerable}, " "))
	}
	if diff := cmp.Diff([]string{"CVE-2024-0001 0 0 0 1", "CVE-2024-0002 0 0 0 1", "CVE-2024-0002 0 1 0 0", "CVE-2024-0002 1 0 0 1", "CVE-2024-0003 0 0 1 1"}, seen); diff != "" || rows.Err() != nil {
		t.Errorf("view (-want +got): %v\n%s", rows.Err(), diff)
	}
	versions, err := s.Versions(t.Context(), vuln.KindCVE, "CVE-2024-0001")
	if err != nil || len(versions) != 2 || versions[0].Record.Converted {
		t.Errorf("versions %+v, %v", versions, err)
	}
}
