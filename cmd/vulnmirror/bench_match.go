package main

import (
	"container/heap"
	"context"
	"errors"
	"hash/fnv"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"vulnmirror/cpe"
	"vulnmirror/format/nvd"
	"vulnmirror/match"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// matchFigures is what bench match prints.
type matchFigures struct {
	Names        int     `json:"names"`
	Products     int     `json:"products"`
	Processors   int     `json:"processors"`
	Results      int     `json:"results"`
	Cold         float64 `json:"cold_cpes_per_second"`     // nothing remembered
	Warm         float64 `json:"warm_cpes_per_second"`     // the same names again
	Detailed     float64 `json:"detailed_cpes_per_second"` // cold, with score and KEV of each record
	OneP50       float64 `json:"one_p50_ms"`               // one CPE, nothing remembered
	OneP95       float64 `json:"one_p95_ms"`
	PeakRSSBytes int64   `json:"peak_rss_bytes"`
}

func newBenchMatchCommand(a *app) *cobra.Command {
	var n int
	cmd := &cobra.Command{
		Use:   "match",
		Short: "Match exact CPE names against the database in the data folder",
		Long: `Match takes exact CPE names out of the configurations in the database, as they
stand and at their version bounds, spread over products, and measures how many
a second are matched on all processors.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if n < 1 {
				return wrongUse(errors.New("--names is 1 or more"), "")
			}
			a.favourMatching()
			f, err := a.benchMatch(cmd.Context(), n)
			if err != nil {
				return err
			}
			return a.printJSON(f)
		},
	}
	cmd.Flags().IntVar(&n, "names", 20000, "`NUMBER` of distinct names to match")
	return cmd
}

func (a *app) benchMatch(ctx context.Context, n int) (matchFigures, error) {
	f := matchFigures{Processors: runtime.GOMAXPROCS(0)}
	st, err := a.openReader(ctx)
	if err != nil {
		return f, err
	}
	defer st.Close()
	names, err := sampleNames(ctx, st, n)
	if err != nil {
		return f, err
	}
	if len(names) == 0 {
		return f, failed(errors.New("no record in the database has a configuration"), "`vulnmirror sync nvd-cve` loads some")
	}
	f.Names = len(names)
	products := make(map[[3]cpe.Value]bool)
	for _, name := range names {
		products[[3]cpe.Value{name.Part(), name.Vendor(), name.Product()}] = true
	}
	f.Products = len(products)
	if f.Detailed, f.Results, err = matchRate(ctx, match.New(st), names, match.Options{Details: true}); err != nil {
		return f, err
	}
	m := match.New(st)
	if f.Cold, _, err = matchRate(ctx, m, names, match.Options{}); err != nil {
		return f, err
	}
	if f.Warm, _, err = matchRate(ctx, m, names, match.Options{}); err != nil {
		return f, err
	}
	if f.OneP50, f.OneP95, err = matchOne(ctx, st, names); err != nil {
		return f, err
	}
	f.PeakRSSBytes = peakRSS()
	return f, nil
}

// matchRate matches all names and returns how many a second, and the number of
// results.
func matchRate(ctx context.Context, m *match.Matcher, names []cpe.Name, o match.Options) (float64, int, error) {
	began, results := time.Now(), 0
	for _, err := range m.Match(ctx, names, o) {
		if err != nil {
			return 0, 0, err
		}
		results++
	}
	return float64(len(names)) / time.Since(began).Seconds(), results, nil
}

// matchOne matches single names, each with a Matcher of its own, and returns
// the quantiles of how long that took in milliseconds.
func matchOne(ctx context.Context, st store.Reader, names []cpe.Name) (p50, p95 float64, err error) {
	var times []float64
	step := max(1, len(names)/2000)
	for i := 0; i < len(names); i += step {
		began := time.Now()
		if _, _, err := matchRate(ctx, match.New(st), names[i:i+1], match.Options{Details: true}); err != nil {
			return 0, 0, err
		}
		times = append(times, float64(time.Since(began).Microseconds())/1000)
	}
	slices.Sort(times)
	return quantile(times, 0.50), quantile(times, 0.95), nil
}

// sampleNames returns n names without ANY as version that records' configurations
// name, as versions or as bounds: always the same ones of the same database.
func sampleNames(ctx context.Context, st store.Reader, n int) ([]cpe.Name, error) {
	sample := sample{held: make(map[cpe.Name]bool)}
	for r, err := range st.List(ctx, store.Query{Kind: vuln.KindCVE}) {
		if err != nil {
			return nil, err
		}
		full, err := nvd.DecodeCVE(r.Body)
		if err != nil {
			return nil, err
		}
		for i := range full.Facts.Criteria {
			m := &full.Facts.Criteria[i]
			name, err := cpe.ParseLenient(m.Criteria)
			if err != nil {
				continue
			}
			sample.offer(name, n)
			for _, bound := range [...]string{m.VersionStartIncluding, m.VersionStartExcluding, m.VersionEndIncluding, m.VersionEndExcluding} {
				if v, err := cpe.Literal(bound); err == nil {
					if at, err := name.With(cpe.Version, v); err == nil {
						sample.offer(at, n)
					}
				}
			}
		}
	}
	names := make([]cpe.Name, 0, len(sample.names))
	for _, s := range sample.names {
		names = append(names, s.name)
	}
	return names, nil
}

// sample keeps the names with the smallest hashes of all that are offered, each
// once: a heap, the largest first.
type sample struct {
	names []hashed
	held  map[cpe.Name]bool
}

type hashed struct {
	name cpe.Name
	hash uint64
}

func (s *sample) offer(name cpe.Name, n int) {
	if v := name.Version(); v == cpe.Any || v.Wild() || s.held[name] {
		return
	}
	h := fnv.New64a()
	h.Write([]byte(name.String()))
	sum := h.Sum64()
	if len(s.names) == n {
		if sum >= s.names[0].hash {
			return
		}
		delete(s.held, heap.Pop(s).(hashed).name)
	}
	s.held[name] = true
	heap.Push(s, hashed{name, sum})
}

func (s *sample) Len() int           { return len(s.names) }
func (s *sample) Less(i, j int) bool { return s.names[i].hash > s.names[j].hash }
func (s *sample) Swap(i, j int)      { s.names[i], s.names[j] = s.names[j], s.names[i] }
func (s *sample) Push(x any)         { s.names = append(s.names, x.(hashed)) }
func (s *sample) Pop() any {
	last := s.names[len(s.names)-1]
	s.names = s.names[:len(s.names)-1]
	return last
}
