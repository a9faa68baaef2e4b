package mongo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"
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

// fail is err with what was done and, where it is known, what to do about it.
func (s *Store) fail(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, redact(s.explain(err), s.secrets))
}

func (s *Store) explain(err error) error {
	var told mongo.ServerError
	answered := errors.As(err, &told)
	switch {
	case answered && told.HasErrorCode(codeAuthentication), strings.Contains(err.Error(), "AuthenticationFailed"), strings.Contains(err.Error(), "auth error"):
		return fmt.Errorf("the server refuses the user name or the password (authSource in the address names the database that knows the user): %w", err)
	case answered && told.HasErrorCode(codeUnauthorized):
		return fmt.Errorf("the user lacks a right; what is needed is the role readWrite on database %s, and for rebuild on %s: %w", s.db.Name(), besideName(s.db.Name()), err)
	case answered && told.HasErrorCode(codeDiskFull):
		return fmt.Errorf("the server has no room left: %w", err)
	case mongo.IsTimeout(err), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("no answer within %v: %w", s.options.Timeout, err)
	case mongo.IsNetworkError(err):
		return fmt.Errorf("the connection to the server was lost: %w", err)
	}
	return err
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
