package mongo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"

	"vulnmirror/store"
)

// Codes of errors (MongoDB, src/mongo/base/error_codes.yml).
const (
	codeIndexNotFound     = 27
	codeCannotCreateIndex = 67
	codeNamespaceNotFound = 26
	codeUnauthorized      = 13
	codeAuthentication    = 18
	codeDiskFull          = 14031
)

// Fault is an error of a database with its place and the next thing to do.
type Fault struct {
	what, place string
	err         error
	next        string
}

func (f *Fault) Error() string { return fmt.Sprintf("%s (%s): %v", f.what, f.place, f.err) }

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.err }

// Next is what to do about it, or "".
func (f *Fault) Next() string { return f.next }

// fail says where err came from and what to do. nil stays nil, and what was said
// once is not said again.
func (s *Store) fail(what string, err error) error {
	switch known := (*Fault)(nil); {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("%s: %w", what, err)
	case errors.As(err, &known):
		return fmt.Errorf("%s: %w", what, err)
	}
	text, next := s.explain(err)
	if text != "" {
		err = fmt.Errorf("%s: %w", text, err)
	}
	return &Fault{what: what, place: Place(s.url), err: redact(err, s.secrets), next: next}
}

// explain says in words what an error means and what to do, as far as that is
// known.
func (s *Store) explain(err error) (text, next string) {
	var told mongo.ServerError
	answered := errors.As(err, &told)
	switch {
	case answered && told.HasErrorCode(codeAuthentication), strings.Contains(err.Error(), "AuthenticationFailed"), strings.Contains(err.Error(), "auth error"):
		return "the server refuses the user name or the password", "check both; authSource in the URL names the database that knows the user"
	case answered && told.HasErrorCode(codeUnauthorized):
		return "the user lacks a right", fmt.Sprintf("give it the role readWrite on database %s, and for rebuild on %s", s.db.Name(), besideName(s.db.Name()))
	case answered && told.HasErrorCode(codeDiskFull):
		return "the server has no room left", "make room on it; nothing of the last batch is to be seen, and the same command goes on"
	case mongo.IsTimeout(err), errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("no answer within %v", s.options.Timeout), "see whether the server runs and can be reached; store.timeout is how long it is waited for, and the same command goes on"
	case mongo.IsNetworkError(err):
		return "the connection to the server was lost", "nothing of the last batch is to be seen; the same command goes on once the server answers again"
	}
	return "", ""
}

// redacted is an error whose text does not show secrets.
type redacted struct {
	err  error
	text string
}

func (r *redacted) Error() string { return r.text }
func (r *redacted) Unwrap() error { return r.err }

func redact(err error, secrets []string) error {
	clean := err.Error()
	for _, secret := range secrets {
		clean = strings.ReplaceAll(clean, secret, "xxxxx")
	}
	if clean == err.Error() {
		return err
	}
	return &redacted{err, clean}
}

// secretsOf are the spellings of what must not be shown.
func secretsOf(c *connstring.ConnString) []string {
	var out []string
	for _, secret := range []string{c.Password} {
		if secret != "" {
			out = append(out, secret, url.QueryEscape(secret), url.PathEscape(secret))
		}
	}
	return out
}
