package sqlite_test

import (
	"bytes"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/store/storetest"
	"vulnmirror/vuln"
)

// fill makes a database with n records at path and closes it.
func fill(t *testing.T, path string, n int) []vuln.Record {
	t.Helper()
	s := open(t, path, sqlite.Options{})
	records := storetest.Records(n, 1)
	if _, err := s.Apply(t.Context(), &store.Batch{Records: records}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return records
}

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b?c#d%41.db")
	records := fill(t, path, 30)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("the file is not where it was asked for: %v", err)
	}
	for _, o := range []sqlite.Options{{}, {ReadOnly: true}, {Compress: "none"}} {
		s := open(t, path, o)
		got, err := s.Get(t.Context(), vuln.KindCVE, records[3].ID)
		if err != nil || !bytes.Equal(got.Body, records[3].Body) {
			t.Errorf("with %+v: %v", o, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if left, err := filepath.Glob(filepath.Dir(path) + "/*-wal"); err == nil && !o.ReadOnly && len(left) > 0 {
			t.Errorf("Close left %v", left)
		}
	}
}

// TestApplyAfterReopen: what was interned before is used again, not doubled.
func TestApplyAfterReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "v.db")
	fill(t, path, 200)
	s := open(t, path, sqlite.Options{})
	defer s.Close()
	count := func() [][]string {
		return cells(t, s, `SELECT (SELECT count(*) FROM term), (SELECT count(*) FROM set_key), (SELECT count(*) FROM criterion), (SELECT count(*) FROM cpe_product)`)
	}
	before := count()
	records := storetest.Records(200, 1)
	for i := range records {
		records[i].ID = strings.Replace(records[i].ID, "CVE-", "CVE-1", 1)[:8] + records[i].ID[8:]
	}
	if o, err := s.Apply(t.Context(), &store.Batch{Records: records}); err != nil || o.Added != 200 {
		t.Fatalf("%+v, %v", o, err)
	}
	if after := count(); before[0][1] != after[0][1] || before[0][2] != after[0][2] || before[0][3] != after[0][3] {
		t.Errorf("the same facts under other ids: %v, before %v", after, before)
	}
}

// TestTwoWriters: each notices what the other has written in between.
func TestTwoWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "v.db")
	writers := []*sqlite.Store{open(t, path, sqlite.Options{}), open(t, path, sqlite.Options{})}
	defer writers[0].Close()
	defer writers[1].Close()
	records := storetest.Records(200, 1)
	for i := 0; i < len(records); i += 20 {
		if o, err := writers[i/20%2].Apply(t.Context(), &store.Batch{Records: records[i : i+20]}); err != nil || o.Added != 20 {
			t.Fatalf("records from %d: %+v, %v", i, o, err)
		}
	}
	for _, s := range writers {
		if d, err := s.Digest(t.Context(), store.Query{Kind: vuln.KindCVE}); err != nil || d.Count != 200 || d.Revision != 10 {
			t.Errorf("%+v, %v", d, err)
		}
	}
	if o, err := writers[0].Apply(t.Context(), &store.Batch{Records: records}); err != nil || o.Unchanged != 200 {
		t.Errorf("all again: %+v, %v", o, err)
	}
}

func TestTooNew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "v.db")
	fill(t, path, 3)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []sqlite.Options{{}, {ReadOnly: true}} {
		if _, err := sqlite.Open(path, o); !errors.Is(err, store.ErrTooNew) {
			t.Errorf("with %+v: %v, want ErrTooNew", o, err)
		}
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the newer database was changed (%v)", err)
	}
}

func TestReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "v.db")
	if _, err := sqlite.Open(path, sqlite.Options{ReadOnly: true}); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "vulnmirror sync") {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("opening read-only made a file (%v)", err)
	}
	records := fill(t, path, 3)
	reader := open(t, path, sqlite.Options{ReadOnly: true})
	defer reader.Close()
	if _, err := reader.Apply(t.Context(), &store.Batch{Records: records}); err == nil {
		t.Error("Apply on a read-only store succeeded")
	}
	if err := reader.SetSource(t.Context(), store.SourceState{Source: "x"}); err == nil {
		t.Error("SetSource on a read-only store succeeded")
	}
	writer := open(t, path, sqlite.Options{})
	defer writer.Close()
	if _, err := writer.Apply(t.Context(), &store.Batch{Records: storetest.Records(10, 1)}); err != nil {
		t.Fatal(err)
	}
	if d, err := reader.Digest(t.Context(), store.Query{Kind: vuln.KindCVE}); err != nil || d.Count != 10 {
		t.Errorf("the reader sees %d records, want 10, error %v", d.Count, err)
	}
}

func TestNotADatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "v.db")
	if err := os.WriteFile(path, bytes.Repeat([]byte("this is no database\n"), 500), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(path, sqlite.Options{}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("%v, want an error that names the file", err)
	}
	if _, err := sqlite.Open(path, sqlite.Options{Compress: "lzma"}); err == nil || !strings.Contains(err.Error(), "store.compress") {
		t.Errorf("%v, want an error that names the setting", err)
	}
}

func TestSizeOnDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "v.db")
	fill(t, path, 50)
	s := open(t, path, sqlite.Options{ReadOnly: true})
	defer s.Close()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.SizeOnDisk(t.Context()); err != nil || n < info.Size() {
		t.Errorf("SizeOnDisk %d, the file has %d, error %v", n, info.Size(), err)
	}
}
