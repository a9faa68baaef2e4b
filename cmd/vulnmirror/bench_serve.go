package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"vulnmirror/cpe"
	"vulnmirror/serve"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// serveFigures is what bench serve prints. Client and server share this machine.
type serveFigures struct {
	Records           int     `json:"records"`
	OneP50            float64 `json:"one_cve_p50_ms"` // one connection
	OneP99            float64 `json:"one_cve_p99_ms"`
	RequestsPerSecond float64 `json:"requests_per_second"` // one CVE each
	Connections       int     `json:"connections"`
	PageP50           float64 `json:"page_2000_p50_ms"`
	PageMax           float64 `json:"page_2000_max_ms"`
	PlatformP50       float64 `json:"cpe_name_p50_ms"` // every CVE of an exact CPE name, one connection
	PlatformP95       float64 `json:"cpe_name_p95_ms"`
	PeakRSSBytes      int64   `json:"peak_rss_bytes"` // of client and server together
}

func newBenchServeCommand(a *app) *cobra.Command {
	var dir string
	var connections, requests int
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Measure the server: one CVE, many connections, whole pages, CPE names",
		Long: `Serve measures answers over loopback HTTP, client and server in one process. It
answers from the database in service, or with --feeds from a temporary
one made of a folder of feeds.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if connections < 1 || requests < 1 {
				return wrongUse(errors.New("--connections and --requests are 1 or more"), "")
			}
			if dir != "" && a.config.Store.URL != "" {
				return wrongUse(errors.New("--feeds makes a temporary database, and --store names one"), "leave out one of them")
			}
			if dir != "" {
				tmp, err := os.MkdirTemp("", "vulnmirror-bench-*")
				if err != nil {
					return err
				}
				defer os.RemoveAll(tmp)
				if err := a.loadFor(cmd.Context(), dir, tmp); err != nil {
					return err
				}
			}
			f, err := a.benchServe(cmd.Context(), connections, requests)
			if err != nil {
				return err
			}
			return a.printJSON(f)
		},
	}
	cmd.Flags().StringVar(&dir, "feeds", "", "`DIR` with feeds to load and answer from")
	cmd.Flags().IntVar(&connections, "connections", 8, "`NUMBER` of connections for the throughput")
	cmd.Flags().IntVar(&requests, "requests", 40000, "`NUMBER` of requests for the throughput")
	return cmd
}

// loadFor fills a data folder from feeds, as a complete load.
func (a *app) loadFor(ctx context.Context, feeds, data string) error {
	a.config.Data = data
	sources, _, err := a.archiveFeeds(feeds)
	if err != nil {
		return err
	}
	st, err := a.openWriter(ctx)
	if err != nil {
		return err
	}
	_, err = a.load(ctx, st, sources)
	now := a.now().UTC()
	for _, name := range sources {
		err = errors.Join(err, st.SetSource(ctx, store.SourceState{Source: name, Completed: now, Synced: now, Watermark: now}))
	}
	return errors.Join(err, st.Close())
}

func (a *app) benchServe(ctx context.Context, connections, requests int) (serveFigures, error) {
	f := serveFigures{Connections: connections}
	st, err := a.openReader(ctx)
	if err != nil {
		return f, err
	}
	defer st.Close()
	var ids []string
	for record, err := range st.List(ctx, store.Query{Kind: vuln.KindCVE}) {
		if err != nil {
			return f, err
		}
		ids = append(ids, record.ID)
	}
	if len(ids) == 0 {
		return f, failed(errors.New("the database holds no records"), "--feeds loads some")
	}
	f.Records = len(ids)
	a.favourAnswers()
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return f, err
	}
	ctx, stop := context.WithCancel(ctx)
	var server errgroup.Group
	server.Go(func() error { return serve.Run(ctx, ln, a.handler(st, a.config.Sources), a.limits(), a.log) })
	b := bencher{client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true}}, base: "http://" + ln.Addr().String() + "/rest/json/cves/2.0", ids: ids}
	if b.names, err = exactNames(ctx, st); err == nil {
		err = b.measure(ctx, &f, requests)
	}
	stop()
	f.PeakRSSBytes = peakRSS()
	return f, errors.Join(err, server.Wait())
}

// bencher asks a server for CVEs.
type bencher struct {
	client *http.Client
	base   string
	ids    []string
	names  []string // CPE names
}

// exactNames are the CPE names with a version that configurations hold.
func exactNames(ctx context.Context, st store.Reader) ([]string, error) {
	criteria, err := st.Criteria(ctx, store.Product{})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, c := range criteria {
		name, err := cpe.ParseLenient(c.Criteria)
		if err == nil && !name.Version().Logical() && !name.Version().Wild() {
			names = append(names, c.Criteria)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func (b bencher) measure(ctx context.Context, f *serveFigures, requests int) error {
	one, err := b.times(ctx, min(requests, 4000), b.oneURL)
	if err != nil {
		return err
	}
	f.OneP50, f.OneP99 = quantile(one, 0.50), quantile(one, 0.99)
	began := time.Now()
	group, gctx := errgroup.WithContext(ctx)
	for range f.Connections {
		group.Go(func() error {
			_, err := b.times(gctx, requests/f.Connections, b.oneURL)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	f.RequestsPerSecond = float64(requests/f.Connections*f.Connections) / time.Since(began).Seconds()
	pages := max(1, len(b.ids)/2000)
	page, err := b.times(ctx, max(20, pages), func(i int) string {
		return fmt.Sprintf("%s?startIndex=%d", b.base, i%pages*2000)
	})
	if err != nil {
		return err
	}
	f.PageP50, f.PageMax = quantile(page, 0.50), quantile(page, 1)
	if len(b.names) == 0 {
		return nil
	}
	platform, err := b.times(ctx, min(requests, 2000), func(int) string {
		return b.base + "?cpeName=" + url.QueryEscape(b.names[rand.IntN(len(b.names))])
	})
	if err != nil {
		return err
	}
	f.PlatformP50, f.PlatformP95 = quantile(platform, 0.50), quantile(platform, 0.95)
	return nil
}

func (b bencher) oneURL(int) string {
	return b.base + "?cveId=" + b.ids[rand.IntN(len(b.ids))]
}

// times asks n times one after the other and returns how long each took, in
// milliseconds, sorted.
func (b bencher) times(ctx context.Context, n int, address func(int) string) ([]float64, error) {
	out := make([]float64, 0, n)
	for i := range n {
		began := time.Now()
		if err := b.get(ctx, address(i)); err != nil {
			return nil, err
		}
		out = append(out, float64(time.Since(began).Microseconds())/1000)
	}
	slices.Sort(out)
	return out, nil
}

func (b bencher) get(ctx context.Context, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := b.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", address, resp.Status)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// quantile of sorted values.
func quantile(sorted []float64, q float64) float64 {
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}
