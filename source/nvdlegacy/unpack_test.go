package nvdlegacy

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"testing"
)

// FuzzUnpack: whatever bytes are unpacked, it ends, leaves nothing behind, and
// plain bytes come through as they are.
func FuzzUnpack(f *testing.F) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(`{"CVE_Items":[]}`)) // to memory
	_ = z.Close()
	f.Add(packed.Bytes())
	var archived bytes.Buffer
	a := zip.NewWriter(&archived)
	if w, err := a.Create("a.json"); err == nil {
		_, _ = w.Write(packed.Bytes()) // to memory
	}
	_ = a.Close()
	f.Add(archived.Bytes())
	f.Add([]byte("plain"))
	dir := f.TempDir()
	f.Setenv("TMPDIR", dir)
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := unpack(bytes.NewReader(text))
		if err != nil {
			return
		}
		got, err := io.ReadAll(io.LimitReader(c, 1<<24))
		if len(c.layers) == 0 && (err != nil || !bytes.Equal(got, text)) {
			t.Fatalf("%q became %q, %v", text, got, err)
		}
		// Damage found while reading may come again.
		if err := c.Close(); err != nil && len(c.layers) == 0 {
			t.Fatal(err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Fatalf("left behind: %v, %v", left, err)
		}
	})
}
