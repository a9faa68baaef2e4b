// Package nvdapi answers the NVD CVE API 2.0 from a store, so that programs
// written for https://services.nvd.nist.gov/rest/json/cves/2.0 work unchanged
// when pointed here. Records leave byte for byte as NVD published them; only
// the wrapper around them is ours.
//
// Where NVD's behaviour is documented or was captured, this is the same: the
// order of the wrapper's members, times in UTC with three digits and no zone,
// refusals as 404 with an empty body and the reason in a lower-case `message`
// header, a page past the end as an empty 200. Where it is not known:
//
//   - Intervals include both ends, and may be 120 days long to the millisecond.
//   - The order is by publication, then by identifier.
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
package nvdapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// Path is where NVD has its CVE API. A slash at the end makes no difference.
const Path = "/rest/json/cves/2.0"

// Store is what answers are read from. Every store.Store is one.
type Store interface {
	Get(ctx context.Context, kind vuln.Kind, id string) (vuln.Record, error)
	Sources(ctx context.Context) ([]store.SourceState, error)
	Snapshot(ctx context.Context) (store.Snapshot, error)
}

// Options change how the API answers. The zero value is a good one.
type Options struct {
	// Sources names the sources that supply CVE records; answers begin when one
	// of them has completed its first load. Empty means any source.
	Sources []string
	// Keys are the API keys accepted. Requests without a key are always
	// answered; with no Keys, so are those with any key.
	Keys []string
	// Lenient ignores unknown parameters instead of refusing them.
	Lenient bool
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Logger hears of failures of the store; nil means slog.Default.
	Logger *slog.Logger
}

// New returns the handler for Path. It answers every other path below
// /rest/json with 404.
func New(s Store, o Options) http.Handler {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &handler{
		store:   s,
		gate:    &gate{store: s, sources: o.Sources, now: o.Now},
		keys:    newKeyring(o.Keys),
		lenient: o.Lenient,
		now:     o.Now,
		log:     o.Logger,
	}
}

type handler struct {
	store   Store
	gate    *gate
	keys    keyring
	lenient bool
	now     func() time.Time
	log     *slog.Logger
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
	if strings.TrimSuffix(r.URL.Path, "/") != Path {
		refuse(w, "Only "+Path+" is available in this version.")
		return
	}
	if !h.keys.accepts(key) {
		refuse(w, "Invalid apiKey.")
		return
	}
	asked, err := parseRequest(r.URL.RawQuery, h.lenient)
	if err != nil {
		refuse(w, err.Error())
		return
	}
	p, err := h.answer(r.Context(), &asked)
	if err != nil {
		h.unavailable(w, r, err)
		return
	}
	if err := p.send(w, h.now(), wantsGzip(r.Header)); err != nil {
		h.log.Debug("client went away", "path", r.URL.Path, "error", err)
	}
}

// errLoading: the mirror has never held all records.
var errLoading = errors.New("the first load is not complete yet")

// answer reads a page. Its count and its records are from one state of the
// store.
func (h *handler) answer(ctx context.Context, r *request) (page, error) {
	if err := h.gate.open(ctx); err != nil {
		return page{}, err
	}
	if r.id != "" {
		return h.one(ctx, r)
	}
	snapshot, err := h.store.Snapshot(ctx)
	if err != nil {
		return page{}, err
	}
	defer snapshot.Close()
	digest, err := snapshot.Digest(ctx, r.query)
	if err != nil {
		return page{}, err
	}
	p := page{start: r.start, total: digest.Count}
	if p.start >= p.total {
		return p, nil
	}
	q := r.query
	q.Order, q.Offset, q.Limit = store.ByPublished, r.start, r.size
	p.bodies = make([][]byte, 0, min(r.size, p.total-p.start))
	for record, err := range snapshot.List(ctx, q) {
		if err != nil {
			return page{}, err
		}
		p.bodies = append(p.bodies, record.Body)
	}
	return p, nil
}

// one answers for a single CVE, without the cost of a snapshot.
func (h *handler) one(ctx context.Context, r *request) (page, error) {
	p := page{start: r.start}
	record, err := h.store.Get(ctx, vuln.KindCVE, r.id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return p, nil
	case err != nil:
		return page{}, err
	}
	p.total = 1
	if p.start == 0 {
		p.bodies = [][]byte{record.Body}
	}
	return p, nil
}

// How long clients are asked to wait, in seconds. Never 0: some clients take it
// as leave to ask again at once.
const (
	waitForLoad  = 30
	waitForStore = 5
)

// unavailable answers 503. It is never 403, which clients take to be final.
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
