package serve

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vulnmirror/format/kinds"
	"vulnmirror/store"
)

// holdings collects what the store holds and how old it is, when asked.
type holdings struct {
	store   Store
	sources []string
	maxAge  time.Duration
	timeout time.Duration
	now     func() time.Time

	records, watermark, age, synced, failed, state *prometheus.Desc
}

func newHoldings(o Options) *holdings {
	perSource := func(name, help string, more ...string) *prometheus.Desc {
		return prometheus.NewDesc("vulnmirror_source_"+name, help, append([]string{"source"}, more...), nil)
	}
	return &holdings{
		store: o.Store, sources: o.Sources, maxAge: o.MaxAge, timeout: o.Limits.Request, now: o.Now,
		records:   prometheus.NewDesc("vulnmirror_records", "Records held.", []string{"kind"}, nil),
		watermark: perSource("watermark_timestamp_seconds", "Everything upstream changed until then is held."),
		age:       perSource("watermark_age_seconds", "Age of the watermark."),
		synced:    perSource("last_success_timestamp_seconds", "End of the last run that succeeded."),
		failed:    perSource("last_failure_timestamp_seconds", "End of the last run when that run failed."),
		state:     perSource("state", "1 for the state the source is in: never, fresh, stale or broken.", "state"),
	}
}

func (h *holdings) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{h.records, h.watermark, h.age, h.synced, h.failed, h.state} {
		out <- d
	}
}

func (h *holdings) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), h.timeout)
	defer cancel()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	at := func(d *prometheus.Desc, t time.Time, source string) {
		if !t.IsZero() {
			gauge(d, float64(t.UnixMilli())/1000, source)
		}
	}
	for _, k := range kinds.All() {
		digest, err := h.store.Digest(ctx, store.Query{Kind: k.Kind})
		if err != nil {
			out <- prometheus.NewInvalidMetric(h.records, err)
			break
		}
		gauge(h.records, float64(digest.Count), string(k.Kind))
	}
	now := h.now()
	lines, err := assessAll(ctx, h.store, h.sources, now, h.maxAge)
	if err != nil {
		out <- prometheus.NewInvalidMetric(h.state, err)
		return
	}
	for _, line := range lines {
		at(h.watermark, line.Watermark, line.Source)
		at(h.synced, line.Synced, line.Source)
		at(h.failed, line.Failed, line.Source)
		if !line.Watermark.IsZero() {
			gauge(h.age, now.Sub(line.Watermark).Seconds(), line.Source)
		}
		for _, state := range []string{never, fresh, stale, broken} {
			is := 0.0
			if state == line.State {
				is = 1
			}
			gauge(h.state, is, line.Source, state)
		}
	}
}
