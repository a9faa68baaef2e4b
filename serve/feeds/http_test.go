package feeds

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"testing"
)

func TestHeaders(t *testing.T) {
	m := newMirror(t, sample...)
	for path, kind := range map[string]string{
		atNVD + "2002.json.gz":              "application/gzip",
		atNVD + "2002.json.zip":             "application/zip",
		atNVD + "2002.meta":                 "text/plain; charset=utf-8",
		atCheck + "cache.properties":        "text/plain; charset=utf-8",
		atVulnz + "nvdcve-modified.json.gz": "application/gzip",
	} {
		got := m.do(http.MethodGet, path, "Accept-Encoding", "gzip")
		body := read(t, got.Body)
		head := m.do(http.MethodHead, path)
		if rest := read(t, head.Body); head.StatusCode != http.StatusOK || len(rest) != 0 {
			t.Errorf("HEAD %s: %s with %d bytes", path, head.Status, len(rest))
		}
		for method, resp := range map[string]*http.Response{"GET": got, "HEAD": head} {
			for name, want := range map[string]string{
				"Content-Type":     kind,
				"Content-Encoding": "",
				"Content-Length":   strconv.Itoa(len(body)),
				"Accept-Ranges":    "bytes",
				"Etag":             got.Header.Get("Etag"),
				"Last-Modified":    got.Header.Get("Last-Modified"),
			} {
				if have := resp.Header.Get(name); have != want {
					t.Errorf("%s %s: %s %q, want %q", method, path, name, have, want)
				}
			}
		}
		if tag := got.Header.Get("Etag"); len(tag) < 10 || tag[0] != '"' {
			t.Errorf("%s: ETag %q is not strong", path, tag)
		}
		if _, err := http.ParseTime(got.Header.Get("Last-Modified")); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestConditionalRequests(t *testing.T) {
	m := newMirror(t, sample...)
	for _, path := range []string{atNVD + "2002.json.gz", atNVD + "2002.json.zip", atNVD + "2002.meta", atVulnz + "cache.properties"} {
		first := m.do(http.MethodGet, path)
		tag, date := first.Header.Get("Etag"), first.Header.Get("Last-Modified")
		whole := read(t, first.Body)
		for _, test := range []struct {
			name   string
			header []string
			status int
			body   []byte
		}{
			{"same tag", []string{"If-None-Match", tag}, http.StatusNotModified, nil},
			{"other tag", []string{"If-None-Match", `"x"`}, http.StatusOK, whole},
			{"same date", []string{"If-Modified-Since", date}, http.StatusNotModified, nil},
			{"older date", []string{"If-Modified-Since", "Mon, 01 Jan 2001 00:00:00 GMT"}, http.StatusOK, whole},
			{"range", []string{"Range", "bytes=5-14"}, http.StatusPartialContent, whole[5:15]},
			{"rest", []string{"Range", "bytes=20-"}, http.StatusPartialContent, whole[20:]},
			{"end", []string{"Range", "bytes=-9"}, http.StatusPartialContent, whole[len(whole)-9:]},
			{"beyond", []string{"Range", fmt.Sprintf("bytes=%d-", len(whole))}, http.StatusRequestedRangeNotSatisfiable, nil},
			{"range of the same", []string{"Range", "bytes=1-3", "If-Range", tag}, http.StatusPartialContent, whole[1:4]},
			{"range of another", []string{"Range", "bytes=1-3", "If-Range", `"x"`}, http.StatusOK, whole},
		} {
			resp := m.do(http.MethodGet, path, test.header...)
			body := read(t, resp.Body)
			if resp.StatusCode != test.status || test.body != nil && !bytes.Equal(body, test.body) {
				t.Errorf("%s, %s: %s with %d bytes, want %d with %d", path, test.name, resp.Status, len(body), test.status, len(test.body))
			}
		}
	}
}

// Every byte of a zip can be where a broken download goes on.
func TestZipRanges(t *testing.T) {
	m := newMirror(t, sample...)
	path := atNVD + "2002.json.zip"
	whole := m.get(path)
	for from := range whole {
		resp := m.do(http.MethodGet, path, "Range", fmt.Sprintf("bytes=%d-", from))
		if got := read(t, resp.Body); !bytes.Equal(got, whole[from:]) {
			t.Fatalf("from %d: %d bytes, want %d", from, len(got), len(whole)-from)
		}
	}
}

func TestTagFollowsContent(t *testing.T) {
	m := newMirror(t, sample...)
	tags := map[string]string{}
	tag := func(path string) string { return m.do(http.MethodHead, path).Header.Get("Etag") }
	for _, path := range []string{atNVD + "2003.json.gz", atNVD + "2003.json.zip", atNVD + "2003.meta", atNVD + "2004.json.gz"} {
		for other, t2 := range tags {
			if t2 == tag(path) {
				t.Errorf("%s and %s share a tag", path, other)
			}
		}
		tags[path] = tag(path)
	}
	changed := sample[3]
	changed.Body = []byte(`{"id":"CVE-2003-0007","changed":true}`)
	m.store.put(changed)
	for path, before := range tags {
		if same := tag(path) == before; same != (path == atNVD+"2004.json.gz") {
			t.Errorf("%s: tag stayed the same: %v", path, same)
		}
	}
}

func TestNothingElse(t *testing.T) {
	m := newMirror(t, sample...)
	for _, path := range []string{
		"/", "/feeds", "/feeds/", "/feeds/json/cve/2.0", "/feeds/json/cve/2.0/", "/feeds/dependency-check/", "/feeds/vulnz/",
		"/feeds/json/cve/2.0/cache.properties", "/feeds/json/cve/2.0/nvdcve-2.0-2002.json", "/feeds/json/cve/2.0/nvdcve-2.0-2002",
		"/feeds/json/cve/1.1/nvdcve-1.1-2002.json.gz", atNVD + ".json.gz", atNVD + "2001.json.gz", atNVD + "02002.json.gz",
		atNVD + "+2002.json.gz", atNVD + "20O2.json.gz", atNVD + "Modified.json.gz", atNVD + "9999.json.gz", atNVD + "2002.meta/",
		atNVD + "../nvdcve-2.0-2002.meta", "/feeds/json/cve/2.0/state.json", atCheck + "nvdcve-2002.json.gz",
		atCheck + "nvdcve-2.0-2002.json.zip", atVulnz + "nvdcve-2.0-2002.json.gz", atVulnz + "nvdcve-recent.json.gz",
		atVulnz + "nvdcve-2002.json.zip",
	} {
		if resp := m.do(http.MethodGet, path); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
	if n := len(m.store.builds()); n != 0 {
		t.Errorf("%d builds for files that do not exist", n)
	}
	resp := m.do(http.MethodPost, atNVD+"2002.meta")
	if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %s, Allow %q", resp.Status, resp.Header.Get("Allow"))
	}
	if resp := m.do(http.MethodGet, "/feeds//json/cve/2.0///nvdcve-2.0-2002.meta"); resp.StatusCode != http.StatusOK {
		t.Errorf("repeated slashes: %s", resp.Status)
	}
}
