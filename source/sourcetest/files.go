package sourcetest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

// Open reads a world from a text archive (golang.org/x/tools/txtar) with files
// HOST/PATH. Of what is packed upstream the archive has the content:
//
//	HOST/scores.csv.gz!gz          is compressed
//	HOST/catalogue.zip!zip/a.xml   is a file of a zip
//	HOST/master!tar.gz/car/a.yaml  is a file of a compressed tar archive
//
// The file pax_global_header of a tar archive is the comment that git-archive(1)
// writes into it: the id of the commit.
func Open(t testing.TB, name string) fstest.MapFS {
	t.Helper()
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	world := make(fstest.MapFS)
	packed := make(map[string][]txtar.File)
	for _, f := range archive.Files {
		name, inner, isPacked := strings.Cut(f.Name, "!")
		if !isPacked {
			world[name] = &fstest.MapFile{Data: f.Data}
			continue
		}
		how, inner, _ := strings.Cut(inner, "/")
		packed[name+"!"+how] = append(packed[name+"!"+how], txtar.File{Name: inner, Data: f.Data})
	}
	for _, key := range slices.Sorted(maps.Keys(packed)) {
		name, how, _ := strings.Cut(key, "!")
		data, err := pack(how, packed[key])
		if err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		world[name] = &fstest.MapFile{Data: data}
	}
	return world
}

const globalHeader = "pax_global_header"

func pack(how string, files []txtar.File) ([]byte, error) {
	switch how {
	case "gz":
		return Gzip(files[0].Data), nil
	case "zip":
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		for _, f := range files {
			one, err := w.Create(f.Name)
			if err != nil {
				return nil, err
			}
			if _, err := one.Write(f.Data); err != nil {
				return nil, err
			}
		}
		err := w.Close()
		return out.Bytes(), err
	case "tar.gz":
		var out bytes.Buffer
		w := tar.NewWriter(&out)
		for _, f := range files {
			head := &tar.Header{Name: f.Name, Mode: 0o644, Size: int64(len(f.Data))}
			if f.Name == globalHeader {
				comment := strings.TrimSpace(string(f.Data))
				head, f.Data = &tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": comment}}, nil
			}
			if err := w.WriteHeader(head); err != nil {
				return nil, err
			}
			if _, err := w.Write(f.Data); err != nil {
				return nil, err
			}
		}
		err := w.Close()
		return Gzip(out.Bytes()), err
	}
	return nil, errors.New("no way of packing is called " + how)
}

// Gzip compresses data.
func Gzip(data []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(data)
	if err = errors.Join(err, w.Close()); err != nil {
		panic(err) // a bytes.Buffer takes everything
	}
	return out.Bytes()
}

// Files serves HOST/PATH from the first of some worlds that has it, with an ETag
// made of the content. A path that ends in a slash is the file index there, one
// with a query the file PATH?QUERY.
func Files(worlds ...fs.FS) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		if name == "" || strings.HasSuffix(name, "/") {
			name += "index"
		}
		if r.URL.RawQuery != "" {
			name += "?" + r.URL.RawQuery
		}
		for _, world := range worlds {
			data, err := fs.ReadFile(world, name)
			if err != nil {
				continue
			}
			sum := sha256.Sum256(data)
			w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
			w.Header().Set("Content-Type", contentType(name, data))
			http.ServeContent(w, r, path.Base(name), time.Time{}, bytes.NewReader(data))
			return
		}
		http.NotFound(w, r)
	})
}

func contentType(name string, data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte{0x1f, 0x8b}):
		return "application/gzip"
	case strings.HasSuffix(name, ".json"):
		return "application/json"
	}
	return "text/plain"
}
