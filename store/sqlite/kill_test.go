package sqlite_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/store/storetest"
	"vulnmirror/vuln"
)

const (
	childPath = "VULNMIRROR_TEST_KILL_PATH"
	childBulk = "VULNMIRROR_TEST_KILL_BULK"
	batchSize = 25
)

// TestKilledWriter is no test but the process that TestKill kills: it applies
// batches and says after each how many it has applied.
func TestKilledWriter(t *testing.T) {
	path := os.Getenv(childPath)
	if path == "" {
		t.Skip("runs only as a process of TestKill")
	}
	s := open(t, path, sqlite.Options{})
	if os.Getenv(childBulk) != "" {
		if err := s.BeginBulk(t.Context(), vuln.KindCVE); err != nil {
			t.Fatal(err)
		}
	}
	for n := 1; ; n++ {
		records := storetest.Records(batchSize, uint64(n))
		for i := range records {
			records[i].ID = fmt.Sprintf("CVE-2024-%06d", n*batchSize+i)
		}
		o := store.Origin{Source: "nvd-cve", Filename: strconv.Itoa(n), SHA256: "00"}
		if _, err := s.Apply(t.Context(), &store.Batch{Origin: o, Records: records, Last: true}); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("applied %d\n", n)
	}
}

func TestKill(t *testing.T) {
	for _, bulk := range []string{"", "1"} {
		for _, after := range []int{0, 1, 12} {
			t.Run(fmt.Sprintf("bulk=%q after %d", bulk, after), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "v.db")
				reported := runAndKill(t, path, bulk, after)
				s := open(t, path, sqlite.Options{})
				defer s.Close()
				checkWhole(t, s, reported)
			})
		}
	}
}

// runAndKill kills the writing process in the batch after the given one and
// returns how many batches it had reported.
func runAndKill(t *testing.T, path, bulk string, after int) int {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledWriter$", "-test.v")
	cmd.Env = append(os.Environ(), childPath+"="+path, childBulk+"="+bulk)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	reported := 0
	for lines := bufio.NewScanner(out); (reported < after || after == 0) && lines.Scan(); {
		if after == 0 {
			break // killed while it starts
		}
		_, _ = fmt.Sscanf(lines.Text(), "applied %d", &reported) // other lines are the test runner's
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	return reported
}

// checkWhole checks that a database holds whole batches, all that were
// reported, and that nothing in it contradicts itself.
func checkWhole(t *testing.T, s *sqlite.Store, reported int) {
	t.Helper()
	d, err := s.Digest(t.Context(), store.Query{Kind: vuln.KindCVE})
	if err != nil {
		t.Fatal(err)
	}
	if d.Count%batchSize != 0 || d.Count < reported*batchSize {
		t.Errorf("%d records, after %d batches of %d were reported", d.Count, reported, batchSize)
	}
	n := 0
	for _, err := range s.List(t.Context(), store.Query{Kind: vuln.KindCVE}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != d.Count {
		t.Errorf("List gives %d records, Digest %d", n, d.Count)
	}
	for i := range d.Count / batchSize {
		if done, err := s.Ingested(t.Context(), "nvd-cve", strconv.Itoa(i+1), "00"); err != nil || !done {
			t.Errorf("batch %d is there but not recorded: %v", i+1, err)
		}
	}
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
