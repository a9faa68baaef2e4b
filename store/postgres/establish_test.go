package postgres_test

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"vulnmirror/store"
	"vulnmirror/store/postgres"
	"vulnmirror/testkit/pgserver"
)

// private is a server on which roles may be made.
func private(t *testing.T) *pgserver.Server {
	t.Helper()
	if server.Private() {
		return server
	}
	own, err := pgserver.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := own.Stop(); err != nil {
			t.Error(err)
		}
	})
	return own
}

func run(t *testing.T, on *pgserver.Server, database string, statements ...string) {
	t.Helper()
	if err := on.Run(t.Context(), database, statements...); err != nil {
		t.Fatal(err)
	}
}

const password = `s'e\c"r?t%`

// role makes one that may do nothing.
func role(t *testing.T, on *pgserver.Server) string {
	t.Helper()
	name := newName()
	run(t, on, "postgres", `CREATE ROLE "`+name+`" LOGIN PASSWORD E's\'e\\c"r?t%'`)
	return name
}

// works tells whether a store can be written to and read.
func works(t *testing.T, s *postgres.Store) {
	t.Helper()
	fill(t, s, "Analyzed", 2)
	if got := look(t, s); got != "2 Analyzed" {
		t.Errorf("%s", got)
	}
	renews(t, s)
}

// renews tells whether the content of a store can be replaced.
func renews(t *testing.T, s *postgres.Store) {
	t.Helper()
	next, err := s.Renew(t.Context())
	if err != nil {
		t.Fatalf("renew: %v", err)
	}
	fill(t, next, "Modified", 3)
	if err := next.Take(t.Context()); err != nil {
		t.Fatalf("take: %v", err)
	}
	closed(t, next)
	if got := look(t, s); got != "3 Modified" {
		t.Errorf("%s", got)
	}
}

func TestInitMakesEverything(t *testing.T) {
	on := private(t)
	mirror, db := newName()+` "it's" mine`, newName()+` "of" 'mine'`
	setup := postgres.Setup{Role: mirror, Password: password}
	made, err := postgres.Init(t.Context(), on.URLOf("postgres", "", db), postgres.Options{}, setup)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"role " + mirror, "database " + db, "schema vulnmirror", "view public.cve_records"} {
		if !slices.Contains(made, want) {
			t.Errorf("%q does not have %q", made, want)
		}
	}
	if again, err := postgres.Init(t.Context(), on.URLOf("postgres", "", db), postgres.Options{}, setup); err != nil || len(again) > 0 {
		t.Errorf("the second time it made %q, %v", again, err)
	}
	s := open(t, on.URLOf(mirror, password, db), postgres.Options{})
	works(t, s)
	closed(t, s)
}

func TestOpenMakesTheDatabase(t *testing.T) {
	on := private(t)
	mirror := role(t, on)
	run(t, on, "postgres", `ALTER ROLE "`+mirror+`" CREATEDB`)
	s := open(t, on.URLOf(mirror, password, newName()), postgres.Options{})
	works(t, s)
	closed(t, s)
}

// TestNeedsSQL: whatever right is missing, what an administrator is told to run
// makes up for it.
func TestNeedsSQL(t *testing.T) {
	on := private(t)
	for what, prepare := range map[string]func(mirror, db string){
		"no database": func(string, string) {},
		"no CREATE":   func(_, db string) { run(t, on, "postgres", `CREATE DATABASE "`+db+`"`) },
		"no CONNECT": func(_, db string) {
			run(t, on, "postgres", `CREATE DATABASE "`+db+`"`, `REVOKE ALL ON DATABASE "`+db+`" FROM public`)
		},
		"schemas of others": func(_, db string) {
			run(t, on, "postgres", `CREATE DATABASE "`+db+`"`)
			run(t, on, db, "CREATE SCHEMA vulnmirror", "CREATE SCHEMA vulnmirror_a", "CREATE SCHEMA vulnmirror_b")
		},
	} {
		t.Run(what, func(t *testing.T) {
			mirror, db := role(t, on), newName()
			prepare(mirror, db)
			_, err := postgres.Open(t.Context(), on.URLOf(mirror, password, db), postgres.Options{})
			var needs *postgres.NeedsSQLError
			if !errors.As(err, &needs) {
				t.Fatalf("%v", err)
			}
			if !strings.Contains(err.Error(), db) || strings.Contains(err.Error()+needs.Next(), password) {
				t.Errorf("the error is %v\n%s", err, needs.Next())
			}
			psql(t, on, needs.SQL)
			psql(t, on, needs.SQL) // it may be run again
			s := open(t, on.URLOf(mirror, password, db), postgres.Options{})
			works(t, s)
			closed(t, s)
		})
	}
}

// psql carries out a script as an administrator would.
func psql(t *testing.T, on *pgserver.Server, script string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "psql", "-X", "-v", "ON_ERROR_STOP=1", "-q", on.URL("postgres"))
	c.Stdin = strings.NewReader(script)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("psql: %v\n%s\n%s", err, out, script)
	}
}

func TestScriptMakesEverything(t *testing.T) {
	on := private(t)
	mirror, db := role(t, on), newName()
	script, err := postgres.Script(on.URLOf("postgres", "", db), postgres.Setup{Role: mirror, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(script, password) {
		t.Error("the script shows the password")
	}
	psql(t, on, script)
	psql(t, on, script)
	// Nothing is left to be made that would need a right.
	run(t, on, db, "REVOKE CREATE ON SCHEMA public FROM \""+mirror+"\"")
	s := open(t, on.URLOf(mirror, password, db), postgres.Options{})
	works(t, s)
	closed(t, s)
}

// TestReadOnlyRole: SELECT is enough to answer, and stays granted when the
// content is replaced.
func TestReadOnlyRole(t *testing.T) {
	on := private(t)
	db := newName()
	writer := open(t, on.URLOf("postgres", "", db), postgres.Options{})
	defer closed(t, writer)
	fill(t, writer, "Received", 1)
	reader := role(t, on)
	url := on.URLOf(reader, password, db)
	_, err := postgres.Open(t.Context(), url, postgres.Options{ReadOnly: true})
	if err == nil || !strings.Contains(postgres.Explain(err), "GRANT") {
		t.Errorf("without rights: %v, %q", err, postgres.Explain(err))
	}
	run(t, on, db,
		`GRANT USAGE ON SCHEMA vulnmirror, vulnmirror_a, vulnmirror_b TO "`+reader+`"`,
		`GRANT SELECT ON ALL TABLES IN SCHEMA vulnmirror, vulnmirror_a, vulnmirror_b, public TO "`+reader+`"`)
	s := open(t, url, postgres.Options{ReadOnly: true})
	defer closed(t, s)
	for range 2 {
		next, err := writer.Renew(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		fill(t, next, "Modified", 3)
		if err := next.Take(t.Context()); err != nil {
			t.Fatal(err)
		}
		closed(t, next)
		if got := look(t, s); got != "3 Modified" {
			t.Error(got)
		}
		if got := asked(t, s, "SELECT count(*) FROM cve_records")[0][0]; got != int64(3) {
			t.Error(got)
		}
	}
	if _, err := s.Apply(t.Context(), &store.Batch{}); err == nil {
		t.Error("a read-only store was written to")
	}
}

func TestOpenReadOnlyWithoutMirror(t *testing.T) {
	if _, err := postgres.Open(t.Context(), database(t), postgres.Options{ReadOnly: true}); !errors.Is(err, store.ErrNoMirror) {
		t.Error(err)
	}
}

func TestNewerSchemaIsLeftAlone(t *testing.T) {
	url := database(t)
	closed(t, open(t, url, postgres.Options{}))
	program := connected(t, url)
	program.exec("UPDATE vulnmirror.service SET version = 99")
	for _, readOnly := range []bool{true, false} {
		if _, err := postgres.Open(t.Context(), url, postgres.Options{ReadOnly: readOnly}); !errors.Is(err, store.ErrTooNew) {
			t.Error(err)
		}
	}
	if got := program.text("SELECT version::text FROM vulnmirror.service"); got != "99" {
		t.Error(got)
	}
}

// TestOthersTablesStay: a table of the name that is there already is left alone.
func TestOthersTablesStay(t *testing.T) {
	url := database(t)
	program := connected(t, url)
	program.exec("CREATE TABLE cve_records (mine text)")
	program.exec("INSERT INTO cve_records VALUES ('here')")
	s := open(t, url, postgres.Options{})
	defer closed(t, s)
	fill(t, s, "Analyzed", 1)
	if got := program.text("SELECT mine FROM cve_records"); got != "here" {
		t.Error(got)
	}
	if got := program.text("SELECT count(*)::text FROM vulnmirror.cve_records"); got != "1" {
		t.Error(got)
	}
}

// TestManyOpenAtOnce: of programs that find nothing at the same time each makes
// the mirror or finds it made.
func TestManyOpenAtOnce(t *testing.T) {
	url := database(t)
	failed := make(chan error)
	for range 4 {
		go func() {
			s, err := postgres.Open(context.Background(), url, postgres.Options{})
			if err == nil {
				err = s.Close()
			}
			failed <- err
		}()
	}
	for range 4 {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
}
