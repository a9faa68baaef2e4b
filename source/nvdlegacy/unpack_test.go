package nvdlegacy

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

func zipOf(tb testing.TB, name string, text []byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write(text)
	}
	if err := errors.Join(err, z.Close()); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func gzipOf(tb testing.TB, text []byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(text)
	if err := errors.Join(err, z.Close()); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func TestBombsAreNotUnpacked(t *testing.T) {
	bound := limits{times: 300, from: 1 << 16, largest: 1 << 20}
	empty, random := make([]byte, 1<<19), make([]byte, 2<<20)
	rand.NewChaCha8([32]byte{}).Read(random)
	for name, tc := range map[string]struct {
		packed []byte
		want   string // "" is a good end
	}{
		"gzip":          {gzipOf(t, empty), "more than 300 times its size"},
		"zip":           {zipOf(t, "a", empty), "more than 300 times its size"},
		"gzip in gzip":  {gzipOf(t, gzipOf(t, empty)), "more than 300 times its size"},
		"gzip in zip":   {zipOf(t, "a", gzipOf(t, empty)), "more than 300 times its size"},
		"too large":     {gzipOf(t, random), "more than 1 MiB"},
		"small":         {gzipOf(t, empty[:1<<16]), ""},
		"hardly packed": {gzipOf(t, random[:1<<18]), ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := unpack(bytes.NewReader(tc.packed), bound)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_, err = io.Copy(io.Discard, c)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("ended with %v", err)
			}
		})
	}
}

// FuzzUnpack: whatever bytes are unpacked, it ends, leaves nothing behind, and
// plain bytes come through as they are.
func FuzzUnpack(f *testing.F) {
	packed := gzipOf(f, []byte(`{"CVE_Items":[]}`))
	f.Add(packed)
	f.Add(zipOf(f, "a.json", packed))
	f.Add([]byte("plain"))
	dir := f.TempDir()
	f.Setenv("TMPDIR", dir)
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := unpack(bytes.NewReader(text), sound)
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
