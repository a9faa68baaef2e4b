package nvdapi

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/vuln"
)

// BenchmarkOne asks for single CVEs over TCP from 8 connections, client
// included.
func BenchmarkOne(b *testing.B) {
	for name, plain := range map[string]bool{"gzip": false, "identity": true} {
		b.Run(name, func(b *testing.B) {
			server := httptest.NewServer(api(b, Options{}, many(b, 100)...))
			defer server.Close()
			const connections = 8
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: plain}}
			defer client.CloseIdleConnections()
			var mu sync.Mutex
			var took []time.Duration
			b.SetParallelism(connections / runtime.GOMAXPROCS(0))
			b.RunParallel(func(pb *testing.PB) {
				var mine []time.Duration
				for pb.Next() {
					began := time.Now()
					fetch(b, client, server.URL+PathCVEs+"?cveId=CVE-2023-1050")
					mine = append(mine, time.Since(began))
				}
				mu.Lock()
				took = append(took, mine...)
				mu.Unlock()
			})
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
		})
	}
}

// BenchmarkPlatform asks which records concern a product, for many products in
// turn; each has about forty match criteria, and a quarter of them match.
func BenchmarkPlatform(b *testing.B) {
	const products, records = 500, 10000
	all := make([]vuln.Record, records)
	for i := range all {
		at := vuln.FormatTime(noon.Add(time.Duration(i-records) * time.Hour))
		var nodes []byte
		for c := range 2 {
			n := i*2 + c
			nodes = fmt.Appendf(nodes, `{"vulnerable":true,"criteria":"cpe:2.3:a:vendor%d:product:*:*:*:*:*:*:*:*","versionStartIncluding":"%d.0","versionEndExcluding":"%d.5","matchCriteriaId":"%08X-0000-4000-8000-%012X"},`,
				n%products, i%40, i%40+10, n, n)
		}
		all[i] = record(b, fmt.Sprintf(`{"id":"CVE-2023-%05d","sourceIdentifier":"a@example.com","published":"%s","lastModified":"%s","vulnStatus":"Analyzed","cveTags":[],`+
			`"descriptions":[{"lang":"en","value":"Number %d of many. %s"}],"metrics":{},"configurations":[{"nodes":[{"operator":"OR","negate":false,"cpeMatch":[%s]}]}],"references":[]}`,
			i+10000, at, at, i, strings.Repeat("It is described at length. ", 60), nodes[:len(nodes)-1]))
	}
	h := New(loaded(b, all), Options{Now: clock})
	for name, query := range map[string]string{
		"cpeName":            "?cpeName=cpe:2.3:a:vendor%d:product:15.0:*:*:*:*:*:*:*",
		"isVulnerable":       "?cpeName=cpe:2.3:a:vendor%d:product:15.0:*:*:*:*:*:*:*&isVulnerable",
		"virtualMatchString": "?virtualMatchString=cpe:2.3:a:vendor%d:product&versionStart=15&versionStartType=including&versionEnd=16&versionEndType=excluding",
	} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for n := 0; b.Loop(); n++ {
				began := time.Now()
				w := get(h, PathCVEs+fmt.Sprintf(query, n%products))
				took = append(took, time.Since(began))
				if w.Code != http.StatusOK || w.Body.Len() < 1000 {
					b.Fatalf("%d %s", w.Code, w.Body)
				}
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds()), "p95-µs")
		})
	}
}

// loaded makes a store as a first load does, after which it knows how best to
// find things.
func loaded(b *testing.B, records []vuln.Record) *sqlite.Store {
	s, err := sqlite.Open(filepath.Join(b.TempDir(), "vulnmirror.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	for _, step := range []func() error{
		func() error { return s.BeginBulk(b.Context(), vuln.KindCVE) },
		func() error {
			_, err := s.Apply(b.Context(), &store.Batch{Origin: store.Origin{Source: "nvd-cve", Filename: "bench"}, Records: records, Last: true})
			return err
		},
		func() error { return s.EndBulk(b.Context(), vuln.KindCVE) },
		func() error { return s.SetSource(b.Context(), store.SourceState{Source: "nvd-cve", Completed: noon}) },
	} {
		if err := step(); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// BenchmarkPage asks for full pages, one after another.
func BenchmarkPage(b *testing.B) {
	records := many(b, 3000)
	for name, plain := range map[string]bool{"gzip": false, "identity": true} {
		b.Run(name, func(b *testing.B) {
			server := httptest.NewServer(api(b, Options{}, records...))
			defer server.Close()
			client := &http.Client{Transport: &http.Transport{DisableCompression: plain}}
			defer client.CloseIdleConnections()
			for b.Loop() {
				b.SetBytes(fetch(b, client, server.URL+PathCVEs+"?startIndex=500"))
			}
		})
	}
}

func fetch(b *testing.B, client *http.Client, url string) int64 {
	resp, err := client.Get(url)
	if err != nil {
		b.Error(err)
		return 0
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		b.Errorf("%s: %v", resp.Status, err)
	}
	return n
}
