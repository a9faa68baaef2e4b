package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/vuln"
)

// full is a record with something for every view.
func full() vuln.Record {
	scores := []vuln.Score{
		{Version: "2.0", Scorer: "nvd@nist.gov", Type: "Primary", Base: 7.5, Severity: "HIGH", Vector: "AV:N/AC:L/Au:N/C:P/I:P/A:P"},
		{Version: "3.1", Scorer: "one@example.org", Type: "Secondary", Base: 0, Severity: "NONE", Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N"},
	}
	return vuln.Record{
		Kind: vuln.KindCVE, ID: "CVE-2024-0001", Source: "nvd-cve", Status: "Analyzed", SourceIdentifier: "one@example.org",
		Published: time.Date(2024, 1, 2, 3, 4, 5, 7e6, time.UTC), Modified: time.Date(2024, 2, 3, 4, 5, 6, 999e6, time.UTC),
		Text: []vuln.Text{{Lang: "en", Value: "An example."}},
		Facts: vuln.Facts{
			Best: vuln.BestScore(scores), Scores: scores,
			Weaknesses:        []vuln.Weakness{{CWE: "CWE-79", Source: "nvd@nist.gov", Type: "Primary"}, {CWE: "CWE-20", Source: "one@example.org", Type: "Secondary"}},
			Tags:              []vuln.Tag{{Name: "disputed", Source: "one@example.org"}},
			KEV:               &vuln.KEV{Added: "2024-02-01", Due: "2024-02-22", Action: "Apply updates.", Name: "Example Flaw"},
			SourceIdentifiers: []string{"one@example.org", "nvd@nist.gov", "one@example.org"},
			References: []vuln.Reference{
				{URL: "https://example.org/a/b?c=\"d\"", Source: "one@example.org"},
				{URL: "https://example.org/a/b?c=\"d\"", Source: "nvd@nist.gov", Tags: []string{"Patch", "Exploit"}},
				{URL: "ftp:odd", Source: "one@example.org"},
			},
			Criteria: []vuln.MatchCriteria{
				{Operator: "OR", Vulnerable: true, ID: "36419DD6-0DB4-4BB6-8B9F-000000000001", Criteria: `cpe:2.3:a:acme:rocket\:sled:1.0:*:*:*:*:*:*:*`, VersionEndExcluding: "2.0"},
				{Operator: "OR", Vulnerable: true, ID: "36419DD6-0DB4-4BB6-8B9F-000000000002", Criteria: `cpe:2.3:a:acme:rocket\:sled:-:*:*:*:*:linux:*:*`, VersionStartIncluding: "1", VersionEndIncluding: "3"},
				{Configuration: 1, Node: 2, Operator: "AND", Negate: true, ID: "no-uuid", Criteria: "cpe:2.3:o:Acme:OS", VersionStartExcluding: "0"},
			},
			CertNote: true,
		},
		Body: []byte(`{"id":"CVE-2024-0001","n":1.0}`),
	}
}

func withFull(t *testing.T, o sqlite.Options) *sqlite.Store {
	s := open(t, filepath.Join(t.TempDir(), "v.db"), o)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	old := full()
	old.Modified, old.Status, old.Body = old.Modified.Add(-time.Hour), "Received", []byte(`{"old":true}`)
	for i, r := range []vuln.Record{old, full()} {
		o := store.Origin{Source: "nvd-cve", Filename: fmt.Sprintf("f%d", i), SHA256: "ab", Fetched: time.Date(2024, 3, 1+i, 0, 0, 0, 0, time.UTC)}
		if _, err := s.Apply(t.Context(), &store.Batch{Origin: o, Records: []vuln.Record{r}}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestViews(t *testing.T) {
	s := withFull(t, sqlite.Options{})
	const id = "CVE-2024-0001"
	for _, tc := range []struct {
		query string
		want  [][]string
	}{
		{"SELECT id, published, last_modified, status, source_identifier, best_version, best_score, best_severity, best_vector, best_scorer, kev_added, cert_alert, cert_note, oval, feed_year, source, revision, length(content_hash), body_json(body) FROM cve", [][]string{
			{id, "2024-01-02T03:04:05.007", "2024-02-03T04:05:06.999", "Analyzed", "one@example.org", "3.1", "0", "NONE", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", "one@example.org", "2024-02-01", "0", "1", "0", "2024", "nvd-cve", "2", "32", `{"id":"CVE-2024-0001","n":1.0}`},
		}},
		{"SELECT id, version, base_score, severity, scorer, type, best FROM cvss ORDER BY version", [][]string{
			{id, "2.0", "7.5", "HIGH", "nvd@nist.gov", "Primary", "0"}, {id, "3.1", "0", "NONE", "one@example.org", "Secondary", "1"},
		}},
		{"SELECT * FROM weakness ORDER BY cwe", [][]string{{id, "CWE-20", "one@example.org", "Secondary"}, {id, "CWE-79", "nvd@nist.gov", "Primary"}}},
		{"SELECT * FROM tag", [][]string{{id, "disputed", "one@example.org"}}},
		{"SELECT * FROM source_identifier ORDER BY source", [][]string{{id, "nvd@nist.gov"}, {id, "one@example.org"}}},
		{"SELECT * FROM kev", [][]string{{id, "2024-02-01", "2024-02-22", "Apply updates.", "Example Flaw"}}},
		{"SELECT * FROM reference ORDER BY url, source", [][]string{
			{id, "ftp:odd", "one@example.org", "[]"},
			{id, `https://example.org/a/b?c="d"`, "nvd@nist.gov", `["Patch","Exploit"]`},
			{id, `https://example.org/a/b?c="d"`, "one@example.org", "[]"},
		}},
		{"SELECT * FROM match_criteria ORDER BY match_criteria_id", [][]string{
			{id, "0", "0", "OR", "0", "1", `cpe:2.3:a:acme:rocket\:sled:1.0:*:*:*:*:*:*:*`, "-", "-", "-", "2.0", "36419DD6-0DB4-4BB6-8B9F-000000000001", "a", "acme", `rocket\:sled`},
			{id, "0", "0", "OR", "0", "1", `cpe:2.3:a:acme:rocket\:sled:-:*:*:*:*:linux:*:*`, "1", "-", "3", "-", "36419DD6-0DB4-4BB6-8B9F-000000000002", "a", "acme", `rocket\:sled`},
			{id, "1", "2", "AND", "1", "0", "cpe:2.3:o:Acme:OS", "-", "0", "-", "-", "no-uuid", "o", "acme", "os"},
		}},
		{"SELECT * FROM product ORDER BY part", [][]string{{"a", "acme", `rocket\:sled`, id}, {"o", "acme", "os", id}}},
		{"SELECT id, current, last_modified, published, status, first_seen, source, filename, sha256, body_json(body) FROM history ORDER BY first_seen", [][]string{
			{id, "0", "2024-02-03T03:05:06.999", "2024-01-02T03:04:05.007", "Received", "2024-03-01T00:00:00.000", "nvd-cve", "f0", "ab", `{"old":true}`},
			{id, "1", "2024-02-03T04:05:06.999", "2024-01-02T03:04:05.007", "Analyzed", "2024-03-02T00:00:00.000", "nvd-cve", "f1", "ab", `{"id":"CVE-2024-0001","n":1.0}`},
		}},
		{"SELECT r.name FROM words JOIN record r ON r.id = words.rowid WHERE words MATCH 'exam*'", [][]string{{id}}},
	} {
		if d := cmp.Diff(tc.want, cells(t, s, tc.query)); d != "" {
			t.Errorf("%s (-want +got):\n%s", tc.query, d)
		}
	}
}

// TestViewTimes: times are kept as numbers and spelled again by SQLite.
func TestViewTimes(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "v.db"), sqlite.Options{})
	defer s.Close()
	var records []vuln.Record
	for i := range 1000 {
		r := full()
		r.ID = fmt.Sprintf("CVE-2024-%04d", i)
		r.Published = time.Date(1965, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i)*641*time.Hour + time.Duration(i)*time.Millisecond)
		records = append(records, r)
	}
	if _, err := s.Apply(t.Context(), &store.Batch{Records: records}); err != nil {
		t.Fatal(err)
	}
	for i, got := range cells(t, s, "SELECT published FROM cve ORDER BY id") {
		if want := vuln.FormatTime(records[i].Published); got[0] != want {
			t.Errorf("published %s, want %s", got[0], want)
		}
	}
}

func TestCompressNone(t *testing.T) {
	s := withFull(t, sqlite.Options{Compress: "none"})
	if got := cells(t, s, "SELECT typeof(body), body ->> 'id' FROM cve"); !cmp.Equal(got, [][]string{{"text", "CVE-2024-0001"}}) {
		t.Errorf("%v", got)
	}
	if got := cells(t, withFull(t, sqlite.Options{}), "SELECT typeof(body) FROM cve"); !cmp.Equal(got, [][]string{{"blob"}}) {
		t.Errorf("%v", got)
	}
}

func TestQueryChangesNothing(t *testing.T) {
	s := withFull(t, sqlite.Options{})
	dir := t.TempDir()
	for _, statement := range []string{
		"DELETE FROM record", "UPDATE counter SET value = 9", "INSERT INTO term VALUES (999, 'x')", "CREATE TABLE x (y)", "DROP VIEW cve",
		"PRAGMA query_only = 0; DELETE FROM record", "PRAGMA writable_schema = 1; DELETE FROM sqlite_schema",
		"PRAGMA user_version = 7", "PRAGMA journal_mode = DELETE", "PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "REINDEX", "ANALYZE",
		"INSERT INTO words (words) VALUES ('rebuild')",
		"ATTACH '" + dir + "/a.db' AS a", "VACUUM INTO '" + dir + "/b.db'", "ATTACH ':memory:' AS m",
		"SELECT load_extension('" + dir + "/x')", "SELECT writefile('" + dir + "/w', 'x')", "SELECT readfile('/etc/passwd')",
	} {
		rows, err := s.Ask(t.Context(), statement)
		if err == nil {
			for rows.Next() {
			}
			err = rows.Err()
			if cerr := rows.Close(); err == nil {
				err = cerr
			}
		}
		allowed := strings.HasPrefix(statement, "PRAGMA journal_mode") || strings.HasPrefix(statement, "PRAGMA wal_checkpoint") // do nothing here
		if err == nil && !allowed {
			t.Errorf("%s: no error", statement)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("files were made: %v, %v", left, err)
	}
	if got := cells(t, s, "SELECT count(*), (SELECT user_version FROM pragma_user_version), (SELECT journal_mode FROM pragma_journal_mode) FROM cve"); !cmp.Equal(got, [][]string{{"1", "5", "wal"}}) {
		t.Errorf("after all that: %v", got)
	}
}

func TestBodyJSON(t *testing.T) {
	s := withFull(t, sqlite.Options{})
	want := [][]string{{"-", `{"a":1}`}}
	if got := cells(t, s, `SELECT body_json(NULL), body_json('{"a":1}')`); !cmp.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	rows, err := s.Ask(t.Context(), "SELECT body_json(x'28b52ffd00')")
	if err == nil {
		rows.Next()
		err = rows.Err()
		rows.Close()
	}
	if err == nil {
		t.Error("a damaged body gave no error")
	}
}
