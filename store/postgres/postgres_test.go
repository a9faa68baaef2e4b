package postgres_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"sync"
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
	if err := errors.Join(dropModels(), s.Stop(), goleak.Find()); err != nil {
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
	dropped(t, name)
	return url
}

func dropped(t testing.TB, name string) {
	t.Cleanup(func() {
		if err := server.Drop(context.Background(), name); err != nil {
			t.Error(err)
		}
	})
}

// models are databases with an empty mirror in them, by Options.NoJSONB. Copying
// one takes less time than making another.
var models sync.Map

// mirror makes a database that has an empty mirror in it.
func mirror(t testing.TB, o postgres.Options) string {
	t.Helper()
	model, err := modelOf(o)
	if err != nil {
		t.Fatal(err)
	}
	name := newName()
	if err := server.Run(t.Context(), "postgres", `CREATE DATABASE "`+name+`" TEMPLATE "`+model+`"`); err != nil {
		t.Fatal(err)
	}
	dropped(t, name)
	return server.URL(name)
}

func modelOf(o postgres.Options) (string, error) {
	made := sync.OnceValues(func() (string, error) {
		name := newName()
		s, err := postgres.Open(context.Background(), server.URL(name), o)
		if err != nil {
			return "", err
		}
		return name, s.Close()
	})
	once, _ := models.LoadOrStore(o.NoJSONB, made)
	return once.(func() (string, error))()
}

// dropModels removes what modelOf made.
func dropModels() (err error) {
	models.Range(func(_, once any) bool {
		name, _ := once.(func() (string, error))()
		err = errors.Join(err, server.Drop(context.Background(), name))
		return true
	})
	return err
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

// empty opens one with nothing in it.
func empty(t *testing.T) *postgres.Store {
	t.Helper()
	return open(t, mirror(t, postgres.Options{}), postgres.Options{})
}

func fresh(t *testing.T) store.Store { return empty(t) }

func TestStore(t *testing.T) { storetest.Run(t, fresh) }

func TestStoreWithoutJSONB(t *testing.T) {
	if testing.Short() {
		t.Skip("it is TestStore less the copies as jsonb")
	}
	without := postgres.Options{NoJSONB: true}
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, mirror(t, without), without) }, storetest.Small)
}

func TestShared(t *testing.T) {
	storetest.RunShared(t, func(t *testing.T) (a, b store.Store) {
		url := mirror(t, postgres.Options{})
		return open(t, url, postgres.Options{}), open(t, url, postgres.Options{})
	})
}

func TestKill(t *testing.T) {
	storetest.Kill(t, storetest.Victim{
		Place: func(t *testing.T) string { return mirror(t, postgres.Options{}) },
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

func TestLoad(t *testing.T) { storetest.Load(t, fresh, 50_000) }
