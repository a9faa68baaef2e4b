package attack_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"vulnmirror/source/sourcetest"
)

// BenchmarkDecode reads a world as large as ATT&CK is: bundles of 40 MB, of which
// Enterprise is the most. peak-MB is the most heap in use when a record is
// returned, less what the test itself holds.
func BenchmarkDecode(b *testing.B) {
	const techniques, uses = 800, 20_000
	var text strings.Builder
	text.WriteString(`{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000001","objects":[`)
	prose := strings.Repeat("Adversaries may knock at doors to see who opens. ", 40)
	for i := range techniques {
		fmt.Fprintf(&text, `{"type":"attack-pattern","spec_version":"2.1","id":"attack-pattern--00000000-0000-4000-8000-%012d","created":"2030-01-02T03:04:05.678Z","modified":"2031-01-02T03:04:05.678Z","name":"Knocking %d","description":%q,"external_references":[{"source_name":"mitre-attack","external_id":"T%d"}],"x_mitre_domains":["enterprise-attack"]},`, i, i, prose, 2000+i)
	}
	for i := range uses {
		fmt.Fprintf(&text, `{"type":"relationship","spec_version":"2.1","id":"relationship--00000000-0000-4000-8000-%012d","created":"2030-01-02T03:04:05.678Z","modified":"2031-01-02T03:04:05.678Z","relationship_type":"uses","source_ref":"attack-pattern--00000000-0000-4000-8000-%012d","target_ref":"attack-pattern--00000000-0000-4000-8000-%012d","description":%q},`, i, i%techniques, (i*7+1)%techniques, prose[:1500])
	}
	enterprise := strings.TrimSuffix(text.String(), ",") + "]}"
	all := sourcetest.Open(b, "testdata/world.txt")
	const place = stixData + "enterprise-attack/enterprise-attack-9.1.json"
	m := sourcetest.NewMirror(b, small())
	m.Must(sourcetest.Files(fstest.MapFS{place: {Data: []byte(enterprise)}}, all))
	b.SetBytes(int64(len(enterprise)))
	var list string
	for _, f := range m.Manifest().Files {
		if f.Path == "edition.json" {
			list = f.Filename
		}
	}
	var own runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&own)
	peak := own.HeapAlloc
	for b.Loop() {
		n := 0
		for _, err := range small().Decode(m.Tree().FS(), list) {
			if err != nil {
				b.Fatal(err)
			}
			if n++; n%100 == 0 {
				var heap runtime.MemStats
				runtime.ReadMemStats(&heap)
				peak = max(peak, heap.HeapAlloc)
			}
		}
		if n < techniques {
			b.Fatalf("%d records", n)
		}
	}
	b.ReportMetric(float64((peak-own.HeapAlloc)>>20), "peak-MB")
}
