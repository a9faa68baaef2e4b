package archive

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
)

// page returns about size bytes that compress like JSON of records.
func page(size int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	for b.Len() < size {
		fmt.Fprintf(&b, `{"cve":{"id":"CVE-%d-%05d","score":%d.%d,"words":"%x"}}`+"\n",
			1999+rng.IntN(28), rng.IntN(99999), rng.IntN(10), rng.IntN(10), rng.Uint64())
	}
	return b.Bytes()
}

func BenchmarkCompress(b *testing.B) {
	for _, size := range []int{1 << 10, 8 << 20} {
		data := page(size)
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			var c compressor
			for b.Loop() {
				if _, _, err := c.compress(io.Discard, bytes.NewReader(data)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
