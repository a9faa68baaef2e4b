// Package serve answers over HTTP from a store: NVD's APIs, its feeds, questions
// about records of every kind, and what an operator needs to watch a server. It sees a store that reads, and
// knows neither sources nor the network they come from.
package serve

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"vulnmirror/serve/nvdapi"
	"vulnmirror/store"
)

// Store is what answers are read from. Every store.Store is one.
type Store interface {
	nvdapi.Store
	Digest(ctx context.Context, q store.Query) (store.Digest, error)
}

// Options say what is served. Store is required.
type Options struct {
	Store Store
	// Feeds answers paths below /feeds/; nil means that there are none.
	Feeds http.Handler
	// Records answers paths below /api/v1/, Archive those below /archive/; nil
	// means that there are none.
	Records, Archive http.Handler
	// Upstream answers paths that begin with the name of one of Hosts, as that host
	// did; NVD's are not among them.
	Upstream http.Handler
	Hosts    []string
	// Sources names the sources that are kept up to date; /readyz and the
	// metrics report on these.
	Sources []string
	// MaxAge is how long ago a source may have been synchronised to count as
	// fresh; 0 means 26 hours, a day and some slack.
	MaxAge time.Duration
	// API changes how the NVD APIs answer; its Enabled, Patience, Now and Logger
	// are taken from here.
	API nvdapi.Options
	// Limits bound what one client can take; zero fields have defaults.
	Limits Limits
	// AccessLog gets one line for each request; nil means none is written.
	AccessLog *slog.Logger
	// Logger hears of what went wrong; nil means slog.Default.
	Logger *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Version of the program, shown in the metrics.
	Version string
}

// New returns the handler of the whole server. It reads no request bodies,
// changes nothing, and answers any input with a status below 500, except 503
// while there is nothing to answer from or too much to do.
func New(o Options) http.Handler {
	o = o.withDefaults()
	m := newMetrics(o)
	slots := newSlots(o.Limits)

	mux := http.NewServeMux()
	api := slots.limit(nvdapi.New(o.Store, o.API))
	mux.Handle("/rest/json/", api)
	mux.Handle(nvdapi.PathStatistics, api)
	if o.Feeds != nil {
		mux.Handle("/feeds/", readOnly(slots.limit(o.Feeds)))
	}
	if o.Records != nil {
		mux.Handle("/api/v1/", readOnly(slots.limit(o.Records)))
	}
	if o.Archive != nil {
		mux.Handle("/archive/", readOnly(slots.limit(o.Archive)))
	}
	for _, host := range o.Hosts {
		mux.Handle("/"+host+"/", readOnly(slots.limit(o.Upstream)))
	}
	mux.Handle("/healthz", readOnly(http.HandlerFunc(alive)))
	mux.Handle("/readyz", readOnly(deadline(o.Limits.Request, readiness{o.Store, o.Sources, o.MaxAge, o.Now, o.Logger})))
	mux.Handle("/metrics", readOnly(deadline(o.Limits.Request, m.handler())))
	mux.Handle("/{$}", readOnly(http.HandlerFunc(index)))
	mux.Handle("/", readOnly(http.NotFoundHandler()))

	var h http.Handler = mux
	h = tidy(h)
	h = recoverPanics(o.Logger, h)
	h = observe(m, o.AccessLog, o.Limits.Stall, h)
	h = closeOnBody(o.Limits.Read, h)
	return h
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.MaxAge == 0 {
		o.MaxAge = 26 * time.Hour
	}
	o.Limits = o.Limits.withDefaults()
	o.API.Enabled, o.API.Patience, o.API.Now, o.API.Logger = o.Sources, o.Limits.Request, o.Now, o.Logger
	return o
}
