package feeds

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

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

var suppliers = map[vuln.Kind][]string{vuln.KindCVE: {"nvd-cve"}, vuln.KindCPE: {"nvd-cpe"}, vuln.KindMatchCriteria: {"nvd-cpematch"}}

// mirror is a handler over a store, with a clock that stands still.
type mirror struct {
	*testing.T
	store *watched
	dir   string
	now   time.Time
	h     http.Handler
}

func newMirror(t *testing.T, records ...vuln.Record) *mirror {
	m := &mirror{T: t, store: newStore(t, records...), dir: t.TempDir(), now: time.Date(2004, 6, 1, 12, 0, 0, 0, time.UTC)}
	m.restart()
	return m
}

// restart forgets everything but the cache folder.
func (m *mirror) restart() {
	m.h = New(m.store, Options{
		Dir: m.dir, Sources: suppliers, Now: func() time.Time { return m.now }, Logger: slog.New(slog.DiscardHandler),
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
