package nvdlegacy_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
	"vulnmirror/source/nvdlegacy"
)

// site is a file server with some of NVD's retired files, and a mirror of it.
type site struct {
	dir    string
	tree   *archive.Tree
	client *fetch.Client
	cursor source.Cursor
	asked  []string // what was answered with a body
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{dir: t.TempDir(), tree: archive.Open(t.TempDir()).Source(nvdlegacy.LegacyName)}
	files := http.FileServer(http.Dir(s.dir))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := &noting{ResponseWriter: w}
		files.ServeHTTP(answer, r)
		if answer.status == http.StatusOK {
			s.asked = append(s.asked, filepath.Base(r.URL.Path))
		}
	}))
	t.Cleanup(server.Close)
	var err error
	s.client, err = fetch.New(fetch.Config{Upstream: server.URL, Attempts: 2, Backoff: time.Millisecond, Transport: server.Client().Transport})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// noting notes the status of an answer.
type noting struct {
	http.ResponseWriter
	status int
}

func (n *noting) WriteHeader(status int) {
	n.status = status
	n.ResponseWriter.WriteHeader(status)
}

// has puts a CVE feed and its .meta on the site.
func (s *site) has(t *testing.T, name, text, of string) {
	t.Helper()
	write(t, filepath.Join(s.dir, "nvd.nist.gov/feeds/json/cve/1.1"), map[string]string{
		"nvdcve-1.1-" + name + ".json.gz": gzipped(t, text), "nvdcve-1.1-" + name + ".meta": meta(of),
	})
}

// sync is one run, as a mirror would do it. It returns what was fetched.
func (s *site) sync(t *testing.T) ([]string, error) {
	t.Helper()
	run, err := s.tree.Begin(clock)
	if err != nil {
		t.Fatal(err)
	}
	s.asked = nil
	cursor, fetchErr := nvdlegacy.NewLegacy().Fetch(t.Context(), s.client, run, s.cursor)
	if errors.Is(fetchErr, source.ErrUnchanged) {
		err = run.Discard()
	} else {
		_, err = run.Commit(cursor, clock)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.cursor = cursor
	return slices.DeleteFunc(s.asked, func(name string) bool { return strings.HasSuffix(name, ".meta") }), fetchErr
}

func TestLegacyTakesWhatASiteHas(t *testing.T) {
	s := newSite(t)
	if _, err := s.sync(t); err == nil || errors.Is(err, source.ErrUnchanged) || !strings.Contains(err.Error(), "none of NVD's retired files") {
		t.Errorf("an empty site: %v", err)
	}

	year, modified := feed("CVE-2010-0001"), feed("CVE-2010-0001", "CVE-2011-0002")
	s.has(t, "2010", year, year)
	s.has(t, "modified", modified, modified)
	write(t, filepath.Join(s.dir, "nvd.nist.gov/feeds/xml/cpe/dictionary"), map[string]string{
		"official-cpe-dictionary_v2.3.xml.gz": gzipped(t, dictionary),
	})
	got, err := s.sync(t)
	if err != nil || !s.cursor.Complete || s.cursor.Watermark.Format(time.RFC3339) != "2011-02-03T04:05:00Z" {
		t.Fatalf("%v, %+v", err, s.cursor)
	}
	want := []string{"official-cpe-dictionary_v2.3.xml.gz", "nvdcve-1.1-2010.json.gz", "nvdcve-1.1-modified.json.gz"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	manifest, err := s.tree.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	var records []string
	for _, f := range manifest.Files {
		for r, err := range nvdlegacy.NewLegacy().Decode(s.tree.FS(), f.Filename) {
			if err != nil || !r.Converted {
				t.Errorf("%+v, %v", r, err)
			}
			records = append(records, r.Source+" "+r.ID)
		}
	}
	if diff := cmp.Diff([]string{"nvd-legacy cpe:2.3:a:m:p:1:*:*:*:*:*:*:*", "nvd-legacy CVE-2010-0001", "nvd-legacy CVE-2010-0001", "nvd-legacy CVE-2011-0002"}, records); diff != "" {
		t.Error(diff)
	}

	if got, err := s.sync(t); !errors.Is(err, source.ErrUnchanged) || len(got) != 0 {
		t.Errorf("again: fetched %q, %v", got, err)
	}
	modified = feed("CVE-2011-0002", "CVE-2011-0003")
	s.has(t, "modified", modified, modified)
	if got, err := s.sync(t); err != nil || !cmp.Equal(got, []string{"nvdcve-1.1-modified.json.gz"}) {
		t.Errorf("after a change: fetched %q, %v", got, err)
	}
	if err := os.RemoveAll(filepath.Join(s.dir, "nvd.nist.gov")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.sync(t); !errors.Is(err, source.ErrUnchanged) {
		t.Errorf("after the site lost all: %v", err)
	}
}

func TestLegacyRefusesWhatIsNotProved(t *testing.T) {
	good := feed("CVE-2010-0001")
	native := `{"resultsPerPage":0,"startIndex":0,"totalResults":0,"format":"NVD_CVE","version":"2.0","timestamp":"2024-01-01T00:00:00.000","vulnerabilities":[]}`
	for name, tc := range map[string]struct{ text, of, want string }{
		"out of step":  {feed("CVE-2010-0002"), good, "the .meta beside it says"},
		"other kind":   {native, native, "it is a document cve-2.0"},
		"count is off": {strings.Replace(good, `"1"`, `"7"`, 1), strings.Replace(good, `"1"`, `"7"`, 1), "says it has 7 records"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.has(t, "2010", tc.text, tc.of)
			s.has(t, "2011", good, good)
			_, err := s.sync(t)
			var incomplete *source.Incomplete
			if !errors.As(err, &incomplete) || !errors.Is(err, source.ErrRefused) || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("ended with %v", err)
			}
			manifest, err := s.tree.Manifest()
			if err != nil || len(manifest.Files) != 1 || s.cursor.Complete {
				t.Errorf("%+v, %v, %+v", manifest.Files, err, s.cursor)
			}
			kept, err := filepath.Glob(filepath.Join(s.tree.Dir(), "quarantine", "*.gz"))
			if err != nil || len(kept) != 1 {
				t.Errorf("in quarantine: %q, %v", kept, err)
			}
		})
	}
}

func TestImportFromAnAddress(t *testing.T) {
	s := newSite(t)
	text := feed("CVE-2010-0001")
	write(t, filepath.Join(s.dir, "example.org"), map[string]string{"a.json": text, "d.xml": dictionary, "page.json.gz": webPage})
	tree := archive.Open(t.TempDir()).Source(nvdlegacy.ImportName)
	run, err := tree.Begin(clock)
	if err != nil {
		t.Fatal(err)
	}
	items, err := nvdlegacy.Gather([]string{"https://example.org/a.json?x=1", "https://example.org/d.xml", "https://example.org/page.json.gz", "https://example.org/none"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var taken []nvdlegacy.Taken
	var results []string
	_, err = nvdlegacy.ImportOf(items, func(t nvdlegacy.Taken) {
		taken, results = append(taken, t), append(results, t.Result)
	}).Fetch(t.Context(), s.client, run, source.Cursor{})
	if diff := cmp.Diff([]string{nvdlegacy.Imported, nvdlegacy.Imported, nvdlegacy.Refused, nvdlegacy.Failed}, results); diff != "" {
		t.Fatal(diff, err)
	}
	var status *fetch.StatusError
	if !errors.As(err, &status) || !errors.Is(err, source.ErrRefused) {
		t.Errorf("ended with %v", err)
	}
	if !strings.HasSuffix(taken[0].Filename, "/a.json.zst") {
		t.Errorf("archived as %s", taken[0].Filename)
	}
	kept, err := filepath.Glob(filepath.Join(tree.Dir(), "quarantine", "*page.json.gz"))
	if err != nil || len(kept) != 1 {
		t.Errorf("in quarantine: %q, %v", kept, err)
	}
}
