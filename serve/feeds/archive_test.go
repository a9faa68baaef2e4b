package feeds

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/nvd"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

const (
	atNames    = "/feeds/json/cpe/2.0/nvdcpe-2.0"
	atCriteria = "/feeds/json/cpematch/2.0/nvdcpematch-2.0"
)

// names are n CPE names, each a second younger than the one before.
func names(t testing.TB, n int) []vuln.Record {
	t.Helper()
	created := time.Date(2003, 5, 1, 0, 0, 0, 0, time.UTC)
	all := make([]vuln.Record, n)
	for i := range all {
		at := vuln.FormatTime(created.Add(time.Duration(i) * time.Second))
		r, err := nvd.DecodeCPE(fmt.Appendf(nil, `{"deprecated":false,"cpeName":"cpe:2.3:a:example:server:%d:*:*:*:*:*:*:*","cpeNameId":"%08X-0000-4000-8000-000000000000",`+
			`"lastModified":"%s","created":"%s","titles":[{"title":"Server \u2122 %d\/1","lang":"en"}]}`, i, i, at, at, i))
		if err != nil {
			t.Fatal(err)
		}
		r.Source = "nvd-cpe"
		all[i] = r
	}
	return all
}

func (w *watched) loaded(source string) {
	w.Helper()
	if err := w.SetSource(w.Context(), store.SourceState{Source: source, Completed: time.Unix(1, 0)}); err != nil {
		w.Fatal(err)
	}
}

// member is a file in an archive.
type member struct {
	name string
	body []byte
}

func unpack(t *testing.T, archive []byte) []member {
	t.Helper()
	var all []member
	in := tar.NewReader(bytes.NewReader(unzip(t, archive)))
	for {
		head, err := in.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil || head.Typeflag != tar.TypeReg || head.Mode != 0o644 || head.Uid != 0 || head.Uname != "" {
			t.Fatalf("%+v: %v", head, err)
		}
		all = append(all, member{head.Name, read(t, in)})
	}
}

// chunked makes a mirror of CPE names whose archive has that many in a document.
func chunked(t *testing.T, chunk int, records []vuln.Record) *mirror {
	t.Helper()
	m := newMirror(t)
	m.store.put(records...)
	m.store.loaded("nvd-cpe")
	m.chunk(chunk)
	return m
}

func (m *mirror) chunk(size int) {
	for _, f := range m.h.(*handler).folders {
		if f.layout.packed == tarForm {
			f.layout.chunk = size
		}
	}
}

func TestArchive(t *testing.T) {
	records := names(t, 7)
	m := chunked(t, 3, records)
	archive := m.get(atNames + ".tar.gz")
	var joined []byte
	var bodies [][]byte
	for i, file := range unpack(t, archive) {
		if want := fmt.Sprintf("nvdcpe-2.0-chunks/nvdcpe-2.0-chunk-%05d.json", i+1); file.name != want {
			t.Errorf("member %q, want %q", file.name, want)
		}
		joined = append(joined, file.body...)
		reader := nvd.NewReader(bytes.NewReader(file.body))
		for {
			body, err := reader.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			bodies = append(bodies, body)
		}
		want := nvd.Header{ResultsPerPage: min(3, 7-3*i), StartIndex: 1 + 3*i, TotalResults: 7, Format: "NVD_CPE", Version: "2.0", Timestamp: "2003-04-30T20:00:06.000"}
		if diff := cmp.Diff(want, reader.Header()); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", file.name, diff)
		}
	}
	if len(bodies) != len(records) {
		t.Fatalf("%d records of %d", len(bodies), len(records))
	}
	for i, r := range records {
		if !bytes.Equal(bodies[i], r.Body) {
			t.Errorf("record %d was changed: %s", i, bodies[i])
		}
	}
	sum := sha256.Sum256(joined)
	want := fmt.Sprintf("lastModifiedDate:2003-04-30T20:00:06-04:00\r\nsize:%d\r\ngzSize:%d\r\nsha256:%s\r\n",
		len(joined), len(archive), strings.ToUpper(hex.EncodeToString(sum[:])))
	if diff := cmp.Diff(want, string(m.get(atNames+".meta"))); diff != "" {
		t.Errorf("meta: (-want +got)\n%s", diff)
	}
	if again := chunked(t, 3, records).get(atNames + ".tar.gz"); !bytes.Equal(archive, again) {
		t.Error("another mirror of the same records makes another archive")
	}
}

// Documents that are full to the last record, and none at all.
func TestArchiveBoundaries(t *testing.T) {
	for records, want := range map[int]int{0: 1, 1: 1, 3: 1, 4: 2, 6: 2} {
		m := chunked(t, 3, names(t, records))
		files := unpack(t, m.get(atNames+".tar.gz"))
		if len(files) != want {
			t.Errorf("%d records: %d documents, want %d", records, len(files), want)
		}
		if records == 0 && !strings.HasPrefix(string(files[0].body), `{"resultsPerPage":0,"startIndex":1,"totalResults":0,"format":"NVD_CPE",`) {
			t.Errorf("empty: %s", files[0].body)
		}
	}
}

func TestArchiveFollowsTheStore(t *testing.T) {
	records := names(t, 4)
	m := chunked(t, 3, records[:3])
	first, meta := m.get(atNames+".tar.gz"), m.get(atNames+".meta")
	m.restart()
	m.chunk(3)
	resp := m.do(http.MethodHead, atNames+".tar.gz")
	if resp.ContentLength != int64(len(first)) || resp.Header.Get("Content-Encoding") != "" || resp.Header.Get("Content-Type") != "application/gzip" {
		t.Errorf("HEAD: %v", resp.Header)
	}
	if got := m.do(http.MethodGet, atNames+".tar.gz", "If-None-Match", resp.Header.Get("Etag")); got.StatusCode != http.StatusNotModified {
		t.Errorf("not modified: %s", got.Status)
	}
	part := m.do(http.MethodGet, atNames+".tar.gz", "Range", "bytes=10-19", "If-Range", resp.Header.Get("Etag"))
	if body := read(t, part.Body); part.StatusCode != http.StatusPartialContent || !bytes.Equal(body, first[10:20]) {
		t.Errorf("range: %s", part.Status)
	}
	if n := len(m.store.builds()); n != 1 {
		t.Errorf("%d builds of one state", n)
	}
	m.store.put(records[3])
	m.now = m.now.Add(time.Minute)
	if bytes.Equal(meta, m.get(atNames+".meta")) || bytes.Equal(first, m.get(atNames+".tar.gz")) {
		t.Error("a new record is not in the archive")
	}
}

// What an archive must not hold, and when there is none.
func TestArchiveLeavesOut(t *testing.T) {
	records := names(t, 3)
	records[0].Converted = true
	m := chunked(t, 3, records)
	if _, err := m.store.Withdraw(m.Context(), store.Withdrawal{
		Kind: vuln.KindCPE, Source: "nvd-cpe", At: m.now, UpTo: m.now, Keep: func(id string) bool { return id != records[2].ID },
	}); err != nil {
		t.Fatal(err)
	}
	files := unpack(t, m.get(atNames+".tar.gz"))
	if len(files) != 1 || !bytes.Contains(files[0].body, records[1].Body) || bytes.Contains(files[0].body, records[0].Body) || bytes.Contains(files[0].body, records[2].Body) {
		t.Errorf("%s", files[0].body)
	}
	for _, path := range []string{atNames + ".json.gz", atNames + ".zip", atNames + "-2002.meta", atNames + "-.meta", atCriteria, "/feeds/json/cpe/2.0/cache.properties", "/feeds/json/cpe/2.0/"} {
		if got := m.do(http.MethodGet, path); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, got.Status)
		}
	}
	if got := m.do(http.MethodGet, atCriteria+".meta"); got.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("before the first load: %s", got.Status)
	}
	m.h = New(m.store, Options{Dir: m.dir, Sources: suppliers, Enabled: []string{"nvd-cve"}})
	if got := m.do(http.MethodGet, atCriteria+".meta"); got.StatusCode != http.StatusNotFound {
		t.Errorf("not kept: %s", got.Status)
	}
	m.store.loaded("nvd-cpematch")
	if got := m.do(http.MethodGet, atCriteria+".tar.gz"); got.StatusCode != http.StatusOK {
		t.Errorf("loaded once, not enabled: %s", got.Status)
	}
}

func TestConvertedRecordsInFeeds(t *testing.T) {
	r := cve("CVE-2002-0001", "2002-01-01T00:00:00.000", "2002-01-01T00:00:00.000")
	r.Converted = true
	m := newMirror(t, r)
	if got := unzip(t, m.get(atNVD+"2002.json.gz")); bytes.Contains(got, r.Body) {
		t.Error("a converted record among NVD's")
	}
	m.h = New(m.store, Options{Dir: m.dir, Converted: true})
	if got := unzip(t, m.get(atNVD+"2002.json.gz")); !bytes.Contains(got, r.Body) {
		t.Error("a converted record is missing although asked for")
	}
}
