package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vulnmirror/config"
	"vulnmirror/serve"
	"vulnmirror/serve/api"
	"vulnmirror/serve/feeds"
	"vulnmirror/serve/nvdapi"
	"vulnmirror/serve/rawfiles"
	"vulnmirror/source/nvdlegacy"
	"vulnmirror/source/nvdupstream"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

func newServeCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Answer as an NVD API 2.0 and an NVD feed site, and about everything else held",
		Long: `Serve answers what services.nvd.nist.gov and nvd.nist.gov answer, from the
database: point an NVD client at it. Below /api/v1/ it answers about records of
every kind and how they are connected, and below /archive/ it passes on what
upstream sent, where the terms allow it. It changes nothing but its cache of feed
files. The address / lists what there is. Before the first complete load NVD's
part answers 503.`,
		Example: `  vulnmirror serve --listen :8080
  curl 'http://127.0.0.1:8080/rest/json/cves/2.0?cveId=CVE-2021-44228'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.serve(cmd.Context(), a.config.Sources)
		},
	}
	bindFlag(cmd.Flags(), "listen", "serve.listen", "`ADDRESS` to listen on")
	return cmd
}

// serve answers until ctx ends.
func (a *app) serve(ctx context.Context, names []string) error {
	st, err := a.openReader(ctx)
	if errors.Is(err, store.ErrNoMirror) {
		// Waiting clients get 503 until a sync has filled it.
		made, failure := a.openWriter(ctx)
		if failure != nil {
			return failure
		}
		if err := made.Close(); err != nil {
			return err
		}
		st, err = a.openReader(ctx)
	}
	if err != nil {
		return err
	}
	defer st.Close()
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.config.Serve.Listen)
	if err != nil {
		return failed(fmt.Errorf("listen: %w", err), "another program has this address; --listen takes another")
	}
	a.favourAnswers()
	fmt.Fprintf(a.stdout, "serving on http://%s\n", ln.Addr())
	return serve.Run(ctx, ln, a.handler(st, names), a.limits(), a.log)
}

// favourAnswers lets the heap of a server grow further between collections. It
// keeps little between requests, so that with the usual setting every large
// page would bring one on. GOGC still decides where it is set.
func (a *app) favourAnswers() {
	if !slices.ContainsFunc(a.environ, func(e string) bool { return strings.HasPrefix(e, "GOGC=") }) {
		debug.SetGCPercent(400)
	}
	a.boundHeap(math.MaxInt64) // a sync before may have set a bound
}

// handler is the whole server over one store.
func (a *app) handler(st store.Store, names []string) http.Handler {
	c := a.config.Serve
	suppliers := a.suppliers()
	files := rawfiles.New(a.archive(), a.archivedSources(), a.log)
	return serve.New(serve.Options{
		Store: st,
		Feeds: feeds.New(st, feeds.Options{
			Dir: filepath.Join(a.config.Data, "feeds"), Sources: suppliers, Enabled: names, Now: a.now, Logger: a.log,
		}),
		Records: api.New(st, api.Options{
			Sources: a.describedSources(names), Version: currentBuild().Version, Patience: a.limits().Request, Logger: a.log,
		}),
		Archive: files, Upstream: files.Upstream(), Hosts: a.upstreamHosts(),
		Sources: names,
		MaxAge:  c.MaxAge,
		API:     nvdapi.Options{Sources: suppliers, Keys: reveal(c.APIKeys), Lenient: c.Lenient},
		Limits:  a.limits(), AccessLog: a.journalOnly, Logger: a.log, Now: a.now,
		Version: currentBuild().Version,
	})
}

// describedSources is what is told of sources to clients.
func (a *app) describedSources(enabled []string) []api.Source {
	var out []api.Source
	for _, src := range a.sources() {
		info := src.Info()
		out = append(out, api.Source{
			Name: info.Name, Title: info.Title, Kinds: append([]vuln.Kind{info.Kind}, info.With...), Home: info.Home,
			Licence: info.Licence, Attribution: info.Attribution, DependsOn: info.DependsOn,
			PassedOn: a.passedOn(info), Enabled: slices.Contains(enabled, info.Name),
		})
	}
	return out
}

// archivedSources are those whose files are served, and those whose are not, with
// why.
func (a *app) archivedSources() []rawfiles.Source {
	var out []rawfiles.Source
	for _, src := range a.sources() {
		info := src.Info()
		s := rawfiles.Source{Name: info.Name, Title: info.Title, Licence: info.Licence, Attribution: info.Attribution}
		if !a.passedOn(info) {
			s.Withheld = "the terms of " + info.Name + " do not allow to pass it on in bulk; who has the publisher's leave sets sources." + info.Name + ".pass_on"
		}
		out = append(out, s)
	}
	return out
}

// upstreamHosts are those that sources are fetched from, but for NVD's.
func (a *app) upstreamHosts() []string {
	var out []string
	for _, src := range a.sources() {
		for _, l := range src.Info().Locations {
			u, err := url.Parse(l.URL)
			if err == nil && u.Scheme == "https" && !slices.Contains(out, u.Host) && u.Host != nvdupstream.APIHost && u.Host != nvdupstream.FeedHost {
				out = append(out, u.Host)
			}
		}
	}
	return out
}

// suppliers names the sources of each kind of record, enabled or not: one that
// is not may have been loaded all the same. A site with files of the old formats
// only does not supply what is served, which is NVD's own records.
func (a *app) suppliers() map[vuln.Kind][]string {
	by := make(map[vuln.Kind][]string)
	for _, s := range a.sources() {
		if info := s.Info(); info.Name != nvdlegacy.LegacyName {
			by[info.Kind] = append(by[info.Kind], info.Name)
		}
	}
	return by
}

func (a *app) limits() serve.Limits {
	c := a.config.Serve
	return serve.Limits{
		Header: c.MaxHeaderBytes, Requests: c.Concurrency, Queue: c.QueueTimeout, Request: c.RequestTimeout,
		Read: c.ReadTimeout, Stall: c.StallTimeout, Idle: c.IdleTimeout, Stop: c.ShutdownTimeout,
	}
}

func reveal(secrets []config.Secret) []string {
	var keys []string
	for _, s := range secrets {
		keys = append(keys, s.Reveal())
	}
	return keys
}

func newUpCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Sync, then serve",
		Long: `Up brings the enabled sources up to date and then serves. When a source fails
but an earlier load completed, it serves what is held and says so.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			err := a.sync(cmd.Context(), a.config.Sources)
			if cmd.Context().Err() != nil {
				return err
			}
			if err != nil {
				loaded, lerr := a.loaded(cmd.Context())
				if lerr != nil || !loaded {
					return errors.Join(err, lerr)
				}
				a.log.Warn("not everything is up to date; serving what is held", "error", err)
			}
			return a.serve(cmd.Context(), a.config.Sources)
		},
	}
	bindFlag(cmd.Flags(), "listen", "serve.listen", "`ADDRESS` to listen on")
	return cmd
}

// loaded tells whether some source has completed a load.
func (a *app) loaded(ctx context.Context) (bool, error) {
	st, err := a.openReader(ctx)
	if err != nil {
		return false, err
	}
	defer st.Close()
	states, err := st.Sources(ctx)
	for _, s := range states {
		if !s.Completed.IsZero() {
			return true, err
		}
	}
	return false, err
}
