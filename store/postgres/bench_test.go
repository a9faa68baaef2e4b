package postgres_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vulnmirror/store"
	"vulnmirror/store/postgres"
	"vulnmirror/store/storetest"
	"vulnmirror/vuln"
)

// batches makes n generated records into batches of 500.
func batches(n int) (out []*store.Batch, size int64) {
	for i := 0; i < n; i += 500 {
		records := storetest.Records(min(500, n-i), uint64(i))
		for j := range records {
			r := &records[j]
			r.ID = fmt.Sprintf("CVE-%d-%06d", 2002+i/20000, i+j)
			r.Text = append(r.Text, vuln.Text{Lang: "en", Value: strings.Repeat(r.Text[0].Value, 2)})
			r.Body = storetest.Body(r)
			size += int64(len(r.Body))
		}
		out = append(out, &store.Batch{Origin: store.Origin{Source: "nvd-cve", Filename: fmt.Sprint(i)}, Records: records})
	}
	return out, size
}

func load(b *testing.B, s *postgres.Store, list []*store.Batch) {
	b.Helper()
	if err := s.BeginBulk(b.Context(), vuln.KindCVE); err != nil {
		b.Fatal(err)
	}
	applyAll(b, s, list)
	if err := s.EndBulk(b.Context(), vuln.KindCVE); err != nil {
		b.Fatal(err)
	}
}

func applyAll(b *testing.B, s *postgres.Store, list []*store.Batch) {
	b.Helper()
	for _, batch := range list {
		batch.Prepared = nil
		if _, err := s.Apply(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	const n = 10000
	list, size := batches(n)
	for _, without := range []bool{true, false} {
		b.Run(fmt.Sprintf("jsonb=%t", !without), func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				s := open(b, database(b), postgres.Options{NoJSONB: without})
				load(b, s, list)
				closed(b, s)
			}
			b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkChange applies records that all have changed.
func BenchmarkChange(b *testing.B) {
	const n = 10000
	list, size := batches(n)
	for _, without := range []bool{true, false} {
		b.Run(fmt.Sprintf("jsonb=%t", !without), func(b *testing.B) {
			s := open(b, database(b), postgres.Options{NoJSONB: without})
			defer closed(b, s)
			load(b, s, list)
			b.SetBytes(size)
			for b.Loop() {
				for _, batch := range list {
					for i := range batch.Records {
						r := &batch.Records[i]
						r.Modified = r.Modified.Add(time.Hour)
						r.Body = storetest.Body(r)
					}
				}
				applyAll(b, s, list)
			}
			b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "records/s")
		})
	}
}

func BenchmarkRead(b *testing.B) {
	const n = 10000
	list, _ := batches(n)
	s := open(b, database(b), postgres.Options{NoJSONB: true})
	defer closed(b, s)
	load(b, s, list)
	b.Run("Get", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			r := list[i%len(list)].Records[i*7919%500]
			if _, err := s.Get(b.Context(), vuln.KindCVE, r.ID); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, q := range []store.Query{{}, {Offset: n - 2000}, {Order: store.ByModifiedDesc}} {
		q.Kind, q.Limit = vuln.KindCVE, 2000
		b.Run(fmt.Sprintf("Page/order=%d/offset=%d", q.Order, q.Offset), func(b *testing.B) {
			for b.Loop() {
				for _, err := range s.List(b.Context(), q) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// scores are those of one day.
func scores(n, day int) (out []*store.Batch) {
	for i := 0; i < n; i += 500 {
		b := &store.Batch{Origin: store.Origin{Source: "epss", Filename: fmt.Sprint(day), Replaces: true, Forgets: true}}
		for j := i; j < min(n, i+500); j++ {
			id := fmt.Sprintf("CVE-%d-%06d", 2002+j/20000, j)
			score := fmt.Sprintf("0.%05d", (j*7919+day)%100000)
			b.Records = append(b.Records, vuln.Record{
				Kind: vuln.KindEPSS, ID: id, Source: "epss", Modified: time.UnixMilli(0).AddDate(50, 0, day), Title: "EPSS " + score,
				Facts: vuln.Facts{Links: []vuln.Link{{Kind: vuln.KindCVE, ID: id, Rule: "cve"}}},
				Body:  fmt.Appendf(nil, `{"cve":%q,"epss":%q,"percentile":%q,"model_version":"v2025.03.14","score_date":"2026-11-%02d"}`, id, score, score, day%30),
			})
		}
		out = append(out, b)
	}
	return out
}

// BenchmarkDaily applies scores that all change, to a store that holds more than
// them.
func BenchmarkDaily(b *testing.B) {
	const n = 20000
	list, _ := batches(2000)
	for _, without := range []bool{true, false} {
		b.Run(fmt.Sprintf("jsonb=%t", !without), func(b *testing.B) {
			s := open(b, database(b), postgres.Options{NoJSONB: without})
			defer closed(b, s)
			load(b, s, list)
			day := 0
			applyAll(b, s, scores(n, day))
			for b.Loop() {
				day++
				applyAll(b, s, scores(n, day))
			}
			b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkLinks follows links of 300 records at once.
func BenchmarkLinks(b *testing.B) {
	s := open(b, database(b), postgres.Options{NoJSONB: true})
	defer closed(b, s)
	applyAll(b, s, scores(100_000, 1))
	prose := storetest.Prose(12_000, 1)
	for i := 0; i < len(prose); i += 500 {
		applyAll(b, s, []*store.Batch{{Origin: store.Origin{Source: "prose"}, Records: prose[i : i+500]}})
	}
	if err := s.EndBulk(b.Context(), vuln.KindCWE); err != nil { // takes statistics
		b.Fatal(err)
	}
	var refs []store.Ref
	for i := range 150 {
		r := prose[i*71]
		refs = append(refs, store.Ref{Kind: r.Kind, ID: r.ID}, store.Ref{Kind: vuln.KindCVE, ID: fmt.Sprintf("CVE-%d-%06d", 2002+i*600/20000, i*600)})
	}
	for name, q := range map[string]store.LinkQuery{"From": {From: refs}, "To": {To: refs}, "ToOfKind": {To: refs, Kinds: []vuln.Kind{vuln.KindEPSS}}} {
		b.Run(name, func(b *testing.B) {
			n := 0
			for b.Loop() {
				n = 0
				for _, err := range s.Links(b.Context(), q) {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
			}
			b.ReportMetric(float64(n), "links")
		})
	}
	b.Run("Titles", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Titles(b.Context(), refs); err != nil {
				b.Fatal(err)
			}
		}
	})
}
