// Package nvdapi answers NVD's five APIs 2.0 from a store, so that programs
// written for https://services.nvd.nist.gov/rest/json/{cves,cvehistory,cpes,
// cpematch,source}/2.0 work unchanged when pointed here. Records leave byte for
// byte as NVD published them; only the wrapper around them is ours. Records that
// were withdrawn, or converted from an older format, are not among them.
//
// Where NVD's behaviour is documented or was captured, this is the same: the
// order of the wrapper's members, times in UTC with three digits and no zone,
// refusals as 404 with an empty body and the reason in a lower-case `message`
// header, a page past the end as an empty 200. Where it is not known:
//
//   - Intervals include both ends, and may be 120 days long to the millisecond.
//   - The order is by publication or creation, then by identifier.
//   - resultsPerPage=0 and negative numbers are refused: a client that pages by
//     the size it got back would never end.
//   - A flag is set by its name alone, by an empty value, true or 1; false and 0
//     leave it unset; anything else is refused.
//   - A parameter given twice must have the same value both times.
//   - Unknown parameters are refused, since ignoring a filter gives wrong data;
//     Options.Lenient ignores them.
//   - Every component of a CVSS vector must occur literally in one score's
//     vector; X is not taken to match a component left out.
//   - The catalogue dates of kevStartDate and kevEndDate count from midnight UTC.
//   - cpeName and virtualMatchString match as package match does; a cpeName cut
//     short is open where it ends. isVulnerable asks that the matching criterion
//     be marked as vulnerable.
//   - matchCriteriaId of the CPE API gives the names that the criterion's record
//     lists; a criterion that is not held gives none.
//   - lastModStartDate of the match criteria API goes by the later of
//     lastModified and cpeLastModified.
//   - eventName is compared ignoring case; "CVE Received" is "New CVE Received".
//
// Without an upstream history of changes, the changes of one CVE are derived
// from the versions of its record that were seen; the header
// X-Vulnmirror-Derived then says "versions".
package nvdapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// Store is what answers are read from. Every store.Store is one.
type Store interface {
	Get(ctx context.Context, kind vuln.Kind, id string) (vuln.Record, error)
	Versions(ctx context.Context, kind vuln.Kind, id string) ([]store.Version, error)
	Sources(ctx context.Context) ([]store.SourceState, error)
	Snapshot(ctx context.Context) (store.Snapshot, error)
}

// Options change how the API answers. The zero value is a good one.
type Options struct {
	// Sources names the sources that supply the records of each kind; answers
	// begin when one of them has completed its first load. nil means any source.
	Sources map[vuln.Kind][]string
	// Enabled names the sources that are kept up to date; nil means all. What none
	// of them supplies and never was loaded is refused; else it is waited for.
	Enabled []string
	// Converted also answers with records made from older formats, which are not
	// NVD's own bytes.
	Converted bool
	// Keys are the API keys accepted. Requests without a key are always
	// answered; with no Keys, so are those with any key.
	Keys []string
	// Lenient ignores unknown parameters instead of refusing them.
	Lenient bool
	// Patience is the longest time to find an answer, then 503. Sending it may
	// take longer. 0 means for ever.
	Patience time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Logger hears of failures of the store; nil means slog.Default.
	Logger *slog.Logger
}

// New returns the handler for NVD's paths. It answers every other path with 404.
func New(s Store, o Options) http.Handler {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	h := &handler{
		store:     s,
		endpoints: endpoints(),
		keys:      newKeyring(o.Keys),
		lenient:   o.Lenient,
		native:    !o.Converted,
		patience:  o.Patience,
		now:       o.Now,
		log:       o.Logger,
	}
	kinds := make([]vuln.Kind, 0, len(h.endpoints))
	for _, e := range h.endpoints {
		kinds = append(kinds, e.kind)
	}
	h.gate = newGate(s, o, kinds)
	return h
}

type handler struct {
	store     Store
	endpoints map[string]*endpoint
	gate      *gate
	keys      keyring
	lenient   bool
	native    bool
	patience  time.Duration
	now       func() time.Time
	log       *slog.Logger
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("apiKey")
	common(w.Header(), key != "")
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodOptions:
		w.Header()["Allow"] = corsMethods
		w.Header()["Content-Length"] = nothing
		return
	default:
		w.Header()["Allow"] = corsMethods
		http.Error(w, "only GET, HEAD and OPTIONS are answered", http.StatusMethodNotAllowed)
		return
	}
	path := strings.TrimSuffix(r.URL.Path, "/")
	if path == PathStatistics {
		h.statistics(w, r)
		return
	}
	e, ok := h.endpoints[path]
	if !ok {
		refuse(w, "There is no such API.")
		return
	}
	if !h.keys.accepts(key) {
		refuse(w, "Invalid apiKey.")
		return
	}
	asked, err := e.parse(r.URL.RawQuery, h.lenient)
	if err != nil {
		refuse(w, err.Error())
		return
	}
	asked.query.Native = h.native
	ctx, patience, cancel := h.patient(r.Context())
	defer cancel()
	p := page{of: e, start: asked.start, to: w, now: h.now(), compress: wantsGzip(r.Header), begun: patience}
	defer p.close()
	if err := h.answer(ctx, &asked, &p); err != nil {
		h.fail(w, r, &p, err)
		return
	}
	if err := p.send(); err != nil {
		h.log.Debug("client went away", "path", r.URL.Path, "error", err)
	}
}

// patient gives a context that ends when patience does, unless begun is called
// before: a page that is written while it is read takes as long as its client.
func (h *handler) patient(parent context.Context) (ctx context.Context, begun func() bool, cancel context.CancelFunc) {
	if h.patience == 0 {
		return parent, func() bool { return true }, func() {}
	}
	ctx, end := context.WithCancel(parent)
	timer := time.AfterFunc(h.patience, end)
	return ctx, timer.Stop, func() { timer.Stop(); end() }
}

// answer reads a page. Its count and its records are from one state of the
// store.
func (h *handler) answer(ctx context.Context, r *request, p *page) error {
	err := h.gate.open(ctx, r.of.kind)
	if gone := absence(""); r.of.derive != nil && errors.As(err, &gone) {
		return h.derived(ctx, r, p)
	}
	if err == nil && r.needs != "" {
		err = h.gate.open(ctx, r.needs)
	}
	if err != nil {
		return err
	}
	if r.id != "" {
		return h.one(ctx, r, p)
	}
	snapshot, err := h.store.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer snapshot.Close()
	if r.of.resolve != nil {
		if err := r.of.resolve(ctx, snapshot, r); err != nil || r.nothing {
			return err
		}
	}
	digest, err := snapshot.Digest(ctx, r.query)
	if err != nil {
		return err
	}
	p.total = digest.Count
	p.count = max(0, min(r.size, p.total-p.start))
	if p.count == 0 {
		return nil
	}
	q := r.query
	q.Order, q.Offset, q.Limit = store.ByPublished, r.start, r.size
	p.bodies = make([][]byte, 0, p.count)
	n := 0
	for record, err := range snapshot.List(ctx, q) {
		if err == nil {
			err = p.add(record.Body)
		}
		if err != nil {
			return err
		}
		n++
	}
	if n != p.count {
		return fmt.Errorf("the store counts %d records on the page and lists %d", p.count, n)
	}
	return nil
}

// one answers for a single record, without the cost of a snapshot.
func (h *handler) one(ctx context.Context, r *request, p *page) error {
	record, err := r.held(h.store.Get(ctx, r.of.kind, r.id))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	p.total = 1
	if p.start == 0 {
		p.count = 1
		return p.add(record.Body)
	}
	return nil
}

// How long clients are asked to wait, in seconds. Never 0: some clients take it
// as leave to ask again at once.
const (
	waitForLoad  = 30
	waitForStore = 5
)

// fail answers for what went wrong: with a refusal where the request is at
// fault, else with 503. It is never 403, which clients take to be final. An
// answer that was begun is broken off, so that nobody takes it for the whole.
func (h *handler) fail(w http.ResponseWriter, r *http.Request, p *page, err error) {
	var wrong problem
	var missing absence
	switch {
	case errors.As(err, &wrong), errors.As(err, &missing):
		refuse(w, err.Error())
		return
	case p.out != nil:
		if r.Context().Err() == nil {
			h.log.Error("an answer had to be broken off", "path", r.URL.Path, "error", err)
		}
		panic(http.ErrAbortHandler)
	}
	h.unavailable(w, r, err)
}

func (h *handler) unavailable(w http.ResponseWriter, r *http.Request, err error) {
	text, wait := "The mirror cannot read its records at the moment.\n", waitForStore
	switch {
	case errors.Is(err, errLoading):
		text, wait = "The mirror is loading and does not hold all records yet.\n", waitForLoad
	case r.Context().Err() == nil:
		h.log.Error("cannot answer from the store", "path", r.URL.Path, "error", err)
	}
	header := w.Header()
	header["Content-Type"] = isText
	header["Content-Length"] = []string{strconv.Itoa(len(text))}
	header["Retry-After"] = []string{strconv.Itoa(wait)}
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write([]byte(text)) // nobody is left to tell when this fails
}
