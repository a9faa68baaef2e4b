package sqlite_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/store/storetest"
	"vulnmirror/vuln"
)

// batches makes n generated records into batches of 1,000.
func batches(n int) (out []*store.Batch, size int64) {
	for i := 0; i < n; i += 1000 {
		records := storetest.Records(min(1000, n-i), uint64(i))
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

func BenchmarkApply(b *testing.B) {
	const n = 20000
	list, size := batches(n)
	b.SetBytes(size)
	for b.Loop() {
		s, err := sqlite.Open(filepath.Join(b.TempDir(), "v.db"), sqlite.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.BeginBulk(b.Context(), vuln.KindCVE); err != nil {
			b.Fatal(err)
		}
		for _, batch := range list {
			batch.Prepared = nil
			if _, err := s.Apply(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
		}
		if err := s.EndBulk(b.Context(), vuln.KindCVE); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "records/s")
}

func BenchmarkRead(b *testing.B) {
	const n = 20000
	list, _ := batches(n)
	s, err := sqlite.Open(filepath.Join(b.TempDir(), "v.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var ids []string
	for _, batch := range list {
		if _, err := s.Apply(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
		for i := range batch.Records {
			ids = append(ids, batch.Records[i].ID)
		}
	}
	b.Run("Get", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if _, err := s.Get(b.Context(), vuln.KindCVE, ids[i*7919%n]); err != nil {
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
