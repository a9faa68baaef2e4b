package feeds

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The NVD folder, the one for DependencyCheck and the one of vulnz.
const (
	atNVD   = "/feeds/json/cve/2.0/nvdcve-2.0-"
	atCheck = "/feeds/dependency-check/"
	atVulnz = "/feeds/vulnz/"
)

// mirror is a handler over a store, with a clock that stands still.
type mirror struct {
	*testing.T
	store *memory
	dir   string
	now   time.Time
	h     http.Handler
}

func newMirror(t *testing.T, records ...vuln.Record) *mirror {
	m := &mirror{T: t, store: newMemory(records...), dir: t.TempDir(), now: time.Date(2004, 6, 1, 12, 0, 0, 0, time.UTC)}
	m.restart()
	return m
}

// restart forgets everything but the cache folder.
func (m *mirror) restart() {
	m.h = New(m.store, Options{
		Dir: m.dir, Sources: []string{"nvd-cve"}, Now: func() time.Time { return m.now }, Logger: slog.New(slog.DiscardHandler),
	})
}

func (m *mirror) do(method, path string, header ...string) *http.Response {
	m.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	m.h.ServeHTTP(w, r)
	return w.Result()
}

// get fetches a file that must be there.
func (m *mirror) get(path string) []byte {
	m.Helper()
	resp := m.do(http.MethodGet, path)
	body := read(m.T, resp.Body)
	if resp.StatusCode != http.StatusOK {
		m.Fatalf("GET %s: %s: %s", path, resp.Status, body)
	}
	return body
}

func read(t *testing.T, r io.Reader) []byte {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func unzip(t *testing.T, b []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return read(t, r)
}

// document is a feed as a client takes it, strict about the wrapper.
type document struct {
	ResultsPerPage  int    `json:"resultsPerPage"`
	StartIndex      int    `json:"startIndex"`
	TotalResults    int    `json:"totalResults"`
	Format          string `json:"format"`
	Version         string `json:"version"`
	Timestamp       string `json:"timestamp"`
	Vulnerabilities []struct {
		CVE json.RawMessage `json:"cve"`
	} `json:"vulnerabilities"`
}

func parse(t *testing.T, text []byte) (document, []string) {
	t.Helper()
	var d document
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	ids := []string{}
	for _, v := range d.Vulnerabilities {
		var cve struct{ ID string }
		if err := json.Unmarshal(v.CVE, &cve); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, cve.ID)
	}
	return d, ids
}

func (m *mirror) ids(path string) []string {
	m.Helper()
	_, ids := parse(m.T, unzip(m.T, m.get(path)))
	return ids
}

// metaOf reads a .meta as claircore does: line by line, an unterminated line
// is lost, split at the first colon.
func metaOf(t *testing.T, text []byte) map[string]string {
	t.Helper()
	found := map[string]string{}
	for {
		line, rest, ended := bytes.Cut(text, []byte("\n"))
		if !ended {
			if len(line) > 0 {
				t.Errorf("last line %q is not ended", line)
			}
			return found
		}
		key, value, ok := strings.Cut(strings.TrimRight(string(line), "\r"), ":")
		if !ok {
			t.Errorf("line %q has no colon", line)
		}
		found[key] = value
		text = rest
	}
}

// checkPair proves a .meta against the file it speaks of and returns its date.
func checkPair(t *testing.T, meta, gz []byte) time.Time {
	t.Helper()
	found := metaOf(t, meta)
	text := unzip(t, gz)
	hash := sha256.Sum256(text)
	if got := fmt.Sprint(len(text)); found["size"] != got {
		t.Errorf("size %s in .meta, %s in truth", found["size"], got)
	}
	if got := fmt.Sprint(len(gz)); found["gzSize"] != got {
		t.Errorf("gzSize %s in .meta, %s in truth", found["gzSize"], got)
	}
	if got := hex.EncodeToString(hash[:]); !strings.EqualFold(found["sha256"], got) {
		t.Errorf("sha256 %s in .meta, %s in truth", found["sha256"], got)
	}
	date, err := time.Parse(time.RFC3339, found["lastModifiedDate"])
	if err != nil {
		t.Error(err)
	}
	return date
}

var sample = []vuln.Record{
	cve("CVE-1999-0095", "1988-10-01T04:00:00.000", "2003-01-01T00:00:00.250"),
	cve("CVE-2002-0002", "2002-03-01T05:00:00.000", "2003-05-02T10:00:00.000"),
	cve("CVE-2002-0001", "2002-03-01T05:00:00.000", "2003-05-02T10:00:00.001"),
	cve("CVE-2003-0007", "2004-01-02T00:00:00.000", "2004-05-20T08:30:00.120"),
	cve("CVE-2004-1234", "2004-05-27T10:00:00.000", "2004-05-29T09:15:58.797"),
}

func TestYearFeed(t *testing.T) {
	m := newMirror(t, sample...)
	gz := m.get(atNVD + "2002.json.gz")
	text := unzip(t, gz)
	doc, ids := parse(t, text)

	if diff := cmp.Diff([]string{"CVE-1999-0095", "CVE-2002-0001", "CVE-2002-0002"}, ids); diff != "" {
		t.Errorf("published, then id (-want +got):\n%s", diff)
	}
	if doc.ResultsPerPage != 3 || doc.TotalResults != 3 || doc.StartIndex != 0 || doc.Format != "NVD_CVE" || doc.Version != "2.0" {
		t.Errorf("wrapper: %+v", doc)
	}
	if want := "2003-05-02T06:00:01.000"; doc.Timestamp != want {
		t.Errorf("timestamp %s, want %s: US Eastern summer time of the newest change", doc.Timestamp, want)
	}
	for _, v := range doc.Vulnerabilities {
		known := false
		for _, r := range sample {
			known = known || bytes.Equal(r.Body, v.CVE)
		}
		if !known {
			t.Errorf("body was altered: %s", v.CVE)
		}
	}
}

func TestMetaIsTrue(t *testing.T) {
	m := newMirror(t, sample...)
	for _, name := range []string{"2002", "2003", "2004", "modified", "recent"} {
		meta, gz := m.get(atNVD+name+".meta"), m.get(atNVD+name+".json.gz")
		date := checkPair(t, meta, gz)
		doc, _ := parse(t, unzip(t, gz))
		for _, v := range doc.Vulnerabilities {
			var cve struct{ LastModified string }
			if err := json.Unmarshal(v.CVE, &cve); err != nil {
				t.Fatal(err)
			}
			if at, _ := vuln.ParseTime(cve.LastModified); date.Before(at) {
				t.Errorf("%s: lastModifiedDate %v is before a record's %v", name, date, at)
			}
		}
		if got := date.Format(timestampLayout); got != doc.Timestamp {
			t.Errorf("%s: .meta says %s, the timestamp inside %s", name, got, doc.Timestamp)
		}
		if n := fmt.Sprint(len(m.get(atNVD + name + ".json.zip"))); metaOf(t, meta)["zipSize"] != n {
			t.Errorf("%s: zipSize %s in .meta, %s in truth", name, metaOf(t, meta)["zipSize"], n)
		}
	}
}

func TestGolden(t *testing.T) {
	m := newMirror(t, sample...)
	for name, got := range map[string][]byte{
		"nvdcve-2.0-2002.json":      unzip(t, m.get(atNVD+"2002.json.gz")),
		"nvdcve-2.0-2004.meta":      m.get(atNVD + "2004.meta"),
		"dependency-check.txt":      m.get(atCheck + "cache.properties"),
		"vulnz-cache.txt":           m.get(atVulnz + "cache.properties"),
		"vulnz-nvdcve-2002.json":    unzip(t, m.get(atVulnz+"nvdcve-2002.json.gz")),
		"vulnz-nvdcve-2004.meta":    m.get(atVulnz + "nvdcve-2004.meta"),
		"nvdcve-2.0-2002.directory": zipDirectory(t, m.get(atNVD+"2002.json.zip")),
	} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got; -update writes it anew):\n%s", path, diff)
		}
	}
}

func zipDirectory(t *testing.T, b []byte) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, f := range r.File {
		fmt.Fprintf(&out, "%s %d bytes, modified %s\n", f.Name, f.UncompressedSize64, f.Modified.Format(time.DateTime))
	}
	return out.Bytes()
}

func TestZipHoldsTheSame(t *testing.T) {
	m := newMirror(t, sample...)
	packed := m.get(atNVD + "2002.json.zip")
	r, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(r, "nvdcve-2.0-2002.json"); err != nil {
		t.Error(err)
	}
	got, err := fs.ReadFile(r, "nvdcve-2.0-2002.json")
	if err != nil {
		t.Fatal(err)
	}
	if want := unzip(t, m.get(atNVD+"2002.json.gz")); !bytes.Equal(got, want) {
		t.Errorf("zip holds %d bytes, gz %d", len(got), len(want))
	}
	if got := len(m.store.builds()); got != 1 {
		t.Errorf("%d builds, want 1 for both", got)
	}
}

func TestSameRecordsSameBytes(t *testing.T) {
	one, two := newMirror(t, sample...), newMirror(t)
	for i := range sample { // another order, another history, another clock
		two.store.put(sample[len(sample)-1-i])
	}
	two.now = one.now.Add(97 * time.Minute)
	for _, path := range []string{
		atNVD + "2002.json.gz", atNVD + "2002.json.zip", atNVD + "2002.meta", atNVD + "modified.json.gz",
		atNVD + "recent.meta", atCheck + "cache.properties", atVulnz + "nvdcve-2004.json.gz", atVulnz + "nvdcve-modified.meta",
	} {
		if !bytes.Equal(one.get(path), two.get(path)) {
			t.Errorf("%s differs", path)
		}
	}
}

func TestBuildsOnlyWhatChanged(t *testing.T) {
	m := newMirror(t, sample...)
	fetch := func() {
		for _, year := range []string{"2002", "2003", "2004"} {
			checkPair(t, m.get(atNVD+year+".meta"), m.get(atNVD+year+".json.gz"))
			m.get(atCheck + "nvdcve-2.0-" + year + ".json.gz")
		}
	}
	if m.get(atCheck + "cache.properties"); len(m.store.builds()) != 0 {
		t.Errorf("cache.properties built %v", m.store.builds())
	}
	fetch()
	fetch()
	if n := len(m.store.builds()); n != 3 {
		t.Fatalf("%d builds for three years fetched often", n)
	}
	m.restart()
	fetch()
	if n := len(m.store.builds()); n != 3 {
		t.Errorf("%d builds after a restart, want still 3", n)
	}
	m.store.put(cve("CVE-2003-0008", "2004-05-30T00:00:00.000", "2004-05-30T00:00:00.000"))
	fetch()
	built := m.store.builds()[3:]
	if len(built) != 1 || built[0].Year != 2003 {
		t.Errorf("after a change of 2003, built %+v", built)
	}
	if got := m.ids(atNVD + "2003.json.gz"); !cmp.Equal(got, []string{"CVE-2003-0007", "CVE-2003-0008"}) {
		t.Errorf("2003 holds %v", got)
	}
}

func TestConcurrentRequestsBuildOnce(t *testing.T) {
	m := newMirror(t, sample...)
	m.store.gate = make(chan struct{})
	var wg sync.WaitGroup
	for i := range 20 {
		path := atNVD + "2002" + []string{".json.gz", ".json.zip", ".meta"}[i%3]
		wg.Go(func() { m.do(http.MethodGet, path) })
	}
	close(m.store.gate)
	wg.Wait()
	if n := len(m.store.builds()); n != 1 {
		t.Errorf("%d builds", n)
	}
}

func TestChangeWithoutNewerDateIsAnnounced(t *testing.T) {
	m := newMirror(t, sample...)
	before := checkPair(t, m.get(atNVD+"2002.meta"), m.get(atNVD+"2002.json.gz"))
	late := cve("CVE-2002-0003", "2002-04-01T00:00:00.000", "2002-04-01T00:00:00.000")
	m.store.put(late)
	after := checkPair(t, m.get(atNVD+"2002.meta"), m.get(atNVD+"2002.json.gz"))
	if !after.After(before) {
		t.Errorf("lastModifiedDate %v, then %v after a record came late", before, after)
	}
	fresh := newMirror(t, append([]vuln.Record{late}, sample...)...)
	if !bytes.Equal(m.get(atNVD+"2002.json.gz"), fresh.get(atNVD+"2002.json.gz")) {
		t.Error("the file depends on more than its records")
	}
	m.restart()
	if again := checkPair(t, m.get(atNVD+"2002.meta"), m.get(atNVD+"2002.json.gz")); !again.Equal(after) {
		t.Errorf("lastModifiedDate %v, after a restart %v", after, again)
	}
}

func TestWindowsReachBackFromTheNewestChange(t *testing.T) {
	m := newMirror(t,
		cve("CVE-2004-0001", "2004-01-01T00:00:00.000", "2004-03-01T12:00:00.000"),
		cve("CVE-2004-0002", "2004-02-22T12:00:00.000", "2004-02-22T12:00:00.000"),
		cve("CVE-2004-0003", "2004-02-22T11:59:59.999", "2004-02-22T11:59:59.999"),
		cve("CVE-2004-0004", "2004-02-23T12:00:00.000", "2004-02-23T12:00:00.000"),
	)
	m.now = time.Date(2004, 12, 1, 0, 0, 0, 0, time.UTC) // months behind
	for path, want := range map[string][]string{
		atNVD + "modified.json.gz":          {"CVE-2004-0001", "CVE-2004-0002", "CVE-2004-0004"},
		atNVD + "recent.json.gz":            {"CVE-2004-0002", "CVE-2004-0004"},
		atVulnz + "nvdcve-modified.json.gz": {"CVE-2004-0001", "CVE-2004-0004"},
	} {
		if diff := cmp.Diff(want, m.ids(path)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	m.store.put(cve("CVE-2004-0009", "2004-03-01T00:00:00.000", "2031-01-01T00:00:00.000"))
	m.now = time.Date(2004, 3, 2, 0, 0, 0, 0, time.UTC)
	if got := m.ids(atNVD + "modified.json.gz"); len(got) != 4-1 {
		t.Errorf("a date in the future leaves %v", got)
	}
}

func TestEmptyWindowIsAFeed(t *testing.T) {
	m := newMirror(t, cve("CVE-2002-0001", "2002-01-01T00:00:00.000", "2004-03-01T12:00:00.000"))
	checkPair(t, m.get(atNVD+"recent.meta"), m.get(atNVD+"recent.json.gz"))
	if got := m.ids(atNVD + "recent.json.gz"); len(got) != 0 {
		t.Errorf("recent holds %v", got)
	}
}

func TestNewYear(t *testing.T) {
	m := newMirror(t, sample...)
	for _, test := range []struct {
		now  string
		last int
	}{
		{"2004-12-30T23:59:59.999", 2004},
		{"2004-12-31T00:00:00.000", 2005},
		{"2004-12-31T10:00:00.000", 2005}, // 1 January in UTC+14
		{"2005-01-01T00:00:00.000", 2005},
		{"2005-12-31T00:00:00.000", 2006},
	} {
		m.now, _ = vuln.ParseTime(test.now)
		for year := 2001; year < 2009; year++ {
			want := http.StatusOK
			if year < 2002 || year > test.last {
				want = http.StatusNotFound
			}
			for _, path := range []string{atNVD, atCheck + "nvdcve-2.0-", atVulnz + "nvdcve-"} {
				for _, ending := range []string{".meta", ".json.gz"} {
					path := fmt.Sprint(path, year, ending)
					if got := m.do(http.MethodHead, path).StatusCode; got != want {
						t.Errorf("at %s, %s: %d, want %d", test.now, path, got, want)
					}
				}
			}
		}
		next := fmt.Sprint(atNVD, 2005)
		if test.last >= 2005 {
			date := checkPair(t, m.get(next+".meta"), m.get(next+".json.gz"))
			if want := time.Date(2004, 12, 31, 0, 0, 0, 0, time.UTC); !date.Equal(want) {
				t.Errorf("the empty feed of 2005 is dated %v, want %v", date, want)
			}
		}
	}
}

func TestRecordOfALaterYearHasAFeed(t *testing.T) {
	m := newMirror(t, append([]vuln.Record{cve("CVE-2005-0001", "2004-05-01T00:00:00.000", "2004-05-01T00:00:00.000")}, sample...)...)
	if got := m.ids(atNVD + "2005.json.gz"); len(got) != 1 {
		t.Errorf("2005 holds %v", got)
	}
	if props := m.get(atCheck + "cache.properties"); !bytes.Contains(props, []byte("lastModifiedDate.2005=2004-05-01T00:00:00Z\n")) {
		t.Errorf("2005 is not listed:\n%s", props)
	}
}

func TestPairIsHeldBetweenMetaAndFile(t *testing.T) {
	m := newMirror(t, sample...)
	meta := m.get(atNVD + "2004.meta")
	m.store.put(cve("CVE-2004-9999", "2004-05-30T00:00:00.000", "2004-05-30T00:00:00.000"))
	checkPair(t, meta, m.get(atNVD+"2004.json.gz"))

	if got := m.ids(atNVD + "2004.json.gz"); len(got) != 2 {
		t.Errorf("the fetch after the pair has %v: the pair is held for ever", got)
	}
	m.get(atNVD + "2004.meta")
	m.store.put(cve("CVE-2004-9998", "2004-05-30T00:00:00.000", "2004-05-30T00:00:01.000"))
	m.now = m.now.Add(pairHold)
	if got := m.ids(atNVD + "2004.json.gz"); len(got) != 3 {
		t.Errorf("%v after a .meta got %v", got, pairHold)
	}
}

func TestBeforeTheFirstCompleteLoad(t *testing.T) {
	m := newMirror(t, sample...)
	m.store.complete = false
	for _, path := range []string{atNVD + "2002.meta", atNVD + "modified.json.gz", atCheck + "cache.properties", atVulnz + "nvdcve-2002.json.gz"} {
		resp := m.do(http.MethodGet, path)
		if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %s, Retry-After %q", path, resp.Status, resp.Header.Get("Retry-After"))
		}
	}
	m.store.complete = true
	m.get(atNVD + "2002.meta")
}

func TestFailingStoreIsNoServerError(t *testing.T) {
	m := newMirror(t, sample...)
	m.store.fail = errors.New("disk on fire at /secret")
	resp := m.do(http.MethodGet, atNVD+"2002.meta")
	if body := string(read(t, resp.Body)); resp.StatusCode != http.StatusServiceUnavailable || strings.Contains(body, "secret") {
		t.Errorf("%s: %s", resp.Status, body)
	}
}

func TestMiscountingStorePublishesNothing(t *testing.T) {
	m := newMirror(t, sample...)
	h := m.h.(*handler)
	h.from = miscounting{m.store}
	if resp := m.do(http.MethodGet, atNVD+"2002.json.gz"); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%s for a feed that lacks records", resp.Status)
	}
	if left, _ := filepath.Glob(filepath.Join(m.dir, "nvd", "2002", "*"+unfinished)); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

type miscounting struct{ *memory }

func (m miscounting) Snapshot(ctx context.Context) (store.Snapshot, error) {
	s, err := m.memory.Snapshot(ctx)
	return lying{s}, err
}

type lying struct{ store.Snapshot }

func (l lying) Digest(ctx context.Context, q store.Query) (store.Digest, error) {
	d, err := l.Snapshot.Digest(ctx, q)
	d.Count++
	return d, err
}
