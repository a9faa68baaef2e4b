package rawfiles_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"vulnmirror/archive"
	"vulnmirror/serve/rawfiles"
)

func take(t *testing.T, from *archive.Archive, name string, f archive.File, content []byte) {
	t.Helper()
	run, err := from.Source(name).Begin(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(run.Part(f.Path), content, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := run.Put(f); err != nil {
		t.Fatal(err)
	}
	if _, err := run.Commit(nil, time.Now()); err != nil {
		t.Fatal(err)
	}
}

func TestFilesAreServedAsUpstreamDid(t *testing.T) {
	var packed bytes.Buffer
	gz := gzip.NewWriter(&packed)
	if _, err := gz.Write([]byte("cve,epss\n")); err != nil {
		t.Fatal(err)
	}
	if err := gz.Close(); err != nil {
		t.Fatal(err)
	}
	from := archive.Open(t.TempDir())
	take(t, from, "kev", archive.File{Path: "kev.json", URL: "https://www.cisa.gov/feeds/kev.json?v=1", LastModified: "Sat, 21 Nov 2026 10:00:00 GMT"}, []byte(`{"old":1}`))
	take(t, from, "kev", archive.File{Path: "kev.json", URL: "https://www.cisa.gov/feeds/kev.json?v=1"}, []byte(`{"new":1}`))
	take(t, from, "epss", archive.File{Path: "epss.csv.gz", URL: "https://epss.example/epss.csv.gz", Encoding: "gzip"}, packed.Bytes())
	take(t, from, "page", archive.File{Path: "page.json", URL: "https://epss.example/page.json", Encoding: "gzip"}, packed.Bytes())
	take(t, from, "certcc", archive.File{Path: "note.json", URL: "https://kb.cert.org/vuls/api/1/"}, []byte(`{}`))
	files := rawfiles.New(from, []rawfiles.Source{{Name: "kev"}, {Name: "nothing"}, {Name: "epss"}, {Name: "page"}, {Name: "certcc", Withheld: "no"}}, slog.New(slog.DiscardHandler))
	server := httptest.NewServer(files.Upstream())
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	for path, want := range map[string]string{
		"/www.cisa.gov/feeds/kev.json?v=1": `{"new":1}`,
		"/www.cisa.gov/feeds/kev.json":     "",
		"/epss.example/epss.csv.gz":        packed.String(),
		"/epss.example/page.json":          "cve,epss\n", // packed for the way only
		"/kb.cert.org/vuls/api/1/":         "",
		"/epss.example/":                   "",
	} {
		resp, err := client.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			if resp.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %s", path, resp.Status)
			}
			continue
		}
		if string(body) != want || resp.Header.Get("ETag") == "" {
			t.Errorf("%s: %s %q, want %q", path, resp.Status, body, want)
		}
		again, err := http.NewRequest(http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		again.Header.Set("If-None-Match", resp.Header.Get("ETag"))
		if resp, err = client.Do(again); err != nil || resp.StatusCode != http.StatusNotModified {
			t.Errorf("%s again: %v, %v", path, resp.Status, err)
		}
		resp.Body.Close()
	}
}
