package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
)

// Explain is one line of advice for err: what it most likely means and what to
// do. It is empty when there is nothing to add.
func Explain(err error) string {
	if status, ok := errors.AsType[*StatusError](err); ok {
		return status.explain()
	}
	switch {
	case err == nil, errors.Is(err, ErrNotModified), errors.Is(err, context.Canceled):
		return ""
	case errors.Is(err, errTooLarge):
		return "upstream sent far more than this resource should be; nothing of it was used"
	case errors.Is(err, errDowngrade):
		return "upstream, or something between, redirects to plain http; a login page of the local network does that"
	case errors.Is(err, syscall.ENOSPC):
		return "the disk is full; make room and run the same command again, it continues"
	case errors.Is(err, os.ErrPermission):
		return "this user may not write there; check who owns the data folder"
	case isA[*ContentError](err):
		return "upstream or a proxy between answers with something else than the data; what is held stays in use, run again later"
	case strings.Contains(err.Error(), proxyRefused):
		return "the proxy wants a user and a password: HTTPS_PROXY=http://user:password@host:port"
	case strings.Contains(err.Error(), "proxyconnect"):
		return "the proxy cannot be reached; check HTTPS_PROXY, HTTP_PROXY and NO_PROXY"
	}
	return explainNetwork(err)
}

func (e *StatusError) explain() string {
	message := strings.ToLower(e.Message)
	dated := strings.Contains(e.URL, "StartDate=") || strings.Contains(e.URL, "EndDate=")
	switch {
	case e.namesKey():
		return "NVD refuses the API key: check NVD_API_KEY, or unset it to go on at the slower rate without a key"
	case strings.Contains(message, "resultsperpage"):
		return "NVD allows fewer records a page than were asked for"
	case e.Status == http.StatusNotFound && dated && (message == "" || strings.Contains(message, "date")):
		return "NVD refuses the dates: both ends are needed and a window may have 120 days at most"
	case e.Status == http.StatusNotFound && e.Message != "":
		return "NVD refuses a parameter, for the reason given; this is no answer about the data"
	case e.Status == http.StatusNotFound:
		return "upstream has nothing at this address; check the spelling, and --upstream if set"
	case e.Status == http.StatusForbidden, e.Status == http.StatusTooManyRequests:
		return "upstream refuses this address for now, mostly for too many requests; wait some minutes, share one mirror per network, or use an API key"
	case e.Status == http.StatusProxyAuthRequired:
		return "the proxy wants a user and a password: HTTPS_PROXY=http://user:password@host:port"
	case e.Status >= 500:
		return "upstream is overloaded or down; run the same command later, it continues"
	}
	return ""
}

func explainNetwork(err error) string {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return "the name " + dns.Name + " cannot be looked up; check DNS, or set HTTPS_PROXY if only a proxy reaches the Internet"
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return "the server's certificate is out of date, or this machine's clock is wrong"
	}
	if isA[x509.UnknownAuthorityError](err) {
		return "nobody trusted here signed the server's certificate; if a proxy inspects TLS, name its CA file in http.ca_file"
	}
	if isA[*tls.CertificateVerificationError](err) {
		return "the server's certificate is not good for its name; something between may be answering in its place"
	}
	var timeout net.Error
	switch {
	case errors.Is(err, errStalled), errors.Is(err, errTooLong), errors.As(err, &timeout) && timeout.Timeout():
		return "upstream is too slow; run the same command again, it continues, or raise the http timeouts"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there; check --upstream, or a proxy or firewall between"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "there is no way to the network from here"
	}
	return ""
}
