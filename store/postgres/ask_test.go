package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/store"
	"vulnmirror/store/postgres"
	"vulnmirror/vuln"
)

// record is a CVE record with a status.
func record(n int, status string) vuln.Record {
	id := fmt.Sprintf("CVE-2020-%04d", n)
	return vuln.Record{
		Kind: vuln.KindCVE, ID: id, Source: "test", Modified: time.UnixMilli(1).UTC(), Status: status,
		Body: []byte(`{"id":"` + id + `","published":"2020-01-02T03:04:05.678","vulnStatus":"` + status + `","metrics":{"n":` + fmt.Sprint(n) + `},"note":"Apache"}`),
	}
}

// fill stores n records of a status as one file.
func fill(t testing.TB, s store.Writer, status string, n int) {
	t.Helper()
	b := &store.Batch{Origin: store.Origin{Source: "test", Filename: status, SHA256: "00"}, Last: true}
	for i := range n {
		b.Records = append(b.Records, record(i, status))
	}
	if _, err := s.Apply(context.Background(), b); err != nil {
		t.Fatal(err)
	}
}

func closed(t testing.TB, s interface{ Close() error }) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// asked is the answer to a statement, row by row.
func asked(t testing.TB, s store.Asker, statement string, args ...any) (table [][]any) {
	t.Helper()
	table, err := tryAsk(t.Context(), s, statement, args...)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return table
}

func tryAsk(ctx context.Context, s store.Asker, statement string, args ...any) (table [][]any, err error) {
	rows, err := s.Ask(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	names, err := rows.Columns()
	for err == nil && rows.Next() {
		row, into := make([]any, len(names)), make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		err = rows.Scan(into...)
		table = append(table, row)
	}
	return table, errors.Join(err, rows.Err(), rows.Close())
}

func TestAskChangesNothing(t *testing.T) {
	s := empty(t)
	defer closed(t, s)
	fill(t, s, "Analyzed", 3)
	for _, statement := range []string{
		"DELETE FROM vulnmirror_a.record",
		"COMMIT; DELETE FROM vulnmirror_a.record",
		"SELECT 1; DELETE FROM vulnmirror_a.record",
		"WITH gone AS (DELETE FROM vulnmirror_a.record RETURNING id) SELECT * FROM gone",
		"EXPLAIN ANALYZE DELETE FROM vulnmirror_a.record",
		"SELECT set_config('transaction_read_only', 'off', false)",
		"SET TRANSACTION READ WRITE",
		"DO $$ BEGIN COMMIT; SET TRANSACTION READ WRITE; DELETE FROM vulnmirror_a.record; END $$",
		"DO $$ BEGIN DELETE FROM vulnmirror_a.record; END $$",
		"CREATE TABLE x (y int)",
		"DROP SCHEMA vulnmirror CASCADE",
	} {
		if _, err := tryAsk(t.Context(), s, statement); err == nil {
			t.Errorf("%s: allowed", statement)
		}
	}
	for _, statement := range []string{"COMMIT", "ROLLBACK AND CHAIN", "SELECT set_config('search_path', 'nowhere', false)", "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE"} {
		_, _ = tryAsk(t.Context(), s, statement) // whatever that does is gone with its connection
	}
	want := [][]any{{int64(3)}}
	for _, table := range []string{"cve", "cve_records", "vulnmirror.cve"} {
		if d := cmp.Diff(want, asked(t, s, "SELECT count(*) FROM "+table)); d != "" {
			t.Errorf("%s (-want +got):\n%s", table, d)
		}
	}
}

func TestAskGivesPrintableValues(t *testing.T) {
	s := empty(t)
	defer closed(t, s)
	got := asked(t, s, `SELECT NULL, true, 7::int2, 9000000000, 1.5::float8, avg(x), 12345678901234567890.5, 'text', '\x00ff'::bytea,
		'2024-02-03 04:05:06.789+00'::timestamptz, '2024-02-03'::date, '{"b": 1.50, "a": [2]}'::jsonb, ARRAY['x', 'y'], $1::text
		FROM (VALUES (1), (2)) v(x)`, "given")
	want := [][]any{{
		nil, true, int64(7), int64(9000000000), 1.5, 1.5, "12345678901234567890.5", "text",
		[]byte{0, 255},
		time.Date(2024, 2, 3, 4, 5, 6, 789e6, time.UTC), "2024-02-03", `{"a": [2], "b": 1.50}`, "{x,y}", "given",
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	rows, err := s.Ask(t.Context(), "SELECT 1 AS one, 'a' AS letter")
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, rows)
	var one int
	var letter string
	if !rows.Next() || rows.Scan(&one, &letter) != nil || one != 1 || letter != "a" {
		t.Errorf("%d, %q, %v", one, letter, rows.Err())
	}
	if err := rows.Scan(&one); err == nil {
		t.Error("two columns go into one variable")
	}
}

// TestPeoplesQueries are statements that people run on such databases.
func TestPeoplesQueries(t *testing.T) {
	s := empty(t)
	defer closed(t, s)
	fill(t, s, "Analyzed", 3)
	gone := store.Withdrawal{Kind: vuln.KindCVE, Source: "test", At: time.Now(), UpTo: time.Now(), Keep: func(id string) bool { return id != "CVE-2020-0002" }}
	if _, err := s.Withdraw(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	for statement, want := range map[string][][]any{
		"SELECT EXTRACT(YEAR FROM (json_data->>'published')::timestamp) AS year, COUNT(*) FROM cve_records GROUP BY year": {{int64(2020), int64(2)}},
		"SELECT cve_id FROM cve_records WHERE json_data::text ILIKE '%apache%' ORDER BY 1":                                {{"CVE-2020-0000"}, {"CVE-2020-0001"}},
		`SELECT count(*) FROM cve_records WHERE json_data @> '{"vulnStatus": "Analyzed"}'`:                                {{int64(2)}},
		"SELECT cve_id, json_data->'metrics' FROM cve_records WHERE cve_id = 'CVE-2020-0001'":                             {{"CVE-2020-0001", `{"n": 1}`}},
		"SELECT last_modified FROM cve_records WHERE cve_id = 'CVE-2020-0001'":                                            {{time.UnixMilli(1).UTC()}},
		"SELECT count(*) FROM cpe_records": {{int64(0)}},
		"SELECT data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'cve_records' ORDER BY ordinal_position": {{"text"}, {"jsonb"}, {"timestamp with time zone"}},
	} {
		if d := cmp.Diff(want, asked(t, s, statement)); d != "" {
			t.Errorf("%s (-want +got):\n%s", statement, d)
		}
	}
	fill(t, s, "Analyzed", 3) // upstream has it again
	if d := cmp.Diff([][]any{{int64(3)}}, asked(t, s, "SELECT count(*) FROM cve_records")); d != "" {
		t.Errorf("after the withdrawn one came back (-want +got):\n%s", d)
	}
}

// TestJSONBFollowsItsSetting: copies are made of what is held when they are
// turned on, and none are left when they are turned off.
func TestJSONBFollowsItsSetting(t *testing.T) {
	url := database(t)
	for i, without := range []bool{true, false, true, false} {
		s := open(t, url, postgres.Options{NoJSONB: without})
		if i == 0 {
			fill(t, s, "Analyzed", 3)
		}
		want := int64(3)
		if without {
			want = 0
		}
		if d := cmp.Diff([][]any{{want}}, asked(t, s, "SELECT count(*) FROM cve_records")); d != "" {
			t.Errorf("%d (-want +got):\n%s", i, d)
		}
		closed(t, s)
	}
}
