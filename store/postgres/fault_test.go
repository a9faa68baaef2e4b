package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"vulnmirror/store"
	"vulnmirror/store/postgres"
	"vulnmirror/store/storetest"
	"vulnmirror/testkit/pgserver"
	"vulnmirror/vuln"
)

// own is a server of the test's own, to be maltreated.
func own(t *testing.T, options ...string) *pgserver.Server {
	t.Helper()
	s, err := pgserver.Start(options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// wantFault is what a fault has to say: where it was, and what to do.
func wantFault(t *testing.T, err error, place, next string) {
	t.Helper()
	var fault *postgres.Fault
	if !errors.As(err, &fault) {
		t.Fatalf("%v", err)
	}
	if !strings.Contains(err.Error(), place) || !strings.Contains(fault.Next(), next) {
		t.Errorf("the error is %q, and what to do %q; want %q and %q", err, fault.Next(), place, next)
	}
}

// part is a batch of ten records, the last of its file.
func part(n int) *store.Batch {
	records := storetest.Records(10, uint64(n))
	for i := range records {
		records[i].ID = fmt.Sprintf("CVE-2024-%06d", n*10+i)
	}
	return &store.Batch{Origin: store.Origin{Source: "nvd-cve", Filename: fmt.Sprint(n), SHA256: "00"}, Records: records, Last: true}
}

// loaded tells that the first n parts are held whole, and nothing else.
func loaded(t *testing.T, s *postgres.Store, n int) {
	t.Helper()
	d, err := s.Digest(t.Context(), store.Query{Kind: vuln.KindCVE})
	if err != nil || d.Count != n*10 {
		t.Fatalf("%d records are held, want %d; %v", d.Count, n*10, err)
	}
	origins, err := s.Origins(t.Context())
	if err != nil || len(origins) != n {
		t.Fatalf("%d files are held, want %d; %v", len(origins), n, err)
	}
	if got := asked(t, s, "SELECT count(*) FROM cve_records"); got[0][0] != int64(n*10) {
		t.Fatalf("%v copies are held, want %d", got, n*10)
	}
}

func mustApply(t *testing.T, s store.Writer, b *store.Batch) {
	t.Helper()
	if _, err := s.Apply(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

// TestServerStopped: a server that ends in the middle of a load, in a batch and
// between two, has kept whole batches, and the same store goes on when it is back.
func TestServerStopped(t *testing.T) {
	srv := own(t)
	s := open(t, srv.URL("mirror"), postgres.Options{Timeout: 5 * time.Second})
	defer closed(t, s)
	if err := s.BeginBulk(t.Context(), vuln.KindCVE); err != nil {
		t.Fatal(err)
	}
	mustApply(t, s, part(0))
	// Keep is asked inside the transaction.
	_, err := s.Withdraw(t.Context(), store.Withdrawal{Kind: vuln.KindCVE, Source: "nvd-cve", At: time.Now(), UpTo: time.Now().AddDate(50, 0, 0), Keep: func(id string) bool {
		if strings.HasSuffix(id, "5") {
			if err := srv.Kill(); err != nil {
				t.Error(err)
			}
		}
		return false
	}})
	wantFault(t, err, "mirror on ", "the same command goes on")
	_, err = s.Apply(t.Context(), part(1))
	wantFault(t, err, "mirror on ", "see whether the server runs")
	if _, err := s.Get(t.Context(), vuln.KindCVE, "CVE-2024-000000"); err == nil || errors.Is(err, store.ErrNotFound) {
		t.Errorf("a server that is not there answered: %v", err)
	}
	if _, err := postgres.Open(t.Context(), srv.URL("mirror"), postgres.Options{}); err == nil {
		t.Error("a server that is not there was opened")
	}
	if err := srv.Restart(); err != nil {
		t.Fatal(err)
	}
	loaded(t, s, 1)
	mustApply(t, s, part(1))
	if err := s.EndBulk(t.Context(), vuln.KindCVE); err != nil {
		t.Fatal(err)
	}
	loaded(t, s, 2)
	again := open(t, srv.URL("mirror"), postgres.Options{})
	defer closed(t, again)
	loaded(t, again, 2)
}

// TestServerStoppedWhileRenewing: what was in service is in service.
func TestServerStoppedWhileRenewing(t *testing.T) {
	srv := own(t)
	s := open(t, srv.URL("mirror"), postgres.Options{Timeout: 5 * time.Second})
	defer closed(t, s)
	mustApply(t, s, part(0))
	next, err := s.Renew(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	mustApply(t, next, part(1))
	if err := srv.Kill(); err != nil {
		t.Fatal(err)
	}
	wantFault(t, next.Take(t.Context()), "mirror on ", "")
	if err := srv.Restart(); err != nil {
		t.Fatal(err)
	}
	loaded(t, s, 1)
	if next, err = s.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		mustApply(t, next, part(n))
	}
	if err := next.Take(t.Context()); err != nil {
		t.Fatal(err)
	}
	closed(t, next)
	loaded(t, s, 3)
}

func TestConnectionCut(t *testing.T) {
	name := newName()
	s := open(t, server.URL(name), postgres.Options{})
	t.Cleanup(func() { _ = server.Drop(context.Background(), name) })
	defer closed(t, s)
	mustApply(t, s, part(0))
	cut := func() {
		if err := server.Run(context.Background(), "postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+name+"'"); err != nil {
			t.Error(err)
		}
	}
	_, err := s.Withdraw(t.Context(), store.Withdrawal{Kind: vuln.KindCVE, Source: "nvd-cve", At: time.Now(), UpTo: time.Now().AddDate(50, 0, 0), Keep: func(id string) bool {
		if strings.HasSuffix(id, "5") {
			cut()
		}
		return false
	}})
	wantFault(t, err, name, "the same command goes on")
	snap, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cut()
	_, err = snap.Get(t.Context(), vuln.KindCVE, "CVE-2024-000000")
	wantFault(t, err, name, "the same command goes on")
	closed(t, snap)
	loaded(t, s, 1)
	mustApply(t, s, part(1))
	loaded(t, s, 2)
}

// TestDiskFull fills a small file system where the test may mount one, and
// elsewhere lets the server say what it says then.
func TestDiskFull(t *testing.T) {
	srv := own(t)
	name := newName()
	s := open(t, srv.URL(name), postgres.Options{})
	defer closed(t, s)
	mustApply(t, s, part(0))
	fill, empty := noRoom(t, srv, name)
	fill()
	big := part(1)
	for i := range big.Records {
		// Random letters, lest they be packed.
		noise := make([]byte, 1<<20)
		for j, state := 0, uint32(i+1); j < len(noise); j++ {
			state = state*1664525 + 1013904223
			noise[j] = 'a' + byte(state>>24)%26
		}
		big.Records[i].Body = []byte(`{"id":"` + big.Records[i].ID + `","noise":"` + string(noise) + `"}`)
	}
	_, err := s.Apply(t.Context(), big)
	wantFault(t, err, name, "make room")
	loaded(t, s, 1)
	empty()
	mustApply(t, s, big)
	loaded(t, s, 2)
}

// noRoom makes a database's disk full, and not full.
func noRoom(t *testing.T, srv *pgserver.Server, db string) (fill, empty func()) {
	t.Helper()
	dir := filepath.Join(srv.Dir(), "small")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size=3m,mode=777", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Logf("no file system can be mounted here: the server is made to say that its disk is full (%s)", out)
		return func() {
				run(t, srv, db, `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$`,
					"CREATE TRIGGER full_disk BEFORE INSERT ON vulnmirror_a.cve_records FOR EACH ROW EXECUTE FUNCTION full_disk()")
			}, func() {
				run(t, srv, db, "DROP TRIGGER full_disk ON vulnmirror_a.cve_records")
			}
	}
	t.Cleanup(func() {
		if out, err := exec.CommandContext(context.Background(), "umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v\n%s", err, out)
		}
	})
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := srv.Own(data); err != nil {
		t.Fatal(err)
	}
	run(t, srv, db, "CREATE TABLESPACE small LOCATION '"+data+"'")
	return func() { run(t, srv, db, "ALTER TABLE vulnmirror_a.record SET TABLESPACE small") },
		func() { run(t, srv, db, "ALTER TABLE vulnmirror_a.record SET TABLESPACE pg_default") }
}

func TestWrongPassword(t *testing.T) {
	on := private(t)
	mirror, db := role(t, on), newName()
	run(t, on, "postgres", `CREATE DATABASE "`+db+`"`)
	_, err := postgres.Open(t.Context(), on.URLOf(mirror, "hunter2", db), postgres.Options{})
	wantFault(t, err, db, "check user and password")
	if strings.Contains(err.Error(), "hunter2") {
		t.Error(err)
	}
	_, err = postgres.Open(t.Context(), on.URLOf("nobody-"+mirror, "hunter2", db), postgres.Options{})
	wantFault(t, err, db, "check user and password")
}

func TestMissingRight(t *testing.T) {
	on := private(t)
	db := newName()
	mirror := role(t, on)
	if _, err := postgres.Init(t.Context(), on.URLOf("postgres", "", db), postgres.Options{}, postgres.Setup{Role: mirror}); err != nil {
		t.Fatal(err)
	}
	s := open(t, on.URLOf(mirror, password, db), postgres.Options{})
	defer closed(t, s)
	mustApply(t, s, part(0))
	run(t, on, db, "ALTER TABLE vulnmirror_a.version OWNER TO postgres", "ALTER TABLE vulnmirror_a.score OWNER TO postgres")
	_, err := s.Apply(t.Context(), part(1))
	wantFault(t, err, db, "init-db")
	run(t, on, db, `ALTER TABLE vulnmirror_a.version OWNER TO "`+mirror+`"`, `ALTER TABLE vulnmirror_a.score OWNER TO "`+mirror+`"`)
	loaded(t, s, 1)
	mustApply(t, s, part(1))
	loaded(t, s, 2)
}

// TestTimeout bounds answers, and not statements of the user.
func TestTimeout(t *testing.T) {
	url := database(t)
	s := open(t, url, postgres.Options{Timeout: time.Second})
	defer closed(t, s)
	mustApply(t, s, part(0))
	program := connected(t, url)
	program.exec("BEGIN")
	program.exec("LOCK TABLE vulnmirror_a.record")
	_, err := s.Get(t.Context(), vuln.KindCVE, "CVE-2024-000000")
	wantFault(t, err, "vulnmirror_test", "store.timeout")
	program.exec("ROLLBACK")
	loaded(t, s, 1)
	if got := asked(t, s, "SELECT 1 FROM (SELECT pg_sleep(1.1)) s"); len(got) != 1 {
		t.Error(got)
	}
}

func TestExplain(t *testing.T) {
	for err, want := range map[error]string{
		&pgconn.PgError{Code: "53100"}:                      "disk or quota",
		&pgconn.PgError{Code: "53400"}:                      "short of room",
		&pgconn.PgError{Code: "57P01"}:                      "connection was lost",
		&pgconn.PgError{Code: "28P01"}:                      "check user and password",
		&pgconn.PgError{Code: "25006"}:                      "standby",
		fmt.Errorf("x: %w", &pgconn.PgError{Code: "XX001"}): "damaged",
		fmt.Errorf("x: %w", context.Canceled):               "",
		errors.New("something else"):                        "",
	} {
		if got := postgres.Explain(err); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}
