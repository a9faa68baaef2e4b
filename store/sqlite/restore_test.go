package sqlite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/vuln"
)

// filled makes a database with n records of one status and closes it.
func filled(t *testing.T, path, status string, n int) {
	t.Helper()
	st, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	batch := &store.Batch{Origin: store.Origin{Source: "test", Filename: status, SHA256: "00"}, Last: true}
	for i := range n {
		id := fmt.Sprintf("CVE-2020-%04d", i)
		batch.Records = append(batch.Records, vuln.Record{
			Kind: vuln.KindCVE, ID: id, Source: "test", Modified: time.UnixMilli(1), Status: status,
			SourceIdentifier: status + "@example.org", Body: []byte(`{"id":"` + id + `"}`),
		})
	}
	if _, err := st.Apply(context.Background(), batch); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
}

// look is what a reader sees: how many records, and the first one's status.
func look(t *testing.T, r store.Reader) string {
	t.Helper()
	ctx := context.Background()
	d, err := r.Digest(ctx, store.Query{Kind: vuln.KindCVE})
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Get(ctx, vuln.KindCVE, "CVE-2020-0000")
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(d.Count, " ", got.Status, " ", got.SourceIdentifier)
}

func TestRestoreIsSeenByReadersAtOnce(t *testing.T) {
	dir := t.TempDir()
	path, next := filepath.Join(dir, "a.db"), filepath.Join(dir, "b.db")
	filled(t, path, "Received", 2)
	filled(t, next, "Analyzed", 3)
	reader, err := sqlite.Open(path, sqlite.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	before := "2 Received Received@example.org"
	if got := look(t, reader); got != before {
		t.Fatalf("before: %s", got)
	}
	frozen, err := reader.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}

	writer, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Restore(context.Background(), next); err != nil {
		t.Fatal(err)
	}
	after := "3 Analyzed Analyzed@example.org"
	for range 2 { // what the first look learned must not mislead the second
		if got := look(t, reader); got != after {
			t.Errorf("a reader sees %s", got)
		}
		if got := look(t, frozen); got != before {
			t.Errorf("a snapshot taken before sees %s", got)
		}
	}
	if err := frozen.Close(); err != nil {
		t.Fatal(err)
	}
	// The writer goes on in what it restored.
	batch := &store.Batch{Origin: store.Origin{Source: "test", Filename: "x", SHA256: "01"}, Records: []vuln.Record{
		{Kind: vuln.KindCVE, ID: "CVE-2020-0000", Source: "test", Modified: time.UnixMilli(2), Status: "Rejected", SourceIdentifier: "x", Body: []byte(`{"id":1}`)},
	}}
	if o, err := writer.Apply(context.Background(), batch); err != nil || o.Changed != 1 {
		t.Errorf("apply after restore: %+v, %v", o, err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := look(t, reader), "3 Rejected x"; got != want {
		t.Errorf("at the end a reader sees %s", got)
	}
}

// TestRestoreIsSeenByLists: a list remembers texts that many records share by
// their numbers, which are others in another database.
func TestRestoreIsSeenByLists(t *testing.T) {
	dir := t.TempDir()
	path, next := filepath.Join(dir, "a.db"), filepath.Join(dir, "b.db")
	filled(t, path, "Received", 1)
	filled(t, next, "Analyzed", 1)
	serving, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer serving.Close()
	status := func() (found string) {
		for rec, err := range serving.List(t.Context(), store.Query{Kind: vuln.KindCVE}) {
			if err != nil {
				t.Fatal(err)
			}
			found = rec.Status
		}
		return found
	}
	if got := status(); got != "Received" {
		t.Fatalf("before: %s", got)
	}
	if err := serving.Restore(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	if got := status(); got != "Analyzed" {
		t.Errorf("after: %s", got)
	}
}

// TestRestoreRaisesRevisions: what answers were made from before a restore does
// not pass for what they would be made from after it.
func TestRestoreRaisesRevisions(t *testing.T) {
	dir := t.TempDir()
	path, next := filepath.Join(dir, "a.db"), filepath.Join(dir, "b.db")
	filled(t, path, "Received", 2)
	filled(t, next, "Analyzed", 2)
	st, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	queries := []store.Query{{Kind: vuln.KindCVE}, {Kind: vuln.KindCVE, Year: 2020}, {Kind: vuln.KindCVE, Statuses: []string{"Received", "Analyzed"}}}
	digests := func() (out []store.Digest) {
		for _, q := range queries {
			d, err := st.Digest(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, d)
		}
		return out
	}
	before := digests()
	if err := st.Restore(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	for i, d := range digests() {
		if d.Count != before[i].Count || d.Revision <= before[i].Revision {
			t.Errorf("query %d: %+v, before the restore %+v", i, d, before[i])
		}
	}
}

func TestRestoreInterruptedChangesNothing(t *testing.T) {
	dir := t.TempDir()
	path, next := filepath.Join(dir, "a.db"), filepath.Join(dir, "b.db")
	filled(t, path, "Received", 2)
	filled(t, next, "Analyzed", 3)
	st, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := st.Restore(ctx, next); err == nil {
		t.Error("no error")
	}
	if err := st.Restore(context.Background(), filepath.Join(dir, "none.db")); err == nil {
		t.Error("a database that is not there was restored")
	}
	if got, want := look(t, st), "2 Received Received@example.org"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
