package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// Prefix begins every path.
const Prefix = "/api/v1"

// Store is what answers are read from. Every store.Store is one.
type Store interface {
	Snapshot(ctx context.Context) (store.Snapshot, error)
}

// Source is what answers say of a source besides its state.
type Source struct {
	Name        string      `json:"name" doc:"as on the command line"`
	Title       string      `json:"title"`
	Kinds       []vuln.Kind `json:"kinds" doc:"of its records"`
	Home        string      `json:"home" doc:"page for people"`
	Licence     string      `json:"licence"`
	Attribution string      `json:"attribution" doc:"to be shown with the data"`
	PassedOn    bool        `json:"passed_on" doc:"whether /archive/ has its files"`
	Enabled     bool        `json:"enabled" doc:"whether it is kept up to date"`
	DependsOn   []string    `json:"depends_on,omitempty" doc:"sources whose records its own are about"`
}

// Options say what is answered.
type Options struct {
	Sources []Source
	Version string // of the program
	// Patience is the longest time to find an answer, then 503; 0 means for ever.
	Patience time.Duration
	Logger   *slog.Logger // hears of failures of the store; nil means slog.Default
}

// New returns the handler for the paths below Prefix.
func New(st Store, o Options) http.Handler {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	h := &handler{store: st, options: o, by: make(map[string]Source, len(o.Sources))}
	for _, s := range o.Sources {
		h.by[s.Name] = s
	}
	mux := http.NewServeMux()
	describe(humago.New(mux, configuration(o.Version)), h)
	return mux
}

// configuration leaves out what would make answers name other addresses or load
// pages from elsewhere.
func configuration(version string) huma.Config {
	c := huma.DefaultConfig("vulnmirror", version)
	c.Info.Description = "Records of public vulnerability knowledge, and how they are connected, from a local mirror."
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = Prefix+"/openapi", "", ""
	c.CreateHooks = nil
	return c
}

// describe ties the questions to their answers.
func describe(to huma.API, h *handler) {
	huma.Register(to, huma.Operation{
		OperationID: "record", Method: http.MethodGet, Path: Prefix + "/records/{kind}/{id}", Errors: refusals,
		Summary: "One record, with its body as upstream sent it and its links in both directions",
	}, h.record)
	huma.Register(to, huma.Operation{
		OperationID: "search", Method: http.MethodGet, Path: Prefix + "/search", Errors: refusals,
		Summary: "Records of one kind by words and facts",
	}, h.search)
	huma.Register(to, huma.Operation{
		OperationID: "chain", Method: http.MethodGet, Path: Prefix + "/chain/{id}", Errors: refusals,
		Summary: "What a record is connected to, step by step, with the reason of each step",
	}, h.chain)
	huma.Register(to, huma.Operation{
		OperationID: "sources", Method: http.MethodGet, Path: Prefix + "/sources",
		Errors:  []int{http.StatusServiceUnavailable},
		Summary: "The sources: terms, releases held, and how fresh they are",
	}, h.sources)
}

var refusals = []int{http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusServiceUnavailable}

type handler struct {
	store   Store
	options Options
	by      map[string]Source
}

// read answers one question from one state of the store.
func (h *handler) read(ctx context.Context, answer func(context.Context, store.Snapshot) error) error {
	if h.options.Patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, h.options.Patience)
		defer cancel()
	}
	snapshot, err := h.store.Snapshot(ctx)
	if err == nil {
		err = errors.Join(answer(ctx, snapshot), snapshot.Close())
	}
	var known huma.StatusError
	if err == nil || errors.As(err, &known) {
		return err
	}
	h.options.Logger.Error("question not answered", "error", err)
	return huma.Error503ServiceUnavailable("the store cannot be read at the moment; try again later")
}
