package rawfiles_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"vulnmirror/archive"
	"vulnmirror/serve/rawfiles"
)

func put(t *testing.T, from *archive.Archive, name, content string) archive.Manifest {
	t.Helper()
	run, err := from.Source(name).Begin(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(run.Part("a/b.json"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := run.Put(archive.File{Path: "a/b.json", URL: "https://example.org/b.json"}); err != nil {
		t.Fatal(err)
	}
	m, err := run.Commit(nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestFilesAreServedWithTheirHashes(t *testing.T) {
	from := archive.Open(t.TempDir())
	put(t, from, "cwe", `{"a":1}`)
	put(t, from, "certcc", `{}`)
	server := httptest.NewServer(rawfiles.New(from, []rawfiles.Source{
		{Name: "cwe", Title: "CWE"}, {Name: "certcc", Withheld: "its terms do not allow it"}, {Name: "kev"},
	}, slog.New(slog.DiscardHandler)))
	defer server.Close()
	get := func(path string) (*http.Response, string) {
		t.Helper()
		resp, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, string(body)
	}
	_, list := get("/archive/")
	if !strings.Contains(list, `"manifest":"/archive/cwe/manifest.json"`) || strings.Contains(list, "certcc/manifest") || strings.Contains(list, "kev/manifest") {
		t.Errorf("the list is %s", list)
	}
	for range 2 { // a file that comes later is found too
		m := put(t, from, "cwe", time.Now().String())
		_, text := get("/archive/cwe/manifest.json")
		var served archive.Manifest
		if err := json.Unmarshal([]byte(text), &served); err != nil || served.Run != m.Run {
			t.Fatalf("the manifest served is of run %q, %v; want %q", served.Run, err, m.Run)
		}
		for _, f := range served.Files {
			resp, body := get("/archive/cwe/raw/" + f.Filename)
			sum := sha256.Sum256([]byte(body))
			if resp.StatusCode != http.StatusOK || hex.EncodeToString(sum[:]) != f.SHA256 || resp.Header.Get("ETag") != `"`+f.SHA256+`"` {
				t.Errorf("%s: %s, hash %x, want %s", f.Filename, resp.Status, sum, f.SHA256)
			}
		}
	}
	for path, want := range map[string]int{
		"/archive/certcc/manifest.json":                     http.StatusForbidden,
		"/archive/certcc/raw/x":                             http.StatusForbidden,
		"/archive/kev/manifest.json":                        http.StatusNotFound,
		"/archive/nothing/manifest.json":                    http.StatusNotFound,
		"/archive/cwe/.lock":                                http.StatusNotFound,
		"/archive/cwe/raw/no/such":                          http.StatusNotFound,
		"/archive/cwe/raw/..%2f..%2fcertcc%2fmanifest.json": http.StatusNotFound,
	} {
		if resp, body := get(path); resp.StatusCode != want {
			t.Errorf("%s: %s %s, want %d", path, resp.Status, body, want)
		}
	}
}
