package postgres_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"vulnmirror/store/postgres"
)

func TestURL(t *testing.T) {
	all := map[string]string{"DB_HOST": "db.example.org", "DB_PORT": "5433", "DB_NAME": "n v/d", "DB_USER": "us er", "DB_PASSWORD": "p@s+s w%rd"}
	for _, c := range []struct {
		url                            string
		environ                        map[string]string
		host, database, user, password string
		port                           uint16
	}{
		{"postgres://", all, "db.example.org", "n v/d", "us er", "p@s+s w%rd", 5433},
		{"postgres:///", all, "db.example.org", "n v/d", "us er", "p@s+s w%rd", 5433},
		{"postgresql://a:b@h:1/d", all, "h", "d", "a", "b", 1},
		{"postgres://a@h/d", all, "h", "d", "a", "p@s+s w%rd", 5433},
		{"postgres://h:9", all, "h", "n v/d", "us er", "p@s+s w%rd", 9},
		{"postgres:///d?host=/run/pg&user=a&password=b+c&port=7", all, "/run/pg", "d", "a", "b+c", 7},
		{"postgres:///?dbname=d", map[string]string{"DB_HOST": "/run/pg", "DB_NAME": "x", "DB_USER": "a"}, "/run/pg", "d", "a", "", 5432},
		{"postgres://a@/d", map[string]string{"DB_HOST": "::1"}, "::1", "d", "a", "", 5432},
	} {
		got, err := postgres.URL(c.url, func(name string) string { return c.environ[name] })
		if err != nil {
			t.Errorf("%s: %v", c.url, err)
			continue
		}
		config, err := pgx.ParseConfig(got)
		if err != nil {
			t.Errorf("%s: %v", c.url, err)
			continue
		}
		if config.Host != c.host || config.Port != c.port || config.Database != c.database || config.User != c.user || config.Password != c.password {
			t.Errorf("%s is %s: host %q, port %d, database %q, user %q, password %q", c.url, got, config.Host, config.Port, config.Database, config.User, config.Password)
		}
		if place := postgres.Place(got); c.password != "" && c.password != "b" && strings.Contains(place, c.password) {
			t.Errorf("%s is called %s", c.url, place)
		}
	}
}

// TestUnreadableURLsAreNotShown: what cannot be read may hold a password anywhere.
func TestUnreadableURLsAreNotShown(t *testing.T) {
	for _, u := range []string{
		"postgres://user:secret%@h/d", "postgres://user:se/cret@h/d", "postgres://user:secret@h:port/d", "postgres://user:secret@h/d?sslmode=secret",
		"postgres://user@h/d?password=secret%", "host=h password='secret", "mysql://user:secret@h/d", "postgres://user:secret@h/d?sslrootcert=/secret",
	} {
		_, err := postgres.Open(t.Context(), u, postgres.Options{})
		filled, ferr := postgres.URL(u, func(string) string { return "" })
		_, ierr := postgres.Init(t.Context(), u, postgres.Options{}, postgres.Setup{})
		_, serr := postgres.Script(u, postgres.Setup{})
		for _, err := range []error{err, ferr, ierr, serr} {
			if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "cret@")) {
				t.Errorf("%s (%s): %v", u, filled, err)
			}
		}
		if err == nil {
			t.Errorf("%s was opened", u)
		}
		if place := postgres.Place(u); strings.Contains(place, "secret") {
			t.Errorf("%s is called %s", u, place)
		}
	}
}

func FuzzURL(f *testing.F) {
	f.Add("postgres://a:b@h:1/d?x=y", "host", "secret")
	f.Add("postgres:///?password=a+b", "/run", "p%")
	f.Fuzz(func(t *testing.T, text, host, secret string) {
		environ := func(name string) string {
			return map[string]string{"DB_HOST": host, "DB_PASSWORD": secret, "DB_USER": "u"}[name]
		}
		got, err := postgres.URL(text, environ)
		if err != nil {
			if len(text) > 12 && strings.Contains(err.Error(), text) {
				t.Errorf("the error shows %q", text)
			}
			return
		}
		if _, err := url.Parse(text); err != nil {
			t.Errorf("%q was taken", text)
		}
		again, err := postgres.URL(got, environ)
		if err == nil && again != got {
			t.Errorf("%q became %q, then %q", text, got, again)
		}
		_ = postgres.Place(got) // does not panic
	})
}
