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
	q := query{u}
	fillPlace(u, q, environ)
	if name := environ("DB_NAME"); name != "" && strings.Trim(u.Path, "/") == "" && !q.has("dbname") && !q.has("database") {
		u.Path, u.RawPath = "/"+name, ""
	}
	if u.User.Username() == "" && !q.has("user") {
		if user := environ("DB_USER"); user != "" {
			q.add("user", user)
		}
	}
	if _, given := u.User.Password(); !given && !q.has("password") {
		if password := environ("DB_PASSWORD"); password != "" {
			q.add("password", password)
		}
	}
	return u.String(), nil
}

// fillPlace fills in host and port. A host that is a path is the folder of a
// socket, which has no place before the database in a URL.
func fillPlace(u *url.URL, q query, environ func(string) string) {
	host, port := environ("DB_HOST"), environ("DB_PORT")
	if u.Hostname() == "" && !q.has("host") && host != "" {
		if strings.HasPrefix(host, "/") {
			q.add("host", host)
		} else {
			u.Host = joined(host, u.Port())
		}
	}
	if u.Port() == "" && !q.has("port") && port != "" && !strings.Contains(u.Host, ",") {
		q.add("port", port)
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

// query is the part of a URL after the question mark. PostgreSQL takes a plus
// sign for itself, where package net/url takes it for a space.
type query struct{ *url.URL }

func (q query) has(key string) bool {
	for part := range strings.SplitSeq(q.RawQuery, "&") {
		name, _, _ := strings.Cut(part, "=")
		if name, err := url.PathUnescape(name); err == nil && name == key {
			return true
		}
	}
	return false
}

func (q query) add(key, value string) {
	if q.RawQuery != "" {
		q.RawQuery += "&"
	}
	q.RawQuery += key + "=" + strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
}
