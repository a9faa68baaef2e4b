package sqlite

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/store"
	"vulnmirror/store/storetest"
	"vulnmirror/vuln"
)

// downgrades undo what each migration did, as far as the earlier schema can
// hold it, from the last one on.
var downgrades = map[int][]string{
	5: {"DROP INDEX record_weaknesses_2", "DROP INDEX set_weakness_cwe", "DROP INDEX entry_prose_named", "CREATE INDEX record_weaknesses ON record (weaknesses)"},
	4: {
		"DROP TABLE entry_prose", "DROP TABLE entry_epss", "DROP TABLE words_prose", "ALTER TABLE source_state DROP COLUMN release",
		"DROP INDEX link_target", "CREATE INDEX link_target ON link (target, kind)",
		"DELETE FROM counter WHERE name IN ('bulk_entry_prose', 'bulk_entry_epss')",
	},
	3: {"DROP TABLE lease"},
	2: {
		"DROP TABLE entry", "DROP TABLE entry_cpe", "DROP TABLE entry_cpematch", "DROP TABLE entry_cvechange",
		"DROP TABLE alias", "DROP TABLE link", "DROP TABLE words_entry", "DROP TABLE words_cpe", "DROP TABLE criterion_record",
		"DROP INDEX cpe_product_open", "DROP INDEX record_published_2", "DROP INDEX record_modified_2", "DROP INDEX record_year_2",
		"ALTER TABLE record DROP COLUMN converted", "ALTER TABLE record DROP COLUMN withdrawn", "ALTER TABLE version DROP COLUMN converted",
		"DELETE FROM counter WHERE name LIKE 'bulk\\_%' ESCAPE '\\'",
		`UPDATE detail SET nodes = (SELECT json_group_array(json(json_set(n.value, '$[3]', (n.value ->> 3) & 1))) FROM json_each(detail.nodes) n) WHERE nodes IS NOT NULL`,
	},
}

// TestEarlierSchemas: a database of each earlier schema answers as it did when it
// was written.
func TestEarlierSchemas(t *testing.T) {
	records := storetest.Records(80, 61)
	for schema := len(downgrades); schema > 0; schema-- {
		t.Run(fmt.Sprint(schema), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "old.db")
			written, err := Open(path, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := written.Apply(t.Context(), &store.Batch{Origin: store.Origin{Source: "nvd-cve", Filename: "f"}, Records: records, Last: true}); err != nil {
				t.Fatal(err)
			}
			const indexes = "SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY 1"
			want := column(t, written.readers, indexes)
			if err := written.Close(); err != nil {
				t.Fatal(err)
			}
			downgrade(t, path, schema)
			s, err := Open(path, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if d := cmp.Diff(want, column(t, s.readers, indexes)); d != "" {
				t.Errorf("indexes (-made +brought up to date):\n%s", d)
			}
			if held, err := s.Origins(t.Context()); len(held) != 1 || err != nil {
				t.Errorf("files: %v, %v", held, err)
			}
			if _, err := s.Get(t.Context(), vuln.KindCPE, "none"); err == nil {
				t.Error("a CPE name that nobody stored")
			}
			storetest.Migrated(t, s, records)
		})
	}
}

// downgrade brings a database back to an earlier schema, and checks that it then
// has the tables which that schema has when it is made.
func downgrade(t *testing.T, path string, schema int) {
	t.Helper()
	files, err := migrationFiles()
	if err != nil {
		t.Fatal(err)
	}
	db, err := connect(path, "rwc", defaultCache)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	defer db.Close()
	do := func(on *sql.DB, query string) {
		t.Helper()
		if _, err := on.ExecContext(t.Context(), query); err != nil {
			t.Fatalf("%.80s: %v", query, err)
		}
	}
	for _, view := range column(t, db, "SELECT name FROM sqlite_schema WHERE type = 'view'") {
		do(db, "DROP VIEW "+view)
	}
	for n := len(files); n > schema; n-- {
		if downgrades[n] == nil {
			t.Fatalf("nobody says how to undo %s", files[n-1])
		}
		for _, q := range downgrades[n] {
			do(db, q)
		}
	}
	made, err := connect(filepath.Join(t.TempDir(), "made.db"), "rwc", defaultCache)
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	made.SetMaxOpenConns(1)
	for _, name := range files[:schema] {
		text, err := migrations.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		do(made, string(text))
	}
	// Views, and tables made of others, are as the schema has them.
	const missing = "SELECT sql FROM sqlite_schema WHERE type = 'view' OR name = 'criterion_record' ORDER BY type"
	for _, q := range column(t, made, missing) {
		do(db, regexp.MustCompile("^CREATE (VIEW|TABLE) ").ReplaceAllString(q, "CREATE $1 IF NOT EXISTS "))
	}
	if schema < 2 {
		do(db, "INSERT INTO criterion_record SELECT DISTINCT abs(e.value), d.record FROM detail d, json_each(d.nodes) n JOIN json_each(n.value) e ON e.key >= 4")
	}
	const columns = "SELECT m.name || '.' || c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite_%' ORDER BY 1"
	if d := cmp.Diff(column(t, made, columns), column(t, db, columns)); d != "" {
		t.Fatalf("schema %d, made and downgraded (-made +downgraded):\n%s", schema, d)
	}
	do(db, fmt.Sprintf("PRAGMA user_version = %d", schema))
}

func column(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		out = append(out, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(out, func(s string) bool { return strings.HasPrefix(s, "sqlite_") })
}
