package e2e

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"vulnmirror/testkit/answers"
	"vulnmirror/testkit/mongoserver"
	"vulnmirror/testkit/pgserver"
	"vulnmirror/testkit/sim"
)

// postgresServer starts one PostgreSQL server for all tests that want one.
var postgresServer = sync.OnceValues(func() (s *pgserver.Server, err error) {
	if s, err = pgserver.Start(); err == nil {
		atEnd = append(atEnd, s.Stop)
	}
	return s, err
})

// database makes an empty PostgreSQL database. Where there is no server the test
// is skipped, unless VULNMIRROR_TEST_REQUIRE says that there has to be one.
func database(t *testing.T, name string) string {
	t.Helper()
	server, err := postgresServer()
	if errors.Is(err, pgserver.ErrNone) && !pgserver.Required() {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	url, err := server.Create(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// mirrors are the program on every store that runs here, each on a database of
// its own.
func mirrors(t *testing.T, name string, args ...string) []answers.Mirror {
	t.Helper()
	on := func(store string, more ...string) answers.Mirror {
		return answers.Mirror{
			Name: store, Binary: binary, Data: filepath.Join(memoryDir(t), "data"),
			Args: append(append(append([]string{}, quick...), args...), more...),
		}
	}
	all := []answers.Mirror{on("SQLite"), on("PostgreSQL", "--store", database(t, name))}
	if !testing.Short() {
		all = append(all, on("PostgreSQL without jsonb", "--store", database(t, name+"_bare"), "--set", "postgres.jsonb=false"))
	}
	return all
}

// TestStores mirrors one upstream over three days into every store, whose
// answers must not differ.
func TestStores(t *testing.T) {
	t.Parallel()
	u := newUpstream(t, sim.Options{Seed: 90, Records: 150})
	next := func() { u.Advance(20*time.Hour, 40) }
	answers.Compare(t, mirrors(t, "simulated", append([]string{"--upstream", u.URL}, wholeNVD...)...), 5, nil, next)
}

// TestStoresAlike mirrors an upstream that is small enough for a slow server into
// a store of every sort, whose answers must not differ.
func TestStoresAlike(t *testing.T) {
	if testing.Short() {
		t.Skip("TestStoresOfEverybody asks two stores more, and TestStoresOnCorpusSample all three about real feeds")
	}
	t.Parallel()
	u := newUpstream(t, sim.Options{Seed: 91, Records: 40})
	next := func() { u.Advance(20*time.Hour, 10) }
	answers.Compare(t, everyStore(t, "small", "--upstream", u.URL, "--set", "sources=nvd-cve,nvd-source,nvd-cvehistory"), 4, nil, next)
}

// ofWorld are the arguments that mirror a world: CVE records and everybody else's.
func (u *upstream) ofWorld() []string {
	sources := "nvd-cve,cwe,capec,attack,d3fend,car,shield,engage,kev,epss,certcc,certfr,msrc"
	return append([]string{"--upstream", u.URL, "--set", "sources=" + sources}, small...)
}

// TestStoresOfEverybody mirrors everybody over two days into PostgreSQL and SQLite.
func TestStoresOfEverybody(t *testing.T) {
	t.Parallel()
	u := newWorld(t, sim.Options{Seed: 92, Records: 40})
	answers.Compare(t, mirrors(t, "everybody", u.ofWorld()...)[:2], 1, nil, func() { u.pass(10) })
}

// everyStore is the program on a store of every sort.
func everyStore(t *testing.T, name string, args ...string) []answers.Mirror {
	t.Helper()
	server, err := mongoServer()
	if errors.Is(err, mongoserver.ErrNone) && !mongoserver.Required() {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	all := mirrors(t, name, args...)[:2]
	mongo := all[0]
	mongo.Name, mongo.Data = "MongoDB", filepath.Join(memoryDir(t), "data")
	mongo.Args = append(slices.Clone(mongo.Args), "--store", server.URL(name), "--db-timeout", "4m") // it is slow
	return append(all, mongo)
}

// mongoServer starts one server that speaks MongoDB's protocol, or names the one
// that VULNMIRROR_TEST_MONGODB does.
var mongoServer = sync.OnceValues(func() (s *mongoserver.Server, err error) {
	if s, err = mongoserver.Any(); err == nil {
		atEnd = append(atEnd, s.Stop)
	}
	return s, err
})

// TestStoresOnCorpus does the same with real feeds of two days.
func TestStoresOnCorpus(t *testing.T) {
	root := os.Getenv(corpusVariable)
	if root == "" {
		t.Skipf("%s names no folder with real feeds", corpusVariable)
	}
	s := newStatic(t, filepath.Join(root, "day1"), func(h http.Handler) http.Handler { return h })
	answers.Compare(t, mirrors(t, "corpus", "--upstream", s.URL, "--set", "nvd.method=feeds", "--set", "nvd.years="+corpusYears),
		12, nil, func() { s.serve(filepath.Join(root, "day2")) })
}
