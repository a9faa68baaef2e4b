package postgres_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/store"
	"vulnmirror/store/postgres"
	"vulnmirror/store/storetest"
	"vulnmirror/vuln"
)

// downgrade brings a database back to the first schema, as far as that can hold
// what is in it.
var downgrade = []string{
	"DROP VIEW records, links, vulnmirror.records, vulnmirror.links, vulnmirror.source_state",
	"ALTER TABLE content.record ADD COLUMN links text[] NOT NULL DEFAULT '{}'",
	`UPDATE content.record r SET links = l.all_of_it
		FROM (SELECT from_kind, from_id, array_agg(kind || ' ' || id ORDER BY ordinal) AS all_of_it FROM content.link GROUP BY from_kind, from_id) l
		WHERE r.kind = l.from_kind AND r.id = l.from_id`,
	"DROP TABLE content.link, content.other_records",
	"DROP INDEX content.record_sources, content.record_weaknesses, content.record_aliases",
	"ALTER TABLE content.record DROP COLUMN title, DROP COLUMN link_hash",
	"ALTER TABLE content.wording DROP COLUMN texts",
	"ALTER TABLE content.source_state DROP COLUMN release",
	"CREATE INDEX record_sources ON content.record USING gin (sources)",
	"CREATE INDEX record_weaknesses ON content.record USING gin (weaknesses)",
	"CREATE INDEX record_aliases ON content.record USING gin (aliases)",
	"CREATE INDEX record_links ON content.record USING gin (links)",
	"CREATE VIEW vulnmirror.source_state AS SELECT source, completed, synced, watermark, failed, reason FROM content.source_state",
	"UPDATE content.counter SET value = 1 WHERE name = 'jsonb'",
	"UPDATE vulnmirror.service SET version = 1",
}

func (o outsider) downgrade(slot string) {
	o.t.Helper()
	for _, statement := range downgrade {
		o.exec(strings.ReplaceAll(statement, "content.", slot+"."))
	}
}

const tablesOf = `SELECT string_agg(table_name || '.' || column_name || ' ' || data_type, ' ' ORDER BY table_name, column_name)
	FROM information_schema.columns WHERE table_schema = 'vulnmirror_a' AND table_name NOT IN ('service', 'lease')`

// TestFirstSchema: a database of the first schema answers as it did, and has
// what is new, once this program has opened it; whatever slot is in service.
func TestFirstSchema(t *testing.T) {
	first, err := os.ReadFile("migrations/0001_content.sql")
	if err != nil {
		t.Fatal(err)
	}
	url := database(t)
	made := connected(t, url)
	made.exec("CREATE SCHEMA vulnmirror_a")
	for statement := range strings.SplitSeq(strings.ReplaceAll(string(first), "content.", "vulnmirror_a."), ";\n") {
		made.exec(statement)
	}
	want := made.text(tablesOf)
	for _, slot := range []string{"vulnmirror_a", "vulnmirror_b"} {
		t.Run(slot, func(t *testing.T) { migrated(t, slot, want) })
	}
}

func migrated(t *testing.T, slot, tables string) {
	t.Helper()
	url := database(t)
	// There were only NVD's kinds then.
	records := slices.DeleteFunc(append(storetest.Records(80, 61), storetest.Entries(80, 62)...), func(r vuln.Record) bool {
		return !slices.Contains([]vuln.Kind{vuln.KindCVE, vuln.KindCPE, vuln.KindMatchCriteria, vuln.KindNVDSource, vuln.KindCVEChange, "another"}, r.Kind)
	})
	var names []vuln.Record
	for _, c := range [][4]string{{"oldest", "Deprecated", "old", "deprecatedBy"}, {"old", "Deprecated", "new", "deprecatedBy"}, {"new", "", "old", "deprecates"}} {
		names = append(names, vuln.Record{
			Kind: vuln.KindCPE, ID: c[0], Status: c[1], Source: "test-cpe", Body: fmt.Appendf(nil, `{"name":%q}`, c[0]),
			Facts: vuln.Facts{Links: []vuln.Link{{Kind: vuln.KindCPE, ID: c[2], Rule: c[3]}}},
		})
	}
	// The rules of links were not kept.
	for i := range records {
		if records[i].Kind == vuln.KindCPE {
			records[i].Facts.Links = nil
		}
	}
	s := open(t, url, postgres.Options{})
	fillIn := func(into store.Writer) {
		if _, err := into.Apply(t.Context(), &store.Batch{Origin: store.Origin{Source: "nvd-cve", Filename: "f"}, Records: records, Last: true}); err != nil {
			t.Fatal(err)
		}
		applied(t, into, store.Origin{}, names...)
	}
	fillIn(s)
	if slot == "vulnmirror_b" {
		next, err := s.Renew(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		fillIn(next)
		if err := next.Take(t.Context()); err != nil {
			t.Fatal(err)
		}
		closed(t, next)
	}
	if err := s.SetSource(t.Context(), store.SourceState{Source: "nvd-cve", Reason: "none"}); err != nil {
		t.Fatal(err)
	}
	closed(t, s)
	outside := connected(t, url)
	outside.downgrade(slot)
	if d := cmp.Diff(tables, outside.text(strings.ReplaceAll(tablesOf, "vulnmirror_a", slot))); d != "" {
		t.Fatalf("tables (-made +downgraded):\n%s", d)
	}
	if _, err := postgres.Open(t.Context(), url, postgres.Options{ReadOnly: true}); err == nil || !strings.Contains(err.Error(), "schema 1") {
		t.Errorf("read-only: %v", err)
	}
	s = open(t, url, postgres.Options{})
	defer closed(t, s)
	for _, view := range []string{"records", "public.links", "vulnmirror.links"} {
		if got := asked(t, s, "SELECT count(*) FROM "+view); got[0][0] == int64(0) {
			t.Errorf("%s is empty", view)
		}
	}
	if got := asked(t, s, "SELECT count(*) FROM records WHERE body IS NULL AND kind NOT IN ('cpematch', 'cvechange')"); got[0][0] != int64(0) {
		t.Errorf("%v records without a copy", got)
	}
	for i, oldest := range []string{"", "deprecatedBy"} {
		wantEdges(t, s, store.LinkQuery{To: []store.Ref{{Kind: vuln.KindCPE, ID: "old"}, {Kind: vuln.KindCPE, ID: "new"}}},
			"cpe new > cpe old (deprecates, test-cpe)", "cpe old > cpe new (deprecatedBy, test-cpe)", "cpe oldest > cpe old ("+oldest+", test-cpe)")
		if i == 0 {
			applied(t, s, store.Origin{}, names...)
		}
	}
	if got := asked(t, s, "SELECT DISTINCT rule FROM links WHERE from_kind = 'cvechange'"); len(got) != 1 || got[0][0] != "cveId" {
		t.Errorf("rules of changes: %v", got)
	}
	// The suite knows nothing of these.
	theirs := func(id string) bool {
		return !slices.ContainsFunc(names, func(r vuln.Record) bool { return r.ID == id })
	}
	if _, err := s.Withdraw(t.Context(), store.Withdrawal{Kind: vuln.KindCPE, Source: "test-cpe", At: time.Now(), UpTo: time.Now(), Keep: theirs}); err != nil {
		t.Fatal(err)
	}
	storetest.Migrated(t, s, records)
	renews(t, s)
}

// TestReadersOfTheFirstSchema: who might read the tables there were may read the
// new ones.
func TestReadersOfTheFirstSchema(t *testing.T) {
	on := private(t)
	db, reader := newName(), role(t, on)
	closed(t, open(t, on.URLOf("postgres", "", db), postgres.Options{}))
	connected(t, on.URLOf("postgres", "", db)).downgrade("vulnmirror_a")
	run(t, on, db,
		`GRANT USAGE ON SCHEMA vulnmirror, vulnmirror_a, vulnmirror_b TO "`+reader+`"`,
		`GRANT SELECT ON ALL TABLES IN SCHEMA vulnmirror, vulnmirror_a, vulnmirror_b TO "`+reader+`"`)
	writer := open(t, on.URLOf("postgres", "", db), postgres.Options{})
	defer closed(t, writer)
	applied(t, writer, store.Origin{}, linked(vuln.KindCWE, "CWE-1", "One", vuln.Link{Kind: vuln.KindCVE, ID: "CVE-2024-0001", Rule: "example"}))
	s := open(t, on.URLOf(reader, password, db), postgres.Options{ReadOnly: true})
	defer closed(t, s)
	wantEdges(t, s, store.LinkQuery{To: []store.Ref{{Kind: vuln.KindCVE, ID: "CVE-2024-0001"}}}, "cwe CWE-1 > cve CVE-2024-0001 (example, cwe)")
	if d := cmp.Diff([][]any{{"CWE-1", "One"}}, asked(t, s, "SELECT id, title FROM vulnmirror.records WHERE body IS NOT NULL")); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
