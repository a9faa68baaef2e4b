package nvdapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"vulnmirror/match"
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
		matcher:   match.New(nil),
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
	matcher   *match.Matcher // asked at the snapshot of each request only
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
