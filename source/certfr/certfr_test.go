package certfr_test

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
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

var update = flag.Bool("update", false, "write the golden files anew")

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

func TestFirstLoadThenWhatWasRevised(t *testing.T) {
	l := newLab(t, some())
	l.must(l.fetch(t.Context()))
	l.same()
	if n := len(l.asked()); n != 2+26 {
		t.Errorf("%d requests", n)
	}
	if !l.cursor.Complete || l.cursor.Watermark.Format(time.DateOnly) != "2024-05-20" || len(l.cursor.State) > 400 {
		t.Errorf("%+v %s", l.cursor, l.cursor.State)
	}

	if err := l.fetch(t.Context()); !errors.Is(err, source.ErrUnchanged) {
		t.Error(err)
	}
	if got := l.asked(); len(got) != 2 {
		t.Errorf("unchanged, and asked for %v", got)
	}

	l.documents[3].revised = "2026-03-09"
	l.documents[5].title = "[MàJ] Four"
	l.documents = append(l.documents, document{"CERTFR-2026-AVI-0001", "Nouveau", "2026-03-01", ""})
	slices.Reverse(l.documents)
	l.must(l.fetch(t.Context()))
	l.same()
	want := []string{"/avis/json/", "/alerte/json/", "/avis/CERTA-2009-AVI-004/json/", "/avis/CERTFR-2026-AVI-0001/json/", "/avis/CERTA-2009-AVI-006/json/"}
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(l.asked()))); diff != "" {
		t.Error(diff)
	}

	slices.Reverse(l.documents) // another order is no change
	if err := l.fetch(t.Context()); !errors.Is(err, source.ErrUnchanged) {
		t.Error(err)
	}
}

func TestCheck(t *testing.T) {
	l := newLab(t, some())
	l.must(l.fetch(t.Context()))
	changed := func() bool {
		t.Helper()
		got, err := certfr.New(l.settings).Changed(t.Context(), l.client(), l.cursor)
		l.must(err)
		return got
	}
	l.asked()
	if changed() || len(l.asked()) != 2 {
		t.Error("nothing changed, and it says so not, or at more cost than two requests")
	}
	l.documents[0].revised = "2026-03-09"
	if !changed() {
		t.Error("a revision is not noticed")
	}
	l.odd["/avis/json/"] = page(200)
	if _, err := certfr.New(l.settings).Changed(t.Context(), l.client(), l.cursor); err == nil {
		t.Error("a page in place of an index says nothing")
	}
	if p, err := certfr.New(l.settings).Preview(l.cursor); err != nil || p.Requests != 2 || len(p.URLs) != 2 {
		t.Errorf("%+v %v", p, err)
	}
	if p, err := certfr.New(l.settings).Preview(source.Cursor{}); err != nil || p.Requests < 17000 {
		t.Errorf("%+v %v", p, err)
	}
}

func TestKilledAnywhereThenCompleted(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 9, 17, 27, 28} {
		l := newLab(t, some())
		ctx, cancel := context.WithCancel(t.Context())
		l.stop = func(hits int) {
			if hits >= n {
				cancel()
			}
		}
		if err := l.fetch(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("killed at request %d: %v", n, err)
		}
		l.stop = nil
		before := l.asked()
		l.must(l.fetch(t.Context()))
		l.same()
		// What was under way when it died is asked for again, no more.
		if again := len(before) + len(l.asked()) - 28; again > 3 {
			t.Errorf("killed at request %d: %d asked for twice", n, again)
		}
		if err := l.fetch(t.Context()); !errors.Is(err, source.ErrUnchanged) {
			t.Errorf("killed at request %d: %v", n, err)
		}
	}
}

func TestKilledBetweenRevisions(t *testing.T) {
	l := newLab(t, some())
	l.must(l.fetch(t.Context()))
	l.asked()
	l.documents[5].title = "[MàJ] Four" // only the index held tells
	ctx, cancel := context.WithCancel(t.Context())
	l.stop = func(hits int) {
		if hits == 3 {
			cancel()
		}
	}
	if err := l.fetch(ctx); err == nil {
		t.Fatal("not killed")
	}
	l.stop = nil
	l.must(l.fetch(t.Context()))
	l.same()
}

func TestDocumentsThatCannotBeHad(t *testing.T) {
	const path = "/avis/CERTA-2009-AVI-004/json/"
	for name, a := range map[string]answer{
		"not found":      page(404),
		"an error page":  page(200),
		"another":        {200, "application/json", document{"CERTA-2009-AVI-005", "Four", "2009-01-01", ""}.json()},
		"an error":       {200, "application/json", `{"error":"busy"}`},
		"two":            {200, "application/json", "[" + document{"CERTA-2009-AVI-004", "Four", "2009-01-01", ""}.json() + ",{}]"},
		"cut short":      {200, "application/json", `{"reference":"CERTA-2009-AVI-004"`},
		"out of service": {503, "text/plain", "later"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, some())
			l.odd[path] = a
			err := l.fetch(t.Context())
			if !errors.As(err, new(*source.Incomplete)) || !strings.Contains(err.Error(), "CERTA-2009-AVI-004") {
				t.Fatal(err)
			}
			if l.cursor.Complete || len(l.held()) != 25 {
				t.Errorf("%+v, %d held", l.cursor, len(l.held()))
			}
			if refused := errors.Is(err, source.ErrRefused); refused != (a.status == 200) || refused != (len(l.quarantined()) == 1) {
				t.Errorf("refused %v, quarantine %v", refused, l.quarantined())
			}
			if changed, err := certfr.New(l.settings).Changed(t.Context(), l.client(), l.cursor); !changed || err != nil {
				t.Error("what is missing is not asked for again")
			}
			delete(l.odd, path)
			l.must(l.fetch(t.Context()))
			l.same()
			if !l.cursor.Complete {
				t.Error("not complete")
			}
		})
	}
}

func TestGivesUpWhenTheSiteIsDown(t *testing.T) {
	l := newLab(t, some())
	for _, d := range l.documents {
		l.odd["/"+d.section()+"/"+d.id+"/json/"] = answer{403, "text/plain", "no"}
	}
	err := l.fetch(t.Context())
	if !errors.As(err, new(*source.Incomplete)) || !strings.Contains(err.Error(), "more") {
		t.Fatal(err)
	}
	if n := len(l.asked()); n > 30 {
		t.Errorf("%d requests", n)
	}
	clear(l.odd)
	l.must(l.fetch(t.Context()))
	l.same()
}

func TestIndexesThatAreNotBelieved(t *testing.T) {
	for name, misbehave := range map[string]func(*site){
		"a page":             func(s *site) { s.odd["/avis/json/"] = page(200) },
		"not found":          func(s *site) { s.odd["/avis/json/"] = page(404) },
		"empty":              func(s *site) { s.odd["/avis/json/"] = answer{200, "application/json", "[]"} },
		"an error":           func(s *site) { s.odd["/avis/json/"] = answer{200, "application/json", `{"error":"busy"}`} },
		"nonsense":           func(s *site) { s.odd["/avis/json/"] = answer{200, "application/json", `[{"reference":"a"},{}]`} },
		"lost three":         func(s *site) { s.documents = slices.Delete(s.documents, 2, 5) },
		"lost a month":       func(s *site) { s.documents = slices.Delete(s.documents, 22, 24) },
		"lost months at end": func(s *site) { s.documents = slices.Delete(s.documents, 16, 24) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, some())
			l.must(l.fetch(t.Context()))
			before := l.held()
			documents := slices.Clone(l.documents)
			misbehave(l.site)
			err := l.fetch(t.Context())
			if !errors.As(err, new(*source.Incomplete)) || !strings.Contains(err.Error(), "avis") {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, l.held()); diff != "" {
				t.Error(diff)
			}
			if want := name != "not found"; want != (len(l.quarantined()) == 1) {
				t.Errorf("quarantine %v", l.quarantined())
			}
			m, err := l.tree.Manifest()
			l.must(err)
			for _, f := range m.Files {
				if x, err := certfr.New(l.settings).Index(l.tree.FS(), f); err != nil || x != nil && f.Status != archive.Current {
					t.Errorf("a second index is held: %+v %v", f, err)
				}
			}
			clear(l.odd)
			l.documents = documents
			if err := l.fetch(t.Context()); err != nil && !errors.Is(err, source.ErrUnchanged) {
				t.Error(err)
			}
			l.same()
		})
	}
}

func TestBothIndexesOutOfReachChangeNothing(t *testing.T) {
	l := newLab(t, some())
	l.odd["/avis/json/"], l.odd["/alerte/json/"] = answer{503, "text/plain", "x"}, answer{503, "text/plain", "x"}
	if err := l.fetch(t.Context()); err == nil || errors.As(err, new(*source.Incomplete)) {
		t.Error(err)
	}
	clear(l.odd)
	l.must(l.fetch(t.Context()))
	l.same()
}

func TestSpellings(t *testing.T) {
	s := some()
	l := newLab(t, s)
	// The index and the address say avi-12, the document what was published.
	s.odd["/avis/json/"] = answer{200, "application/json", strings.NewReplacer(
		`"reference":"CERTFR-2024-AVI-0012"`, `"reference":"certfr-2024-avi-12"`,
		"/avis/CERTFR-2024-AVI-0012/", "/avis/certfr-2024-avi-12/").Replace(s.index("avis"))}
	s.odd["/avis/certfr-2024-avi-12/json/"] = answer{200, "application/json", s.documents[23].json()}
	s.odd["/avis/CERTFR-2024-AVI-0012/json/"] = page(404)
	l.must(l.fetch(t.Context()))
	l.same()
}

func TestLinesOfAnIndexThatNameNothingAreRefusedAlone(t *testing.T) {
	s := some()
	l := newLab(t, s)
	s.odd["/avis/json/"] = answer{200, "application/json", strings.Replace(s.index("avis"), "[", `[{"reference":"four"},`, 1)}
	l.must(l.fetch(t.Context()))
	m, err := l.tree.Manifest()
	l.must(err)
	refused := 0
	for _, f := range m.Files {
		for _, err := range certfr.New(l.settings).Decode(l.tree.FS(), f.Filename) {
			if errors.As(err, new(*source.Refused)) {
				refused++
			} else if err != nil {
				t.Error(err)
			}
		}
		if f.Path == "index/avis.json" {
			if x, err := certfr.New(l.settings).Index(l.tree.FS(), f); x != nil || err != nil {
				t.Error("an index that may have named anything proves nothing")
			}
		}
	}
	if refused != 1 {
		t.Errorf("%d refused", refused)
	}
}

func TestDocumentsThatLagAreAskedForAgain(t *testing.T) {
	l := newLab(t, some())
	l.must(l.fetch(t.Context()))
	stale := l.documents[3].json()
	l.documents[3].revised = "2026-03-10"
	l.odd["/avis/CERTA-2009-AVI-004/json/"] = answer{200, "application/json", stale}
	l.must(l.fetch(t.Context()))
	delete(l.odd, "/avis/CERTA-2009-AVI-004/json/")
	l.must(l.fetch(t.Context()))
	l.same()
	// One that stays behind is left alone after two days.
	l.documents[4].revised = "2026-03-07"
	l.odd["/avis/CERTA-2009-AVI-005/json/"] = answer{200, "application/json", stale[:0] + document{"CERTA-2009-AVI-005", "Four", "2009-02-15", ""}.json()}
	l.must(l.fetch(t.Context()))
	if err := l.fetch(t.Context()); !errors.Is(err, source.ErrUnchanged) {
		t.Error(err)
	}
}

func TestOperatorsAddresses(t *testing.T) {
	l := newLab(t, some())
	l.moved = map[string]string{"document": "https://mirror.example.org/doc/{id}"}
	for _, d := range l.documents {
		l.odd["/doc/"+d.id] = answer{200, "application/json", d.json()}
	}
	l.must(l.fetch(t.Context()))
	l.same()
	for _, path := range l.asked()[2:] {
		if !strings.HasPrefix(path, "/doc/") {
			t.Error(path)
		}
	}
}

// tarOf packs documents as TXT.
func tarOf(documents ...document) []byte {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, d := range documents {
		day, err := time.Parse(time.DateOnly, d.revised)
		if err != nil {
			panic(err)
		}
		month := []string{"janvier", "février", "mars"}[day.Month()-1]
		text := fmt.Sprintf("Référence: %s\nTitre: %s\nDate de la première version: 05 janvier 2009\nDate de la dernière version: %02d %s %d\nRésumé:\nLe four.\n",
			d.id, d.title, day.Day(), month, day.Year())
		w.WriteHeader(&tar.Header{Name: d.id + ".txt", Mode: 0o644, Size: int64(len(text)), Typeflag: tar.TypeReg})
		io.WriteString(w, text)
	}
	w.Close()
	return out.Bytes()
}

func TestArchivesOfNamedYearsSeed(t *testing.T) {
	l := newLab(t, some())
	l.tars["2009"] = tarOf(l.documents[:10]...)
	l.documents[0].revised = "2026-03-01" // since the archive was made
	l.settings.Years = []int{2009, 2010}
	l.must(l.fetch(t.Context()))
	l.same()
	if n := len(l.asked()); n != 2+1+17 {
		t.Errorf("%d requests", n)
	}
	if err := l.fetch(t.Context()); !errors.Is(err, source.ErrUnchanged) || len(l.asked()) != 2 {
		t.Error(err)
	}
	l.documents[1].revised = "2026-03-02"
	l.must(l.fetch(t.Context()))
	l.same()
	if n := len(l.asked()); n != 3 {
		t.Errorf("%d requests", n)
	}
}

func TestArchivesThatAreNone(t *testing.T) {
	for name, a := range map[string]answer{
		"a page": page(200), "not found": page(404),
		"small":     {200, "application/x-tar", strings.Repeat("x", 1500)},
		"cut short": {200, "application/x-tar", string(tarOf(some().documents[:10]...)[:2600])},
		"nothing":   {200, "application/x-tar", string(tarOf())},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, some())
			l.settings.Years = []int{2009}
			l.odd["/tar/2009.tar"] = a
			l.must(l.fetch(t.Context()))
			l.same()
			if len(l.cursor.Notes) != 1 || !strings.Contains(l.cursor.Notes[0], "2009") {
				t.Error(l.cursor.Notes)
			}
			if err := l.fetch(t.Context()); !errors.Is(err, source.ErrUnchanged) {
				t.Error(err)
			}
		})
	}
}

func TestArchivesStandInForDocuments(t *testing.T) {
	l := newLab(t, some())
	l.tars["2009"] = tarOf(l.documents[:12]...)
	for _, d := range l.documents[3:5] {
		l.odd["/avis/"+d.id+"/json/"] = page(404)
	}
	l.must(l.fetch(t.Context()))
	l.same()
	if !l.cursor.Complete {
		t.Error("not complete")
	}
	l.asked()
	// They are asked for again, at the cost of a request each.
	if err := l.fetch(t.Context()); !errors.Is(err, source.ErrUnchanged) || len(l.asked()) != 4 {
		t.Error(err)
	}
	clear(l.odd)
	l.must(l.fetch(t.Context()))
	l.same()
}

func TestArchivesStandInForAnIndexThatIsGone(t *testing.T) {
	l := newLab(t, some())
	l.odd["/avis/json/"], l.odd["/alerte/json/"] = page(404), page(404)
	l.tars["2009"] = tarOf(l.documents[:12]...)
	if err := l.fetch(t.Context()); !errors.As(err, new(*source.Incomplete)) {
		t.Fatal(err)
	}
	if n := len(l.held()); n != 12 {
		t.Errorf("%d held", n)
	}
}
