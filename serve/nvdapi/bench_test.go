package nvdapi

import (
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
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
