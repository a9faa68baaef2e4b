package nvd

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"

	format "vulnmirror/format/nvd"

	"vulnmirror/fetch"
)

// DefaultBaseURL is the NVD's own API.
const DefaultBaseURL = "https://services.nvd.nist.gov"

// ErrNotFound says that the server has no such record.
var ErrNotFound = errors.New("no such record")

// Options says whom to ask and how. The zero Options asks the NVD without a key.
type Options struct {
	// BaseURL is where the server's /rest/json is, e.g. http://mirror:8080 for
	// a vulnmirror. Default DefaultBaseURL.
	BaseURL string
	// APIKey is sent to that server only. The NVD hands them out at
	// https://nvd.nist.gov/developers/request-an-api-key; with one it answers
	// ten times as often.
	APIKey string
	// Rate bounds how often the server is asked. The zero Rate means what the
	// NVD allows, 5 requests in any 30 seconds, or 50 with a key, and no bound
	// for other servers.
	Rate fetch.Rate
	// UserAgent names the calling program to the server. Default "vulnmirror".
	UserAgent string
	// Ledger is a folder that keeps the times of requests, so that several
	// programs and restarts together keep to Rate. Default: each Client by
	// itself.
	Ledger string
	// Fetch is used as it is in place of a client made from the options above
	// but BaseURL, for control over retries, timeouts, proxies and logs.
	Fetch *fetch.Client
	// Now tells the time for windows without an end. Default time.Now.
	Now func() time.Time
}

// Client asks one server. It is safe for concurrent use.
type Client struct {
	fetch *fetch.Client
	base  string // without a slash at the end
	now   func() time.Time
}

// New returns a client, or an error when the options cannot work: a base URL
// that is none, a key that HTTP cannot carry.
func New(o Options) (*Client, error) {
	if o.BaseURL == "" {
		o.BaseURL = DefaultBaseURL
	}
	base, err := url.Parse(o.BaseURL)
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" || base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("%q is no base URL; write for example http://127.0.0.1:8080", o.BaseURL)
	}
	c := &Client{fetch: o.Fetch, base: strings.TrimRight(o.BaseURL, "/"), now: o.Now}
	if c.now == nil {
		c.now = time.Now
	}
	if c.fetch == nil {
		if c.fetch, err = o.newFetch(base.Host); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (o Options) newFetch(host string) (*fetch.Client, error) {
	config := fetch.Config{
		UserAgent: o.UserAgent, Ledger: o.Ledger,
		Rates: map[string]fetch.Rate{host: o.rate(host)},
	}
	if o.APIKey != "" {
		config.Keys = map[string]http.Header{host: {"apiKey": {o.APIKey}}}
	}
	return fetch.New(config)
}

// rate is how often the host may be asked (NVD's rules for developers).
func (o Options) rate(host string) fetch.Rate {
	name, _, _ := strings.Cut(host, ":")
	switch {
	case o.Rate != (fetch.Rate{}) || !strings.EqualFold(name, strings.TrimPrefix(DefaultBaseURL, "https://")):
		return o.Rate
	case o.APIKey == "":
		return fetch.Rate{Requests: 5, Window: 30 * time.Second, Even: true}
	}
	return fetch.Rate{Requests: 50, Window: 30 * time.Second, Even: true}
}

// endpoint is one of the API's.
type endpoint struct {
	path   string
	format string
	page   int // most records a page, and as many when not told
}

var (
	cves     = endpoint{"/rest/json/cves/2.0", format.FormatCVE, 2000}
	cpes     = endpoint{"/rest/json/cpes/2.0", format.FormatCPE, 10000}
	criteria = endpoint{"/rest/json/cpematch/2.0", format.FormatCPEMatch, 500}
	sources  = endpoint{"/rest/json/source/2.0", format.FormatSource, 1000}
	changes  = endpoint{"/rest/json/cvehistory/2.0", format.FormatCVEChange, 5000}
)

// CVE returns one CVE record, whose identifier may be in any spelling, or
// ErrNotFound.
func (c *Client) CVE(ctx context.Context, id string) (CVE, error) {
	for cve, err := range c.CVEs(ctx, CVEQuery{IDs: []string{id}}) {
		return cve, err
	}
	return CVE{}, fmt.Errorf("%s: %w", id, ErrNotFound)
}

// CVEs yields the CVE records that q selects. Pages are read as they are needed.
// A record that changes while the answer is read is yielded again, newer, when
// that is noticed; otherwise each comes once. An error ends the sequence.
func (c *Client) CVEs(ctx context.Context, q CVEQuery) iter.Seq2[CVE, error] {
	return list[CVE](ctx, c, cves, q, q.Paging)
}

// CPEs yields the names of the CPE dictionary that q selects, as CVEs does.
func (c *Client) CPEs(ctx context.Context, q CPEQuery) iter.Seq2[CPE, error] {
	return list[CPE](ctx, c, cpes, q, q.Paging)
}

// MatchCriteria yields the match criteria that q selects, as CVEs does.
func (c *Client) MatchCriteria(ctx context.Context, q MatchCriteriaQuery) iter.Seq2[MatchCriteria, error] {
	return list[MatchCriteria](ctx, c, criteria, q, q.Paging)
}

// Sources yields the sources that q selects, as CVEs does.
func (c *Client) Sources(ctx context.Context, q SourceQuery) iter.Seq2[Source, error] {
	return list[Source](ctx, c, sources, q, q.Paging)
}

// Changes yields the entries of the CVE change history that q selects, as CVEs
// does.
func (c *Client) Changes(ctx context.Context, q ChangeQuery) iter.Seq2[Change, error] {
	return list[Change](ctx, c, changes, q, q.Paging)
}
