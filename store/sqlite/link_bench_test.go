package sqlite_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/vuln"
)

// graph is n records of the small kinds with links among them and to CVE records.
func graph(n, links int) []vuln.Record {
	rnd := rand.New(rand.NewPCG(1, 1))
	kinds := []vuln.Kind{vuln.KindCWE, vuln.KindCAPEC, vuln.KindATTACK, vuln.KindD3FEND, vuln.KindCERTFR, vuln.KindMSRC}
	ref := func() (vuln.Kind, string) {
		i := rnd.IntN(n)
		return kinds[i%len(kinds)], fmt.Sprintf("id-%05d", i)
	}
	records := make([]vuln.Record, n)
	for i := range records {
		r := vuln.Record{
			Kind: kinds[i%len(kinds)], ID: fmt.Sprintf("id-%05d", i), Source: "test", Title: fmt.Sprintf("The title of number %d", i),
			Body: fmt.Appendf(nil, `{"id":%d,"description":"%0500x"}`, i, rnd.Uint64()),
		}
		for j := range links / n {
			kind, id := ref()
			if j == 0 {
				kind, id = vuln.KindCVE, fmt.Sprintf("CVE-2024-%05d", rnd.IntN(n))
			}
			r.Facts.Links = append(r.Facts.Links, vuln.Link{Kind: kind, ID: id, Rule: "leads to"})
		}
		records[i] = r
	}
	return records
}

// BenchmarkLinks follows links out of and into some hundreds of 10,000 records
// with 60,000 links, as a chain does, and asks for their titles.
func BenchmarkLinks(b *testing.B) {
	const n = 10_000
	s, err := sqlite.Open(filepath.Join(b.TempDir(), "v.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	records := graph(n, 6*n)
	if _, err := s.Apply(b.Context(), &store.Batch{Records: records}); err != nil {
		b.Fatal(err)
	}
	for _, many := range []int{1, 100, 500} {
		var refs, cves []store.Ref
		for i := range many {
			r := &records[(i*7919)%n]
			refs = append(refs, store.Ref{Kind: r.Kind, ID: r.ID})
			cves = append(cves, store.Ref{Kind: vuln.KindCVE, ID: r.Facts.Links[0].ID})
		}
		for name, q := range map[string]store.LinkQuery{
			"From": {From: refs}, "To": {To: refs}, "FromOfKind": {From: refs, Kinds: []vuln.Kind{vuln.KindATTACK}}, "ToCVE": {To: cves},
		} {
			b.Run(fmt.Sprintf("%s/%d", name, many), func(b *testing.B) {
				found := 0
				for b.Loop() {
					for _, err := range s.Links(b.Context(), q) {
						if err != nil {
							b.Fatal(err)
						}
						found++
					}
				}
				b.ReportMetric(float64(found)/float64(b.N), "links")
			})
		}
		b.Run(fmt.Sprintf("Titles/%d", many), func(b *testing.B) {
			for b.Loop() {
				if titles, err := s.Titles(b.Context(), refs); err != nil || len(titles) != many {
					b.Fatal(len(titles), err)
				}
			}
		})
	}
}

// scores is one day's file of n scores, in batches of 1,000.
func scores(n, day int) (out []*store.Batch) {
	at := time.Date(2026, 1, day, 12, 0, 0, 0, time.UTC)
	rnd := rand.New(rand.NewPCG(uint64(day), 1))
	for i := 0; i < n; i += 1000 {
		b := &store.Batch{Origin: store.Origin{Source: "epss", Filename: fmt.Sprint(day), Forgets: true}}
		for j := i; j < min(n, i+1000); j++ {
			id := fmt.Sprintf("CVE-%d-%05d", 2000+j/20000, j%20000)
			score := fmt.Sprintf("%.5f", rnd.Float64())
			b.Records = append(b.Records, vuln.Record{
				Kind: vuln.KindEPSS, ID: id, Source: "epss", Modified: at, Title: "EPSS " + score + ", percentile 0.12345",
				Facts: vuln.Facts{Links: []vuln.Link{{Kind: vuln.KindCVE, ID: id, Rule: "cve"}}},
				Body:  fmt.Appendf(nil, `{"cve":"%s","epss":"%s","percentile":"0.12345","model_version":"v2025.03.14","score_date":"%s"}`, id, score, at.Format(time.RFC3339)),
			})
		}
		out = append(out, b)
	}
	return out
}

// BenchmarkScores loads 300,000 scores, and then those of the next day.
func BenchmarkScores(b *testing.B) {
	const n = 300_000
	for b.Loop() {
		s, err := sqlite.Open(filepath.Join(b.TempDir(), "v.db"), sqlite.Options{})
		if err != nil {
			b.Fatal(err)
		}
		for day, what := range []string{"first-s", "next-s"} {
			files := scores(n, 1+day)
			start := time.Now()
			if day == 0 {
				if err := s.BeginBulk(b.Context(), vuln.KindEPSS); err != nil {
					b.Fatal(err)
				}
			}
			for _, batch := range files {
				if o, err := s.Apply(b.Context(), batch); err != nil || o.Added+o.Changed != len(batch.Records) {
					b.Fatal(o, err)
				}
			}
			if err := s.EndBulk(b.Context(), vuln.KindEPSS); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(time.Since(start).Seconds(), what)
		}
		if size, err := s.SizeOnDisk(b.Context()); err == nil {
			b.ReportMetric(float64(size)/1e6, "MB")
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
