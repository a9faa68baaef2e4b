package sim

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const feedPath = "/nvd.nist.gov/feeds/json/cve/2.0/nvdcve-2.0-"

func fetch(t testing.TB, u *Upstream, path string) []byte {
	t.Helper()
	res := get(u, path)
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v", path, res.StatusCode, err)
	}
	return body
}

func gunzip(t testing.TB, b []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func compact(t testing.TB, b []byte) string {
	t.Helper()
	var out bytes.Buffer
	if err := json.Compact(&out, b); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// readFeed proves a feed against its .meta and gives its records.
func readFeed(t testing.TB, meta, gz []byte) (fields map[string]string, records map[string]string, plain []byte) {
	t.Helper()
	fields = map[string]string{}
	if !strings.HasSuffix(string(meta), "\r\n") {
		t.Errorf("unterminated meta %q", meta)
	}
	for line := range strings.Lines(string(meta)) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\r\n"), ":")
		fields[key] = value
	}
	plain = gunzip(t, gz)
	want := map[string]string{
		"lastModifiedDate": fields["lastModifiedDate"], "zipSize": fields["zipSize"],
		"size": strconv.Itoa(len(plain)), "gzSize": strconv.Itoa(len(gz)), "sha256": fmt.Sprintf("%X", sha256.Sum256(plain)),
	}
	if diff := cmp.Diff(want, fields); diff != "" {
		t.Error(diff)
	}
	var a answer
	if err := json.Unmarshal(plain, &a); err != nil {
		t.Fatal(err)
	}
	records = map[string]string{}
	for _, v := range a.Vulnerabilities {
		records[identity(t, v.CVE).ID] = compact(t, v.CVE)
		if when := identity(t, v.CVE).LastModified + "Z"; parse(t, when).After(parse(t, fields["lastModifiedDate"])) {
			t.Errorf("the meta is older than a record of %s", when)
		}
	}
	if a.ResultsPerPage != len(a.Vulnerabilities) || a.TotalResults != len(a.Vulnerabilities) || len(records) != len(a.Vulnerabilities) {
		t.Errorf("%d records, %d said", len(a.Vulnerabilities), a.TotalResults)
	}
	local, _, _ := strings.Cut(a.Timestamp, ".")
	if !strings.HasPrefix(fields["lastModifiedDate"], local) {
		t.Errorf("timestamp %s, meta %s", a.Timestamp, fields["lastModifiedDate"])
	}
	return fields, records, plain
}

func parse(t testing.TB, s string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func TestFeedsTogetherAreTheTruth(t *testing.T) {
	u := New(Options{Seed: testSeed, Records: 200})
	for range 2 {
		all := map[string]string{}
		for year := 2002; year <= 2026; year++ {
			name := feedPath + strconv.Itoa(year)
			_, records, _ := readFeed(t, fetch(t, u, name+".meta"), fetch(t, u, name+".json.gz"))
			for id, body := range records {
				if want := max(id[4:8], "2002"); want != strconv.Itoa(year) {
					t.Errorf("%s is in the feed of %d", id, year)
				}
				all[id] = body
			}
		}
		if diff := cmp.Diff(truth(u), all); diff != "" {
			t.Fatal(diff)
		}
		for _, name := range []string{"modified", "recent"} {
			_, records, _ := readFeed(t, fetch(t, u, feedPath+name+".meta"), fetch(t, u, feedPath+name+".json.gz"))
			if len(records) == 0 || len(records) == len(all) {
				t.Errorf("%s has %d records", name, len(records))
			}
			for id, body := range records {
				if all[id] != body {
					t.Errorf("%s differs in %s", id, name)
				}
			}
		}
		u.Advance(26*time.Hour, 40)
	}
}

func TestOnlyChangedYearsAreIssuedAnew(t *testing.T) {
	u := New(Options{Seed: testSeed, Records: 200})
	meta := func(name string) string { return string(fetch(t, u, feedPath+name+".meta")) }
	before := map[string]string{}
	for year := 2002; year <= 2026; year++ {
		before[strconv.Itoa(year)] = meta(strconv.Itoa(year))
	}
	modified := meta("modified")
	u.Advance(2*time.Hour, 3)
	same := 0
	for name, old := range before {
		if meta(name) == old {
			same++
		}
	}
	if same < 22 || same == 25 {
		t.Errorf("%d years unchanged after 3 changes", same)
	}
	if meta("modified") == modified {
		t.Error("modified is unchanged")
	}
}

func TestYearsWithoutRecords(t *testing.T) {
	u := New(Options{Records: 0, Now: time.Date(2027, 1, 3, 0, 0, 0, 0, time.UTC)})
	fields, records, plain := readFeed(t, fetch(t, u, feedPath+"2027.meta"), fetch(t, u, feedPath+"2027.json.gz"))
	if len(records) != 0 || !strings.HasSuffix(string(plain), "\"vulnerabilities\" : [ ]\r\n}") || !strings.HasSuffix(fields["lastModifiedDate"], "-05:00") {
		t.Errorf("%v %s", fields, plain)
	}
	if res := get(u, feedPath+"2028.meta"); res.StatusCode != http.StatusNotFound {
		t.Errorf("2028: %d", res.StatusCode)
	}
	u.Advance(365*day, 0)
	if res := get(u, feedPath+"2028.meta"); res.StatusCode != http.StatusOK {
		t.Errorf("2028, a year later: %d", res.StatusCode)
	}
}

func TestZipHoldsTheSame(t *testing.T) {
	u := New(Options{Seed: testSeed, Records: 60})
	body := fetch(t, u, feedPath+"modified.json.zip")
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("nvdcve-2.0-modified.json")
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	meta := fetch(t, u, feedPath+"modified.meta")
	_, _, want := readFeed(t, meta, fetch(t, u, feedPath+"modified.json.gz"))
	if !bytes.Equal(plain, want) || !strings.Contains(string(meta), fmt.Sprintf("\r\nzipSize:%d\r\n", len(body))) {
		t.Errorf("%d bytes in a zip of %d, meta %s", len(plain), len(body), meta)
	}
}

func TestStaticFileManners(t *testing.T) {
	u := New(Options{Seed: testSeed, Records: 60})
	whole := fetch(t, u, feedPath+"2025.json.gz")
	first := get(u, feedPath+"2025.json.gz")
	etag, modified := first.Header.Get("ETag"), first.Header.Get("Last-Modified")
	if first.Header.Get("Content-Encoding") != "" || first.Header.Get("Content-Type") != "application/gzip" {
		t.Errorf("headers %v", first.Header)
	}
	for _, c := range []struct {
		header []string
		status int
		body   []byte
	}{
		{[]string{"If-None-Match", etag}, 304, nil},
		{[]string{"If-Modified-Since", modified}, 304, nil},
		{[]string{"Range", "bytes=10-19"}, 206, whole[10:20]},
		{[]string{"Range", "bytes=100-", "If-Range", etag}, 206, whole[100:]},
		{[]string{"Range", "bytes=100-", "If-Range", `"other"`}, 200, whole},
	} {
		res := get(u, feedPath+"2025.json.gz", c.header...)
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != c.status || !bytes.Equal(body, c.body) && len(c.body)+len(body) > 0 {
			t.Errorf("%v: status %d, %d bytes", c.header, res.StatusCode, len(body))
		}
	}
	w := httptest.NewRecorder()
	u.ServeHTTP(w, httptest.NewRequest(http.MethodHead, feedPath+"2025.json.gz", nil))
	if w.Body.Len() != 0 || w.Header().Get("Content-Length") != strconv.Itoa(len(whole)) {
		t.Errorf("HEAD: %d bytes, %v", w.Body.Len(), w.Header())
	}
	u.Advance(time.Hour, 200)
	if res := get(u, feedPath+"2025.json.gz", "If-None-Match", etag); res.StatusCode != http.StatusOK {
		t.Errorf("a changed feed: %d", res.StatusCode)
	}
}

func TestPretty(t *testing.T) {
	const in = `{"a":[],"b":{},"c":[{"d":1.0,"e":"x,\":{"},{"f":[1,"2",[true]]}],"g":{"h":null}}`
	const want = "{\r\n  \"a\" : [ ],\r\n  \"b\" : { },\r\n  \"c\" : [ {\r\n    \"d\" : 1.0,\r\n    \"e\" : \"x,\\\":{\"\r\n  }, {\r\n    \"f\" : [ 1, \"2\", [ true ] ]\r\n  } ],\r\n  \"g\" : {\r\n    \"h\" : null\r\n  }\r\n}"
	if got := string(appendPretty(nil, []byte(in), 0)); got != want {
		t.Errorf("%s", cmp.Diff(want, got))
	}
}

func TestEastern(t *testing.T) {
	for utc, want := range map[string]string{
		"2026-03-08T06:59:59Z": "2026-03-08T01:59:59-05:00",
		"2026-03-08T07:00:00Z": "2026-03-08T03:00:00-04:00",
		"2026-11-01T05:59:59Z": "2026-11-01T01:59:59-04:00",
		"2026-11-01T06:00:00Z": "2026-11-01T01:00:00-05:00",
		"2027-01-01T03:00:00Z": "2026-12-31T22:00:00-05:00",
	} {
		if got := eastern(parse(t, utc)).Format(time.RFC3339); got != want {
			t.Errorf("%s: %s, want %s", utc, got, want)
		}
	}
}

func TestWriteFeeds(t *testing.T) {
	dir := t.TempDir()
	if err := WriteFeeds(t.Context(), dir, testSeed, 120, time.Time{}); err != nil {
		t.Fatal(err)
	}
	u := New(Options{Seed: testSeed, Records: 120})
	for _, name := range []string{"2002", "2021", "2026", "modified", "recent"} {
		for _, ext := range []string{".meta", ".json.gz"} {
			path := feedPath + name + ext
			body, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(body, fetch(t, u, path)) {
				t.Errorf("%s is not what the server gives", path)
			}
		}
	}
}
