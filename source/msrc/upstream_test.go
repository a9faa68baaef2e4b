package msrc_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
	"vulnmirror/source/msrc"
)

var now = time.Date(2024, 3, 20, 12, 0, 0, 0, time.UTC)

const base = "/cvrf/v3.0/"

// microsoft answers as the API does, and a mirror of it keeps up.
type microsoft struct {
	mu        sync.Mutex
	index     string            // body of the index
	documents map[string]string // bodies by identifier
	silent    map[string]bool   // documents that are answered with 503
	asked     []string          // paths after base, with what they were answered

	source *msrc.Source
	client *fetch.Client
	tree   *archive.Tree
	cursor source.Cursor
	stop   func(path string) // called before an answer
}

func newMicrosoft(t *testing.T, s msrc.Settings) *microsoft {
	t.Helper()
	s.Now = func() time.Time { return now }
	m := &microsoft{documents: make(map[string]string), source: msrc.New(s), tree: archive.Open(t.TempDir()).Source(msrc.Name)}
	var err error
	m.client, err = fetch.New(fetch.Config{Attempts: 1, Transport: m})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// RoundTrip is the network.
func (m *microsoft) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != msrc.Host {
		return nil, fmt.Errorf("a stray request for %s", r.URL)
	}
	answer := httptest.NewRecorder()
	m.ServeHTTP(answer, r)
	return answer.Result(), r.Context().Err()
}

func (m *microsoft) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, name, _ := strings.Cut(r.URL.RequestURI(), base)
	if m.stop != nil {
		m.stop(name)
	}
	id, isDocument := strings.CutPrefix(name, "cvrf/")
	body, found := m.documents[id]
	want, media := "application/xml", "application/xml"
	if !isDocument {
		want, media = "application/json", "application/json"
		body, found = strings.Replace(m.index, "HOST", "https://api.msrc.microsoft.com", 1), name == "updates"
		if more, ok := m.documents[name]; ok {
			body, found = more, true
		}
	}
	tag := fmt.Sprintf(`"%x"`, sha256.Sum256([]byte(body)))
	status := http.StatusOK
	switch {
	case r.Header.Get("Accept") != want:
		status = http.StatusNotAcceptable
	case m.silent[id]:
		status = http.StatusServiceUnavailable
	case !found:
		status = http.StatusNotFound
	case r.Header.Get("If-None-Match") == tag:
		status = http.StatusNotModified
	}
	m.asked = append(m.asked, fmt.Sprintf("%s %d", name, status))
	w.Header().Set("Content-Type", media)
	w.Header().Set("Date", now.Format(http.TimeFormat))
	w.Header().Set("ETag", tag)
	w.WriteHeader(status)
	if status == http.StatusOK {
		io.WriteString(w, body)
	}
}

// lists sets the index, of pairs of an identifier and CurrentReleaseDate.
func (m *microsoft) lists(pairs ...string) {
	var lines []string
	for i := 0; i < len(pairs); i += 2 {
		lines = append(lines, line(pairs[i], pairs[i+1]))
	}
	m.index = `{"@odata.context":"c","value":[` + strings.Join(lines, ",") + `]}`
}

func line(id, current string) string {
	return fmt.Sprintf(`{"ID":%q,"Alias":%q,"DocumentTitle":"Kitchen","Severity":null,"InitialReleaseDate":%q,"CurrentReleaseDate":%[3]q,"CvrfUrl":"https://elsewhere.example.org/"}`, id, id, current)
}

// document is one in XML, with vulnerabilities revised on a day.
func document(id, current string, vulnerabilities ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\ufeff"+`<?xml version="1.0" encoding="utf-8"?>
<cvrf:cvrfdoc xmlns:vuln="http://www.icasi.org/CVRF/schema/vuln/1.1" xmlns:prod="http://www.icasi.org/CVRF/schema/prod/1.1" xmlns:cvrf="http://www.icasi.org/CVRF/schema/cvrf/1.1">
<cvrf:DocumentTitle>Kitchen</cvrf:DocumentTitle><cvrf:DocumentTracking><cvrf:Identification><cvrf:ID>%s</cvrf:ID><cvrf:Alias>%[1]s</cvrf:Alias></cvrf:Identification><cvrf:Status>Final</cvrf:Status>
<cvrf:CurrentReleaseDate>%s</cvrf:CurrentReleaseDate></cvrf:DocumentTracking>`, id, current)
	for _, v := range vulnerabilities {
		name, revised, _ := strings.Cut(v, " ")
		fmt.Fprintf(&b, `<vuln:Vulnerability><vuln:Title>In %s</vuln:Title><vuln:CVE>%s</vuln:CVE>
<vuln:Remediations><vuln:Remediation Type="Vendor Fix"><vuln:Description>5034768</vuln:Description><vuln:Supercedence>5034127</vuln:Supercedence></vuln:Remediation></vuln:Remediations>
<vuln:RevisionHistory><vuln:Revision><cvrf:Number>1</cvrf:Number><cvrf:Date>%s</cvrf:Date></vuln:Revision></vuln:RevisionHistory></vuln:Vulnerability>`, id, name, revised)
	}
	b.WriteString("</cvrf:cvrfdoc>\n")
	return b.String()
}

// many are n vulnerabilities.
func many(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("CVE-2023-%d 2023-11-14T08:00:00", 10001+i)
	}
	return out
}

// sync is one run, as a mirror does it.
func (m *microsoft) sync(t *testing.T) error {
	t.Helper()
	return m.syncUnder(t.Context(), t)
}

func (m *microsoft) syncUnder(ctx context.Context, t *testing.T) error {
	t.Helper()
	run, err := m.tree.Begin(now)
	if err != nil {
		t.Fatal(err)
	}
	m.asked = nil
	cursor, fetchErr := m.source.Fetch(ctx, m.client, run, m.cursor)
	var incomplete *source.Incomplete
	switch {
	case errors.Is(fetchErr, source.ErrUnchanged):
		err = run.Discard()
	case fetchErr == nil, errors.As(fetchErr, &incomplete):
		_, err = run.Commit(cursor, now)
	default:
		return fetchErr
	}
	if err != nil {
		t.Fatal(err)
	}
	m.cursor = cursor
	return fetchErr
}

// current are the paths of the files held.
func (m *microsoft) current(t *testing.T) []string {
	t.Helper()
	manifest, err := m.tree.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range manifest.Files {
		if f.Status == archive.Current {
			out = append(out, f.Path)
		}
	}
	return out
}
