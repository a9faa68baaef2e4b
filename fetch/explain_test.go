package fetch

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestExplain(t *testing.T) {
	for advice, err := range map[string]error{
		"120 days":                &StatusError{Status: 404, URL: api + "?lastModStartDate=2025-01-01"},
		"fewer records":           &StatusError{Status: 404, Message: "resultsPerPage parameter cannot exceed 2000."},
		"refuses this address":    &StatusError{Status: 403},
		"too many requests":       &StatusError{Status: 429},
		"overloaded":              &StatusError{Status: 524},
		"wants a user":            &StatusError{Status: 407},
		"a user and a password":   errors.New(proxyRefused),
		"proxy cannot be reached": &net.OpError{Op: "proxyconnect", Err: syscall.ECONNREFUSED},
		"disk is full":            &os.PathError{Op: "write", Err: syscall.ENOSPC},
		"may not write":           &os.PathError{Op: "open", Err: syscall.EACCES},
		"something else than":     &ContentError{Reason: errEmpty},
		"plain http":              errDowngrade,
		"far more":                &ContentError{Reason: fmt.Errorf("x: %w", errTooLarge)},
		"nvd.nist.gov cannot be":  &net.DNSError{Name: "nvd.nist.gov", IsNotFound: true},
		"clock is wrong":          x509.CertificateInvalidError{Reason: x509.Expired},
		"http.ca_file":            &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}},
		"not good for its name":   &tls.CertificateVerificationError{Err: x509.HostnameError{}},
		"too slow":                errStalled,
		"raise the http timeouts": &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded},
		"nothing listens":         syscall.ECONNREFUSED,
		"no way to the network":   syscall.ENETUNREACH,
	} {
		err = fmt.Errorf("source nvd-cve: %w", err)
		if got := Explain(err); !strings.Contains(got, advice) || strings.Contains(got, "\n") {
			t.Errorf("%v: %q, want something with %q", err, got, advice)
		}
	}
	for _, err := range []error{nil, ErrNotModified, errors.New("else")} {
		if got := Explain(err); got != "" {
			t.Errorf("%v: %q", err, got)
		}
	}
}
