// Package fetch is polite HTTP: it gets bodies from upstream whole and proven,
// at a rate upstream allows, however badly upstream behaves.
//
// What one request passes through is composed in New, in transport.go: a user
// agent, the host's secret header, a bound on requests under way, the rolling
// window, and the stand-in for the Internet. Above that, retry.go tries again
// what may succeed later, and transfer.go is one attempt at one body.
package fetch

import (
	"fmt"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"vulnmirror/progress"
)

// Client sends requests. It is safe for concurrent use.
type Client struct {
	*shared
	meter    progress.Meter
	counters *counters
	// relocated are the operator's addresses, by the names of locations.
	relocated map[string]string
}

// shared is what all scopes of a client have in common.
type shared struct {
	config Config
	http   *http.Client
	hosts  *hosts
	secret secrets
	idle   func() // closes idle connections
}

// New returns a client, or an error when the configuration cannot work: an
// upstream that is no URL, a CA file without certificates, a key that HTTP
// cannot carry, a ledger folder that cannot be made.
func New(c Config) (*Client, error) {
	c = c.withDefaults()
	upstream, err := parseUpstream(c.Upstream)
	if err != nil {
		return nil, err
	}
	if err := checkKeys(c.Keys); err != nil {
		return nil, err
	}
	if c.Ledger != "" {
		if err := os.MkdirAll(c.Ledger, 0o755); err != nil {
			return nil, fmt.Errorf("making the folder for send times: %w", err)
		}
	}
	s := &shared{config: c, hosts: newHosts(c), secret: newSecrets(c.Keys, upstream), idle: func() {}}
	base := c.Transport
	if base == nil {
		network, err := c.network()
		if err != nil {
			return nil, err
		}
		base, s.idle = network, network.CloseIdleConnections
	}
	s.http = &http.Client{
		Transport:     compose(c, s.hosts, upstream, base),
		CheckRedirect: checkRedirect,
	}
	return &Client{shared: s, meter: c.Meter, counters: new(counters)}, nil
}

// Scope returns a client with the same connections, limits and ledger, but a
// tally that starts at nothing and the given meter (nil: none).
func (c *Client) Scope(m progress.Meter) *Client {
	if m == nil {
		m = progress.Silent
	}
	return &Client{shared: c.shared, meter: m, counters: new(counters), relocated: c.relocated}
}

// Meter returns the meter downloads are shown on.
func (c *Client) Meter() progress.Meter { return c.meter }

// CloseIdleConnections closes the connections no request is using.
func (c *Client) CloseIdleConnections() { c.idle() }

// Tally is what a scope has done.
type Tally struct {
	Requests int64         // sent, with retries, redirects and continuations
	Retries  int64         // attempts after the first of a request
	Bytes    int64         // of bodies, as they came over the wire
	Waited   time.Duration // for turns and between attempts, summed over requests
}

// Tally returns the counts since the scope began.
func (c *Client) Tally() Tally {
	return Tally{
		Requests: c.counters.requests.Load(),
		Retries:  c.counters.retries.Load(),
		Bytes:    c.counters.bytes.Load(),
		Waited:   time.Duration(c.counters.waited.Load()),
	}
}

type counters struct{ requests, retries, bytes, waited atomic.Int64 }
