package postgres_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"vulnmirror/store"
	"vulnmirror/store/postgres"
	"vulnmirror/store/storetest"
	"vulnmirror/testkit/pgserver"
)

var server *pgserver.Server

// TestMain starts one server for all tests. Without one they fail only when
// VULNMIRROR_TEST_REQUIRE says that it has to be there.
func TestMain(m *testing.M) {
	flag.Parse()
	if storetest.IsVictim() || flag.Lookup("test.fuzz").Value.String() != "" {
		os.Exit(m.Run()) // fuzzing, which has many processes, needs none
	}
	s, err := pgserver.Any()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		if errors.Is(err, pgserver.ErrNone) && !pgserver.Required() {
			os.Exit(0)
		}
		os.Exit(1)
	}
	server = s
	code := m.Run()
	if err := errors.Join(s.Stop(), goleak.Find()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

var databases atomic.Int64

// database makes an empty one.
func database(t testing.TB) string {
	t.Helper()
	name := newName()
	url, err := server.Create(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Drop(context.Background(), name); err != nil {
			t.Error(err)
		}
	})
	return url
}

func newName() string { return fmt.Sprintf("vulnmirror_test_%d_%d", os.Getpid(), databases.Add(1)) }

func open(t testing.TB, url string, o postgres.Options) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(context.Background(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fresh opens one on a database that is empty.
func fresh(t *testing.T) store.Store { return open(t, database(t), postgres.Options{}) }

func TestStore(t *testing.T) { storetest.Run(t, fresh) }

func TestStoreWithoutJSONB(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, database(t), postgres.Options{NoJSONB: true}) }, storetest.Small)
}

func TestShared(t *testing.T) {
	storetest.RunShared(t, func(t *testing.T) (a, b store.Store) {
		url := database(t)
		return open(t, url, postgres.Options{}), open(t, url, postgres.Options{})
	})
}

func TestKill(t *testing.T) {
	storetest.Kill(t, storetest.Victim{
		Place: func(t *testing.T) string { return database(t) },
		Open:  func(t *testing.T, url string) store.Store { return open(t, url, postgres.Options{}) },
		Check: func(t *testing.T, s store.Store) {
			t.Helper()
			differ := "SELECT count(*) FROM cve_records FULL JOIN (SELECT id FROM cve WHERE withdrawn IS NULL) c ON c.id = cve_id WHERE cve_id IS NULL OR c.id IS NULL"
			if got := asked(t, s.(store.Asker), differ); got[0][0] != int64(0) {
				t.Errorf("%v records without a copy, or copies without a record", got)
			}
		},
	})
}

func TestLoad(t *testing.T) { storetest.Load(t, fresh, 100_000) }
