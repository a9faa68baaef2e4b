package fetch

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"vulnmirror/progress"
)

// Config says how to behave towards upstream. A zero field means its default.
type Config struct {
	// UserAgent names the product to upstream. Default "vulnmirror".
	UserAgent string
	// Upstream is the base URL that stands in for the Internet: a request for
	// https://HOST/PATH goes to Upstream/HOST/PATH. Rates, keys and concurrency
	// still follow HOST. Empty: requests go where their URL says.
	Upstream string

	// Rates holds the rate of each host, by the host of the original URL.
	Rates map[string]Rate
	// DefaultRate is for all other hosts. The zero Rate is unlimited.
	DefaultRate Rate
	// PerHost is how many requests to one host may be under way at once.
	// Default 4.
	PerHost int
	// Ledger is the folder that keeps send times, so that the rolling window
	// holds across restarts and processes. Empty: it holds in this Client only.
	// Windows under a second are never written down.
	Ledger string

	// Keys holds secret headers by the host of the original URL. They go to
	// that host (or its stand-in behind Upstream) only, and never into a
	// redirect to another host, a log, an error or a file.
	Keys map[string]http.Header

	// Attempts bounds the attempts of one request. Default 8.
	Attempts int
	// Backoff is the delay before the second attempt; it doubles with each
	// further one, and is jittered by half. Default 6s.
	Backoff time.Duration
	// MaxBackoff bounds the delay, and what a server may ask for by
	// Retry-After. Default 5 min.
	MaxBackoff time.Duration
	// MaxElapsed bounds the time one request may take with all its attempts,
	// not counting what it waited for its turn. Default 1 h.
	MaxElapsed time.Duration
	// RetryAfterFloor is the least wait when a server sends Retry-After.
	// Default Backoff.
	RetryAfterFloor time.Duration

	// ConnectTimeout bounds dialling and, again, the TLS handshake. Default 30s.
	ConnectTimeout time.Duration
	// HeaderTimeout bounds the wait for the head of an answer. Default 2 min.
	HeaderTimeout time.Duration
	// IdleTimeout is how long a body may deliver no byte. Default 60s.
	IdleTimeout time.Duration
	// MaxContent bounds the unpacked bytes of one body: a guard against
	// compression bombs. Default 8 GiB.
	MaxContent int64

	// CAFile names a PEM file of certificate authorities to trust besides the
	// system's.
	CAFile string
	// Transport replaces the network, for tests. nil: the real one, with the
	// proxies of the environment.
	Transport http.RoundTripper

	Logger *slog.Logger   // nil: no log
	Meter  progress.Meter // nil: progress.Silent
}

func (c Config) withDefaults() Config {
	if c.UserAgent == "" {
		c.UserAgent = "vulnmirror"
	}
	if c.PerHost <= 0 {
		c.PerHost = 4
	}
	if c.Attempts <= 0 {
		c.Attempts = 8
	}
	if c.MaxContent <= 0 {
		c.MaxContent = 8 << 30
	}
	orDefault(&c.Backoff, 6*time.Second)
	orDefault(&c.MaxBackoff, 5*time.Minute)
	orDefault(&c.MaxElapsed, time.Hour)
	orDefault(&c.RetryAfterFloor, c.Backoff)
	orDefault(&c.ConnectTimeout, 30*time.Second)
	orDefault(&c.HeaderTimeout, 2*time.Minute)
	orDefault(&c.IdleTimeout, time.Minute)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Meter == nil {
		c.Meter = progress.Silent
	}
	return c
}

func orDefault(d *time.Duration, value time.Duration) {
	if *d <= 0 {
		*d = value
	}
}

// checkKeys refuses header values that HTTP cannot carry, without naming them.
func checkKeys(keys map[string]http.Header) error {
	for host, header := range keys {
		for name, values := range header {
			for _, v := range values {
				if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r > '~' }) {
					return fmt.Errorf("the secret header %s for %s holds a character that HTTP cannot carry; look for a stray line break or quote", name, host)
				}
			}
		}
	}
	return nil
}

// network is the real transport: proxies from the environment, HTTP/2, and no
// hand of its own on the encoding of bodies.
func (c Config) network() (*http.Transport, error) {
	roots, err := c.roots()
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: c.ConnectTimeout}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   c.ConnectTimeout,
		ResponseHeaderTimeout: c.HeaderTimeout,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConnsPerHost:   c.PerHost,
		ForceAttemptHTTP2:     true,
		HTTP2:                 &http.HTTP2Config{SendPingTimeout: c.IdleTimeout / 2, PingTimeout: c.IdleTimeout / 2},
		DisableCompression:    true,
	}, nil
}

// roots is nil, meaning the system's, unless CAFile adds to them.
func (c Config) roots() (*x509.CertPool, error) {
	if c.CAFile == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, fmt.Errorf("reading the CA file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("reading the system's certificate authorities: %w", err)
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("CA file %s holds no PEM certificate", c.CAFile)
	}
	return pool, nil
}

func parseUpstream(s string) (*url.URL, error) {
	if s == "" {
		return nil, nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("upstream %q is no base URL; write for example http://127.0.0.1:8080", s)
	}
	return u, nil
}
