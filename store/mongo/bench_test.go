package mongo_test

import (
	"fmt"
	"testing"

	"vulnmirror/store"
	"vulnmirror/store/mongo"
	"vulnmirror/store/storetest"
	"vulnmirror/vuln"
)

// BenchmarkGet reads single records.
func BenchmarkGet(b *testing.B) {
	if server == nil {
		b.Skip("no server")
	}
	s, err := mongo.Open(b.Context(), server.URL("vulnmirror_bench"), mongo.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	records := storetest.Records(300, 1)
	if _, err := s.Apply(b.Context(), &store.Batch{Origin: store.Origin{Source: "s", Filename: "1", SHA256: "1"}, Records: records}); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for i := range b.N {
		if _, err := s.Get(b.Context(), vuln.KindCVE, records[i%len(records)].ID); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoad puts 300 records into an empty database.
func BenchmarkLoad(b *testing.B) {
	if server == nil {
		b.Skip("no server")
	}
	for i := range b.N {
		s, err := mongo.Open(b.Context(), server.URL(fmt.Sprintf("vulnmirror_load_%d", i)), mongo.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.BeginBulk(b.Context(), vuln.KindCVE); err != nil {
			b.Fatal(err)
		}
		if _, err := s.Apply(b.Context(), &store.Batch{Origin: store.Origin{Source: "s", Filename: "1", SHA256: "1"}, Records: storetest.Records(300, 1)}); err != nil {
			b.Fatal(err)
		}
		if err := s.EndBulk(b.Context(), vuln.KindCVE); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
