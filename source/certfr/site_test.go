package certfr_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
	"vulnmirror/source/certfr"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// today is the site's clock.
var today = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// document is one document of the site.
type document struct {
	id, title, revised string // YYYY-MM-DD
	extra              string // further members
}

func (d document) section() string {
	if strings.Contains(d.id, "-ALE-") {
		return "alerte"
	}
	return "avis"
}

// site is a CERT-FR that can be told to misbehave. It stands in for the network.
type site struct {
	documents []document
	tars      map[string][]byte // by year
	odd       map[string]answer // by path, in place of what is there
	date      time.Time

	mu   sync.Mutex
	hits []string
	stop func(hits int) // called before each answer
}

type answer struct {
	status int
	kind   string
	body   string
}

func (s *site) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.hits = append(s.hits, r.URL.Path)
	n, stop := len(s.hits), s.stop
	s.mu.Unlock()
	if stop != nil {
		stop(n)
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	a := s.answer(r.URL.Path)
	return &http.Response{
		StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header:        http.Header{"Content-Type": {a.kind}, "Date": {s.date.Format(http.TimeFormat)}},
		ContentLength: int64(len(a.body)), Body: io.NopCloser(strings.NewReader(a.body)),
	}, nil
}

func (s *site) answer(path string) answer {
	if a, ok := s.odd[path]; ok {
		return a
	}
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) == 2 && parts[1] == "json" {
		return answer{200, "application/json", s.index(parts[0])}
	}
	for _, d := range s.documents {
		if path == "/"+d.section()+"/"+d.id+"/json/" {
			return answer{200, "application/json", d.json()}
		}
	}
	if body, ok := s.tars[strings.TrimSuffix(parts[len(parts)-1], ".tar")]; ok {
		return answer{200, "application/x-tar", string(body)}
	}
	return page(404)
}

func page(status int) answer {
	return answer{status, "text/html", "<!DOCTYPE html><html><title>Page introuvable</title></html>"}
}

func (s *site) index(section string) string {
	lines := []map[string]string{}
	for _, d := range s.documents {
		if d.section() == section {
			lines = append(lines, map[string]string{
				"reference": d.id, "title": d.title, "last_revision_date": d.revised + "T00:00:00.000000",
				"json_url": "https://www.cert.ssi.gouv.fr/" + section + "/" + d.id + "/json/",
			})
		}
	}
	out, _ := json.Marshal(lines)
	return string(out)
}

func (d document) json() string {
	return fmt.Sprintf(`{"reference":%q,"title":%q,"summary":"Le four.","revisions":[{"description":"Version initiale","revision_date":"2009-01-05T00:00:00.000000"},{"description":"x","revision_date":"%sT00:00:00.000000"}]%s}`,
		d.id, d.title, d.revised, d.extra)
}

// some returns a site with a few documents.
func some() *site {
	s := &site{date: today, odd: make(map[string]answer), tars: make(map[string][]byte)}
	for i := range 12 {
		s.documents = append(s.documents, document{fmt.Sprintf("CERTA-2009-AVI-%03d", i+1), "Four", fmt.Sprintf("2009-0%d-15", 1+i/4), ""})
	}
	for i := range 12 {
		s.documents = append(s.documents, document{fmt.Sprintf("CERTFR-2024-AVI-%04d", i+1), "Tiroir", fmt.Sprintf("2024-0%d-20", 1+i/4), ""})
	}
	s.documents[22].revised, s.documents[23].revised = "2024-05-20", "2024-05-20" // a month of their own
	s.documents = append(s.documents,
		document{"CERTFR-2024-ALE-001", "Feu", "2024-02-01", `,"closed_at":null,"cves":[{"name":"CVE-2024-10001","url":"x"}]`},
		document{"CERTFR-2024-ALE-002", "Eau", "2024-03-01", `,"closed_at":"2024-04-01"`})
	return s
}

// lab is an archive that follows a site.
type lab struct {
	*site
	t        *testing.T
	tree     *archive.Tree
	settings certfr.Settings
	cursor   source.Cursor
	clock    time.Time
	moved    map[string]string
}

func newLab(t *testing.T, s *site) *lab {
	t.Helper()
	return &lab{
		site: s, t: t, tree: archive.Open(t.TempDir()).Source(certfr.Name), clock: today,
		settings: certfr.Settings{Now: func() time.Time { return today }},
	}
}

// copied returns a lab of its own in the same state.
func (l *lab) copied(t *testing.T) *lab {
	t.Helper()
	s := some()
	s.documents = slices.Clone(l.documents)
	own := newLab(t, s)
	own.cursor, own.clock = l.cursor, l.clock
	if err := os.CopyFS(own.tree.Dir(), os.DirFS(l.tree.Dir())); err != nil {
		t.Fatal(err)
	}
	return own
}

func (l *lab) client() *fetch.Client {
	l.t.Helper()
	c, err := fetch.New(fetch.Config{Transport: l.site, Attempts: 2, Backoff: time.Millisecond, MaxBackoff: time.Millisecond})
	if err != nil {
		l.t.Fatal(err)
	}
	return c.Relocated(l.moved)
}

// fetch runs one fetch and commits it as the mirror does.
func (l *lab) fetch(ctx context.Context) error {
	l.t.Helper()
	l.clock = l.clock.Add(time.Hour)
	run, err := l.tree.Begin(l.clock)
	if err != nil {
		l.t.Fatal(err)
	}
	cursor, err := certfr.New(l.settings).Fetch(ctx, l.client(), run, l.cursor)
	switch {
	case errors.Is(err, source.ErrUnchanged):
		if files := run.ReceivedFiles(); len(files) > 0 {
			l.t.Errorf("unchanged, and the run has %v", files)
		}
		if err := run.Discard(); err != nil {
			l.t.Fatal(err)
		}
	case err == nil, errors.As(err, new(*source.Incomplete)):
		l.cursor = cursor
		if _, err := run.Commit(cursor, l.clock); err != nil {
			l.t.Fatal(err)
		}
	}
	return err
}

// asked returns the paths asked for since the last call.
func (l *lab) asked() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	hits := l.hits
	l.hits = nil
	return hits
}

// held decodes what the archive holds now, newest file at a path: title and last
// revision by identifier.
func (l *lab) held() map[string]string {
	l.t.Helper()
	m, err := l.tree.Manifest()
	if err != nil {
		l.t.Fatal(err)
	}
	out := make(map[string]string)
	for _, f := range m.Files {
		if f.Status != archive.Current {
			continue
		}
		for r, err := range certfr.New(l.settings).Decode(l.tree.FS(), f.Filename) {
			if err != nil {
				l.t.Errorf("%s: %v", f.Filename, err)
				continue
			}
			if r.Source != certfr.Name || r.Kind != "certfr" {
				l.t.Errorf("%+v", r)
			}
			if _, native := out[r.ID]; native && r.Converted {
				continue
			}
			out[r.ID] = r.Title + " " + r.Modified.Format(time.DateOnly)
		}
	}
	return out
}

func (s *site) truth() map[string]string {
	out := make(map[string]string)
	for _, d := range s.documents {
		out[d.id] = d.title + " " + d.revised
	}
	return out
}

// same asserts that all documents of the site are held.
func (l *lab) same() {
	l.t.Helper()
	if diff := cmp.Diff(l.truth(), l.held()); diff != "" {
		l.t.Errorf("held is not what the site has:\n%s", diff)
	}
}

func (l *lab) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) quarantined() []string {
	l.t.Helper()
	entries, err := os.ReadDir(l.tree.Dir() + "/quarantine")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".reason.json") {
			_, name, _ := strings.Cut(e.Name(), "-")
			out = append(out, name)
		}
	}
	return out
}

func file(path, filename string) archive.File { return archive.File{Path: path, Filename: filename} }
