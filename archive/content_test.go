package archive

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

func TestOpenContent(t *testing.T) {
	var z bytes.Buffer
	if _, _, err := new(compressor).compress(&z, bytes.NewReader([]byte("text"))); err != nil {
		t.Fatal(err)
	}
	var nothing bytes.Buffer
	if _, _, err := new(compressor).compress(&nothing, bytes.NewReader(nil)); err != nil {
		t.Fatal(err)
	}
	g := gzipped([]byte("text"))
	tests := []struct {
		name string
		data []byte
		want string
		bad  bool
	}{
		{"a.json.gz", g, "text", false},
		{"two-members.gz", append(bytes.Clone(g), g...), "texttext", false},
		{"a.json.zst", z.Bytes(), "text", false},
		{"empty.zst", nothing.Bytes(), "", false},
		{"a.json", []byte("text"), "text", false},
		{"by-magic-gzip", g, "text", false},
		{"by-magic-zstd", z.Bytes(), "text", false},
		{"short", []byte{0x1f}, "\x1f", false},
		{"empty", nil, "", false},
		{"html.gz", []byte("<html>"), "", true},
		{"cut.gz", g[:len(g)-3], "", true},
		{"cut.zst", z.Bytes()[:z.Len()-1], "", true},
		{"none.gz", nil, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readContent(fstest.MapFS{tt.name: {Data: tt.data}}, tt.name)
			if (err != nil) != tt.bad || !tt.bad && got != tt.want {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func readContent(fsys fs.FS, name string) (string, error) {
	c, err := OpenContent(fsys, name)
	if err != nil {
		return "", err
	}
	defer c.Close()
	b, err := io.ReadAll(c)
	return string(b), err
}

func TestFSStaysInRaw(t *testing.T) {
	tree := newTree(t)
	r := begin(t, tree, day1)
	f := put(t, r, File{Path: "a"}, "inside")
	commit(t, r, nil, day1)
	if err := os.Symlink(tree.manifestPath(), filepath.Join(tree.Raw(), "link")); err != nil {
		t.Fatal(err)
	}
	fsys := tree.FS()
	for _, name := range []string{"../manifest.json", "/etc/passwd", "link", "", f.Filename + "/../../../manifest.json"} {
		if b, err := fs.ReadFile(fsys, name); err == nil {
			t.Errorf("%q reads %q", name, b)
		}
	}
	os.Remove(filepath.Join(tree.Raw(), "link"))
	if err := fstest.TestFS(fsys, f.Filename); err != nil {
		t.Error(err)
	}
	if _, err := fs.ReadFile(newTree(t).FS(), "x"); err == nil {
		t.Error("read from a tree that does not exist")
	}
}

func FuzzOpenContent(f *testing.F) {
	f.Add("a.gz", gzipped([]byte("text")))
	f.Add("a.zst", []byte("\x28\xb5\x2f\xfd\x00\x00\x01\x00\x00"))
	f.Add("a", []byte("text"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		if !fs.ValidPath(name) || name == "." {
			return
		}
		c, err := OpenContent(fstest.MapFS{name: {Data: data}}, name)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, io.LimitReader(c, 1<<20))
		c.Close()
	})
}
