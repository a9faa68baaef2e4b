package postgres

import (
	"errors"
	"net"
	"net/url"
	"strings"
)

// URL is the URL of a database with what it leaves out filled in from the
// variables DB_HOST, DB_PORT, DB_NAME, DB_USER and DB_PASSWORD, as environ tells
// them ("" for one that is not set). What is in the URL stands. What neither has
// is left to PostgreSQL's own variables (PGHOST, …) and ~/.pgpass when it is
// opened. The error does not repeat the URL, which may hold a password.
func URL(text string, environ func(name string) string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return "", unreadable()
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "", unreadable()
	}
	fillPlace(u, q, environ)
	if name := environ("DB_NAME"); name != "" && strings.Trim(u.Path, "/") == "" && !q.Has("dbname") && !q.Has("database") {
		u.Path, u.RawPath = "/"+name, ""
	}
	if u.User.Username() == "" && !q.Has("user") {
		if user := environ("DB_USER"); user != "" {
			q.Set("user", user)
		}
	}
	if _, given := u.User.Password(); !given && !q.Has("password") {
		if password := environ("DB_PASSWORD"); password != "" {
			q.Set("password", password)
		}
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// fillPlace fills in host and port. A host that is a path is the folder of a
// socket, which has no place before the database in a URL.
func fillPlace(u *url.URL, q url.Values, environ func(string) string) {
	host, port := environ("DB_HOST"), environ("DB_PORT")
	if u.Hostname() == "" && !q.Has("host") && host != "" {
		if strings.HasPrefix(host, "/") {
			q.Set("host", host)
		} else {
			u.Host = joined(host, u.Port())
		}
	}
	if u.Port() == "" && !q.Has("port") && port != "" && !strings.Contains(u.Host, ",") {
		q.Set("port", port)
	}
}

func joined(host, port string) string {
	if port != "" {
		return net.JoinHostPort(host, port)
	}
	if strings.Contains(host, ":") { // IPv6
		return "[" + host + "]"
	}
	return host
}

// unreadable does not repeat the URL, as others' errors do: in one that cannot
// be read nobody can tell where a password ends.
func unreadable() error {
	return &Fault{
		err:  errors.New("the URL of the database cannot be read; it is not shown since it may hold a password"),
		next: "a URL is postgres://USER:PASSWORD@HOST:PORT/DATABASE; characters such as @ : / ? # % in a password are written as %40 %3A %2F %3F %23 %25, or the password is given as DB_PASSWORD",
	}
}
