package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"time"
)

// ErrNotModified says that what the request's validators describe is current
// (status 304).
var ErrNotModified = errors.New("not modified")

// StatusError is a final answer that is neither a body nor ErrNotModified.
type StatusError struct {
	URL     string
	Status  int
	Message string // the answer's `message` header, where NVD puts its reason
	Snippet string // the beginning of the answer's text

	host       string // that answered, after redirects
	retryAfter string
	date       time.Time
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("GET %s: %d %s", e.URL, e.Status, http.StatusText(e.Status))
	switch {
	case e.Message != "":
		return text + ": " + e.Message
	case e.Snippet != "":
		return fmt.Sprintf("%s: %q", text, e.Snippet)
	}
	return text
}

// transient says whether the same request may succeed later. NVD refuses for
// load with 403 as well as 429; only when its message names the key is the
// answer meant as it stands. 520 to 527 come from the CDN in front of an origin.
func (e *StatusError) transient() bool {
	switch e.Status {
	case http.StatusForbidden:
		return !e.namesKey()
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	noBody := e.Status < 300 // a success that brings none
	return noBody || e.Status >= 500
}

func (e *StatusError) namesKey() bool {
	return strings.Contains(strings.ToLower(e.Message), "apikey")
}

// ContentError says that upstream answered, but every attempt gave a body that
// is not what was asked for.
type ContentError struct {
	URL    string
	Reason error  // why the last body was refused
	Part   string // the file with the last bad body; "" when it was not kept
}

func (e *ContentError) Error() string { return fmt.Sprintf("GET %s: bad body: %v", e.URL, e.Reason) }

// Unwrap gives the reason.
func (e *ContentError) Unwrap() error { return e.Reason }

// badBody is one attempt's ContentError.
type badBody struct {
	reason error
	kept   bool // the body is what the transfer holds
}

func (e *badBody) Error() string { return "bad body: " + e.reason.Error() }
func (e *badBody) Unwrap() error { return e.reason }

// localError is trouble on this machine, which asking upstream again cannot
// mend.
type localError struct{ err error }

func (e *localError) Error() string { return e.err.Error() }
func (e *localError) Unwrap() error { return e.err }

var (
	errEmpty    = errors.New("empty body")
	errStalled  = errors.New("the body stalled")
	errTooLong  = errors.New("the body took too long")
	errTooLarge = errors.New("the body is larger than allowed")
	errRange    = errors.New("the server could not continue the partial file; starting anew")
)

// transient says whether another attempt may do better. Trouble of unknown kind
// may: most of it is the network's.
func transient(err error) bool {
	if status, ok := errors.AsType[*StatusError](err); ok {
		return status.transient()
	}
	for _, final := range []error{ErrNotModified, errTooLarge, errTooManyRedirects, errDowngrade, context.Canceled} {
		if errors.Is(err, final) {
			return false
		}
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return !dns.IsNotFound
	}
	return !isA[*localError](err) && !isA[*fs.PathError](err) &&
		!isA[*tls.CertificateVerificationError](err) && !strings.Contains(err.Error(), proxyRefused)
}

// net/http has no error value for a proxy that wants a password.
const proxyRefused = "Proxy Authentication Required"

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
