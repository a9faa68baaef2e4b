package e2e

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"vulnmirror/testkit/mongoserver"
	"vulnmirror/testkit/pgserver"
	"vulnmirror/testkit/sim"
)

// stoppable is a database server of a test's own.
type stoppable interface {
	URL(database string) string
	Kill() error
	Restart() error
	Stop() error
}

// TestStoreServerStops stops a database server while a sync stores what it
// fetched: the sync fails and says why, and the next one completes.
func TestStoreServerStops(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, database string
		records        int
		start          func() (stoppable, error)
	}{
		{"PostgreSQL", "postgres", 3000, func() (stoppable, error) {
			s, err := pgserver.Start()
			if errors.Is(err, pgserver.ErrNone) && !pgserver.Required() {
				t.Skip(err)
			}
			return s, err
		}},
		{"MongoDB", "nvd", 60, func() (stoppable, error) {
			s, err := mongoserver.Start()
			if errors.Is(err, mongoserver.ErrNone) && !mongoserver.Required() {
				t.Skip(err)
			}
			return s, err
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			server, err := tc.start()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := server.Stop(); err != nil {
					t.Error(err)
				}
			})
			u := newUpstream(t, sim.Options{Seed: 95, Records: tc.records})
			d := newData(t, u.URL, "--set", "nvd.method=feeds", "--no-progress", "--db-timeout", "20s")
			stored := d
			stored.args = append(slices.Clone(d.args), "--store", server.URL(tc.database))

			r := stored.start(t, "sync")
			r.stderr.await("begin step=storing")
			if err := server.Kill(); err != nil {
				t.Fatal(err)
			}
			out := r.wait()
			if out.status != 1 || !strings.Contains(out.stderr, tc.database+" on ") {
				t.Errorf("exit status %d, and the database is not named:\n%s", out.status, tail(out.stderr))
			}
			if err := server.Restart(); err != nil {
				t.Fatal(err)
			}
			stored.args = append(slices.Clone(d.args), "--store", server.URL(tc.database)) // the address may be another
			stored.ok(t, "sync")
			same(t, "export", truth(u.Upstream), stored.export(t))
			stored.sound(t)
		})
	}
}

// TestStoreRefuses: what a server refuses is said in words that name the
// database and not the password.
func TestStoreRefuses(t *testing.T) {
	t.Parallel()
	database(t, "refusing")
	server, err := postgresServer()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Run(t.Context(), "refusing",
		"CREATE ROLE poor LOGIN PASSWORD 'hidden'", "REVOKE CREATE ON DATABASE refusing FROM PUBLIC", "REVOKE ALL ON SCHEMA public FROM PUBLIC"); err != nil {
		t.Fatal(err)
	}
	u := newUpstream(t, sim.Options{Seed: 96, Records: 10})
	d := newData(t, u.URL, "--set", "nvd.method=feeds", "--db-timeout", "5s")
	for name, tc := range map[string]struct {
		store string
		want  []string
	}{
		"missing right": {server.URLOf("poor", "hidden", "refusing"), []string{"refusing on ", "CREATE SCHEMA"}},
		"nobody there":  {"postgres://mirror:hidden@127.0.0.1:1/nvd", []string{"nvd on 127.0.0.1:1", "see whether the server runs"}},
		"no MongoDB":    {"mongodb://mirror:hidden@127.0.0.1:1/nvd", []string{"nvd on 127.0.0.1:1"}},
	} {
		out := d.run(t, "sync", "--store", tc.store)
		if out.status != 1 || strings.Contains(out.stderr+out.stdout, "hidden") {
			t.Errorf("%s: exit status %d, or the password was shown:\n%s", name, out.status, tail(out.stderr))
		}
		for _, want := range tc.want {
			if !strings.Contains(out.stderr, want) {
				t.Errorf("%s: %q is not said:\n%s", name, want, tail(out.stderr))
			}
		}
	}
	if _, err := os.Stat(d.dir + "/nvd-cve/raw"); err == nil {
		t.Error("something was fetched that could not be stored")
	}
}
