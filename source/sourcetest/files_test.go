package sourcetest_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"vulnmirror/source/sourcetest"
)

func TestFiles(t *testing.T) {
	first := fstest.MapFS{
		"a.example/list/index":      {Data: []byte("a list")},
		"a.example/updates?page=2":  {Data: []byte("second page")},
		"a.example/updates":         {Data: []byte("first page")},
		"a.example/only-here.json":  {Data: []byte("{}")},
		"b.example/shadowed":        {Data: []byte("new")},
		"b.example/with space.json": {Data: []byte("[]")},
	}
	world := sourcetest.Files(first, fstest.MapFS{"b.example/shadowed": {Data: []byte("old")}})
	ask := func(path, etag string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("If-None-Match", etag)
		w := httptest.NewRecorder()
		world.ServeHTTP(w, r)
		return w
	}
	for path, want := range map[string]string{
		"/a.example/list/":             "a list",
		"/a.example/updates?page=2":    "second page",
		"/a.example/updates":           "first page",
		"/b.example/shadowed":          "new",
		"/b.example/with%20space.json": "[]",
	} {
		if got := ask(path, ""); got.Code != http.StatusOK || got.Body.String() != want {
			t.Errorf("%s: %d %q, want %q", path, got.Code, got.Body, want)
		} else if again := ask(path, got.Header().Get("ETag")); again.Code != http.StatusNotModified {
			t.Errorf("%s, asked again: %d", path, again.Code)
		}
	}
	for _, path := range []string{"/a.example/updates?page=3", "/a.example/list/x", "/", "/c.example/"} {
		if got := ask(path, ""); got.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.Code)
		}
	}
}

func TestOpenPacks(t *testing.T) {
	name := filepath.Join(t.TempDir(), "world.txt")
	text := "-- h/plain --\nas it is\n-- h/x.gz!gz --\nscores\n-- h/x.zip!zip/in/a.xml --\n<a/>\n" +
		"-- h/master!tar.gz/pax_global_header --\n0123\n-- h/master!tar.gz/car/a.yaml --\na: 1\n-- h/master!tar.gz/car/b.yaml --\nb: 2\n"
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	world := sourcetest.Open(t, name)
	if got := string(world["h/plain"].Data); got != "as it is\n" {
		t.Errorf("a plain file is %q", got)
	}
	if got := string(unzip(t, world["h/x.gz"].Data)); got != "scores\n" {
		t.Errorf("a .gz holds %q", got)
	}
	z, err := zip.NewReader(bytes.NewReader(world["h/x.zip"].Data), int64(len(world["h/x.zip"].Data)))
	if err != nil || len(z.File) != 1 || z.File[0].Name != "in/a.xml" {
		t.Errorf("a zip holds %v, %v", z, err)
	}
	in := tar.NewReader(bytes.NewReader(unzip(t, world["h/master"].Data)))
	for _, want := range []string{"pax_global_header", "car/a.yaml", "car/b.yaml"} {
		head, err := in.Next()
		if err != nil {
			t.Fatal(err)
		}
		if isGlobal := want == "pax_global_header"; isGlobal && head.PAXRecords["comment"] != "0123" || !isGlobal && head.Name != want {
			t.Errorf("the archive has %+v, want %s", head, want)
		}
	}
	if _, err := in.Next(); err != io.EOF {
		t.Errorf("the archive goes on: %v", err)
	}
}

func unzip(t *testing.T, data []byte) []byte {
	t.Helper()
	in, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
