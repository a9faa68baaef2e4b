package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// compose stacks what every single request passes through, outermost first.
// Everything above toUpstream sees the original URL, so keys, lanes and rates
// follow the host that was meant, also for each hop of a redirect.
func compose(c Config, hosts *hosts, upstream *url.URL, base http.RoundTripper) http.RoundTripper {
	t := base
	if upstream != nil {
		t = toUpstream{base: upstream, next: t}
	}
	t = pacing{hosts: hosts, next: t}
	t = lanes{hosts: hosts, next: t}
	t = keys{byHost: canonicalKeys(c.Keys), next: t}
	return userAgent{name: c.UserAgent, next: t}
}

type userAgent struct {
	name string
	next http.RoundTripper
}

func (t userAgent) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Header.Get("User-Agent") == "" {
		req = req.Clone(req.Context())
		req.Header.Set("User-Agent", t.name)
	}
	return t.next.RoundTrip(req)
}

// keys adds the secret headers of a host below the point where redirects are
// followed, so that no redirect can carry them elsewhere.
type keys struct {
	byHost map[string]http.Header
	next   http.RoundTripper
}

func canonicalKeys(keys map[string]http.Header) map[string]http.Header {
	byHost := make(map[string]http.Header, len(keys))
	for host, header := range keys {
		canonical := http.Header{}
		for name, values := range header {
			for _, v := range values {
				canonical.Add(name, v)
			}
		}
		byHost[canonicalHost(host)] = canonical
	}
	return byHost
}

func (t keys) RoundTrip(req *http.Request) (*http.Response, error) {
	if secret := t.byHost[canonicalHost(req.URL.Host)]; len(secret) > 0 {
		req = req.Clone(req.Context())
		for name, values := range secret {
			req.Header[name] = values
		}
	}
	return t.next.RoundTrip(req)
}

// lanes bounds the requests to a host that are under way, bodies included.
type lanes struct {
	hosts *hosts
	next  http.RoundTripper
}

func (t lanes) RoundTrip(req *http.Request) (*http.Response, error) {
	lane := t.hosts.get(req.URL.Host).lanes
	trip := tripOf(req.Context())
	arrived := time.Now()
	select {
	case lane <- struct{}{}:
	case <-req.Context().Done():
		return nil, context.Cause(req.Context())
	}
	trip.waited(time.Since(arrived))
	free := sync.OnceFunc(func() { <-lane })
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		free()
		return nil, err
	}
	if resp.Body == nil {
		resp.Body = http.NoBody
	}
	resp.Body = laneBody{resp.Body, free}
	return resp, nil
}

type laneBody struct {
	io.ReadCloser
	free func()
}

func (b laneBody) Close() error {
	defer b.free()
	return b.ReadCloser.Close()
}

// pacing sends a request when its host's window allows. When finding a
// connection took so long that the start just counted no longer tells when the
// server sees the request, it waits for another.
type pacing struct {
	hosts *hosts
	next  http.RoundTripper
}

func (t pacing) RoundTrip(req *http.Request) (*http.Response, error) {
	limiter := t.hosts.get(req.URL.Host).limiter
	trip := tripOf(req.Context())
	arrived := time.Now()
	if err := limiter.wait(req.Context()); err != nil {
		return nil, err
	}
	started := time.Now()
	trip.waited(started.Sub(arrived))
	trip.counters.requests.Add(1)
	if limiter.rate.Requests <= 0 {
		return t.next.RoundTrip(req)
	}
	var late error
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) {
			if connected := time.Now(); connected.Sub(started) > limiter.slack() {
				late = limiter.wait(req.Context())
				started = time.Now()
				trip.waited(started.Sub(connected))
			}
		},
	})
	resp, err := t.next.RoundTrip(req.WithContext(ctx))
	if err == nil && late != nil {
		return nil, errors.Join(late, resp.Body.Close())
	}
	return resp, err
}

// trip is what one attempt learns on its way through the layers.
type trip struct {
	counters *counters
	queued   atomic.Int64 // ns waited for turns
}

func (t *trip) waited(d time.Duration) {
	t.queued.Add(int64(d))
	t.counters.waited.Add(int64(d))
}

type tripKey struct{}

func withTrip(ctx context.Context, t *trip) context.Context {
	return context.WithValue(ctx, tripKey{}, t)
}

func tripOf(ctx context.Context) *trip { return ctx.Value(tripKey{}).(*trip) }

// hosts holds the lanes and the limiter of every host met so far.
type hosts struct {
	config Config
	rates  map[string]Rate
	mu     sync.Mutex
	byName map[string]*host
}

type host struct {
	lanes   chan struct{}
	limiter *limiter
}

func newHosts(c Config) *hosts {
	rates := make(map[string]Rate, len(c.Rates))
	for name, r := range c.Rates {
		rates[canonicalHost(name)] = r
	}
	return &hosts{config: c, rates: rates, byName: make(map[string]*host)}
}

func (h *hosts) get(name string) *host {
	name = canonicalHost(name)
	h.mu.Lock()
	defer h.mu.Unlock()
	if known, ok := h.byName[name]; ok {
		return known
	}
	rate, ok := h.rates[name]
	if !ok {
		rate = h.config.DefaultRate
	}
	var book *ledger
	// Shorter windows are over before another process could have started.
	if h.config.Ledger != "" && rate.Window >= time.Second {
		book = newLedger(h.config.Ledger, name)
	}
	met := &host{lanes: make(chan struct{}, h.config.PerHost), limiter: newLimiter(rate, book)}
	h.byName[name] = met
	return met
}

func canonicalHost(host string) string {
	return strings.TrimSuffix(strings.ToLower(host), ":443")
}
