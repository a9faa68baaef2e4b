package certcc_test

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
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
	"vulnmirror/source/certcc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// today is the site's clock at first.
var today = time.Date(2001, 8, 20, 12, 0, 0, 0, time.UTC)

// note is one note of the site.
type note struct {
	id        int
	published string // YYYY-MM-DD
	updated   time.Time
	name      string
	new       bool // of the generation since 2020
	statement string
}

// site is a CERT/CC that can be told to misbehave. It stands in for the network.
type site struct {
	notes []note
	odd   map[string]answer // by path, in place of what is there
	date  time.Time

	mu   sync.Mutex
	hits []string
	stop func(hits int) // called before each answer
}

type answer struct {
	status int
	kind   string
	body   string
}

const none = `{"error":"Content requested either does not exist or you do not have permissions to view it!"}`

func (s *site) RoundTrip(r *http.Request) (*http.Response, error) {
	path := strings.TrimPrefix(r.URL.RequestURI(), "/vuls/")
	s.mu.Lock()
	s.hits = append(s.hits, path)
	n, stop := len(s.hits), s.stop
	s.mu.Unlock()
	if stop != nil {
		stop(n)
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	a := s.answer(path)
	return &http.Response{
		StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header:        http.Header{"Content-Type": {a.kind}, "Date": {s.date.Format(http.TimeFormat)}},
		ContentLength: int64(len(a.body)), Body: io.NopCloser(strings.NewReader(a.body)),
	}, nil
}

func ok(body string) answer { return answer{200, "application/json", body} }

func page(status int) answer {
	return answer{status, "text/html", "<!DOCTYPE html><html><title>Not Found</title></html>"}
}

func (s *site) answer(path string) answer {
	if a, ok := s.odd[path]; ok {
		return a
	}
	if n, found := strings.CutPrefix(path, "byupdate/desc/?page="); found {
		return s.updates(n)
	}
	parts := strings.Split(strings.Trim(strings.TrimPrefix(path, "api/"), "/"), "/")
	if !strings.HasSuffix(path, "/") {
		return page(404)
	}
	if len(parts) == 2 && parts[1] == "summary" {
		return ok(s.summary(parts[0]))
	}
	if len(parts) == 2 && len(parts[0]) == 4 {
		return ok(s.month(parts[0], parts[1]))
	}
	for _, n := range s.notes {
		if strconv.Itoa(n.id) == parts[0] {
			return ok(n.answer(strings.Join(parts[1:], "/")))
		}
	}
	return ok(none)
}

func (s *site) summary(year string) string {
	ids := []string{}
	for _, n := range s.notes {
		if strings.HasPrefix(n.published, year+"-") {
			ids = append(ids, fmt.Sprintf("VU#%d", n.id))
		}
	}
	out, _ := json.Marshal(map[string]any{"count": len(ids), "notes": ids})
	return string(out)
}

func (s *site) month(year, month string) string {
	if len(month) == 1 {
		month = "0" + month
	}
	out := []string{}
	for _, n := range s.notes {
		if strings.HasPrefix(n.published, year+"-"+month+"-") {
			out = append(out, n.answer(""))
		}
	}
	return "[" + strings.Join(out, ",") + "]"
}

func (n note) answer(what string) string {
	switch what {
	case "":
		number := "null"
		if n.new {
			number = "7"
		}
		return fmt.Sprintf(`{"vuid":"VU#%[1]d","idnumber":"%[1]d","name":%[2]q,"keywords":["oven"],"overview":"It burns, as CVE-2001-20001 does.","clean_desc":"Long ago.","impact":"Heat.","resolution":"Wait.","workarounds":"Blow.","sysaffected":"Kitchens.","thanks":"The cook.","author":"A cook.","public":["https://example.org/%[1]d"],"cveids":["CVE-2001-1%[1]d"],"datefirstpublished":"%[3]sT10:00:00Z","dateupdated":%[4]q,"revision":3,"cvss_basescore":"0","vulnote":%[5]s,"secret":"prose"}`,
			n.id, n.name, n.published, n.updated.Format(time.RFC3339), number)
	case "vuls":
		return fmt.Sprintf(`[{"note":"VU#%[1]d","cve":"2001-2%[1]d","description":"It falls.","uid":"CVE-2001-2%[1]d","case_increment":1,"date_added":"2001-01-01T00:00:00Z","dateupdated":null}]`, n.id)
	case "vendors":
		return fmt.Sprintf(`[{"note":"VU#%d","contact_date":"2001-01-01T00:00:00Z","vendor":"Acme","references":"https://acme.example","statement":%q,"dateupdated":"2001-01-01T00:00:00Z","statement_date":null,"addendum":"None."}]`, n.id, n.statement)
	case "vendors/vuls":
		return fmt.Sprintf(`[{"vul":"CVE-2001-2%[1]d","vendor":"Acme","status":"Affected","statement":"Sorry.","references":null,"dateupdated":"2001-01-01T00:00:00Z"}]`, n.id)
	}
	return none
}

// perPage is how many rows the list of updates has on a page.
const perPage = 3

func (s *site) updates(text string) answer {
	notes := slices.Clone(s.notes)
	slices.SortStableFunc(notes, func(a, b note) int { return b.updated.Compare(a.updated) })
	n, err := strconv.Atoi(text)
	if from := (n - 1) * perPage; err != nil || from >= len(notes) {
		return page(404)
	}
	var out strings.Builder
	out.WriteString("<!DOCTYPE html>\n<html><body><table><thead><tr><th>Published</th><th>Public</th><th>Updated</th><th>ID</th><th>CVSS</th><th>Title</th></tr></thead><tbody>")
	for _, n := range notes[(n-1)*perPage : min(n*perPage, len(notes))] {
		fmt.Fprintf(&out, "<tr><td>%s</td><td></td><td>%s</td><td>VU#%d</td><td></td><td>%s</td></tr>", n.published, n.updated.Format(time.DateOnly), n.id, n.name)
	}
	out.WriteString("</tbody></table></body></html>")
	return answer{200, "text/html; charset=utf-8", out.String()}
}

// some returns a site with ten notes: those of June 2001 and later are of the new
// generation.
func some() *site {
	s := &site{date: today, odd: make(map[string]answer)}
	for i, day := range []string{
		"2001-01-02", "2001-01-20", "2001-02-01", "2001-02-24", "2001-03-05", "2001-03-06", "2001-04-01",
		"2001-06-10", "2001-06-20", "2001-07-20",
	} {
		at, _ := time.Parse(time.DateOnly, day)
		s.notes = append(s.notes, note{10001 + i, day, at.Add(30 * time.Hour), fmt.Sprintf("Oven %d", i), i > 6, "We are sorry."})
	}
	return s
}

// Requests of a first load of some(): the list of updates, the numbers of two
// years, the months of one of them, to August, one answer about seven notes and
// three about three.
const first = 1 + 2 + 8 + 7 + 3*3

// lab is an archive that follows a site.
type lab struct {
	*site
	t        *testing.T
	tree     *archive.Tree
	settings certcc.Settings
	cursor   source.Cursor
	moved    map[string]string
	perRun   int  // notes asked about in a run; 0 is the default
	anew     bool // everything is fetched anew
}

func newLab(t *testing.T, s *site) *lab {
	t.Helper()
	l := &lab{site: s, t: t, tree: archive.Open(t.TempDir()).Source(certcc.Name)}
	l.settings.Now = func() time.Time { return s.date }
	return l
}

// copied returns a lab of its own in the same state.
func (l *lab) copied(t *testing.T) *lab {
	t.Helper()
	own := newLab(t, &site{notes: slices.Clone(l.notes), odd: make(map[string]answer), date: l.date})
	own.cursor = l.cursor
	if err := os.CopyFS(own.tree.Dir(), os.DirFS(l.tree.Dir())); err != nil {
		t.Fatal(err)
	}
	return own
}

func (l *lab) source() *certcc.Source {
	if l.perRun > 0 {
		return certcc.NewSlow(l.settings, l.perRun)
	}
	return certcc.New(l.settings)
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
	run, err := l.tree.Begin(l.date)
	if err != nil {
		l.t.Fatal(err)
	}
	if l.anew {
		l.must(run.Anew())
		l.cursor = source.Cursor{}
	}
	cursor, err := l.source().Fetch(ctx, l.client(), run, l.cursor)
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
		if _, err := run.Commit(cursor, l.date); err != nil {
			l.t.Fatal(err)
		}
	}
	return err
}

// later lets days pass.
func (l *lab) later(days int) { l.date = l.date.AddDate(0, 0, days) }

// asked returns what was asked for since the last call.
func (l *lab) asked() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	hits := l.hits
	l.hits = nil
	return hits
}

// held decodes what the archive holds now: of each note its name and last edit
// and what was attached, by identifier.
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
		for r, err := range certcc.New(certcc.Settings{Text: true}).Decode(l.tree.FS(), f.Filename) {
			if err != nil {
				l.t.Errorf("%s: %v", f.Filename, err)
				continue
			}
			var body struct {
				Vuls    []struct{ CVE string }
				Vendors []struct{ Statement string }
				Vuls2   []struct{ Status string } `json:"vendorsvuls"`
			}
			if err := json.Unmarshal(r.Body, &body); err != nil {
				l.t.Fatal(err)
			}
			if _, twice := out[r.ID]; twice || r.Source != certcc.Name {
				l.t.Errorf("twice, or of another source: %s", r.ID)
			}
			out[r.ID] = fmt.Sprint(r.Title, r.Modified.Format(time.RFC3339), body)
		}
	}
	return out
}

func (s *site) truth() map[string]string {
	out := make(map[string]string)
	for _, n := range s.notes {
		vuls, statuses := "[]", "[]"
		if n.new {
			vuls, statuses = fmt.Sprintf("[{2001-2%d}]", n.id), "[{Affected}]"
		}
		out[fmt.Sprintf("VU#%d", n.id)] = fmt.Sprintf("%s%s{%s [{%s}] %s}", n.name, n.updated.Format(time.RFC3339), vuls, n.statement, statuses)
	}
	return out
}

// same asserts that all notes of the site are held, and nothing else.
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

func (l *lab) unchanged(requests int) {
	l.t.Helper()
	l.asked()
	if err := l.fetch(l.t.Context()); !errors.Is(err, source.ErrUnchanged) {
		l.t.Errorf("nothing changed: %v", err)
	}
	if got := l.asked(); len(got) != requests {
		l.t.Errorf("unchanged, and asked for %v", got)
	}
}

func (l *lab) incomplete(named string) {
	l.t.Helper()
	err := l.fetch(l.t.Context())
	if !errors.As(err, new(*source.Incomplete)) || !strings.Contains(err.Error(), named) {
		l.t.Errorf("expected a complaint about %s, got %v", named, err)
	}
}

func (l *lab) quarantined() int {
	l.t.Helper()
	entries, err := os.ReadDir(l.tree.Dir() + "/quarantine")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.t.Fatal(err)
	}
	return len(entries) / 2
}
