package feeds

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/vuln"
)

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
