package nvd_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"vulnmirror/fetch"
	"vulnmirror/nvd"
)

// server stands in for the NVD without a network: it pages through records,
// which before may change ahead of each answer.
type server struct {
	mu       sync.Mutex
	array    string // that holds the records
	format   string
	records  []string // elements of it
	requests []*http.Request
	before   func(s *server, n int, q url.Values) // n counts requests from 1
	answer   func(w http.ResponseWriter) bool     // answers in place of the server
}

func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r)
	w := httptest.NewRecorder()
	q := r.URL.Query()
	if s.before != nil {
		s.before(s, len(s.requests), q)
	}
	if s.answer == nil || !s.answer(w) {
		start, _ := strconv.Atoi(q.Get("startIndex"))
		size, _ := strconv.Atoi(q.Get("resultsPerPage"))
		from := min(start, len(s.records))
		page := s.records[from:min(from+size, len(s.records))]
		w.Header().Set("Content-Type", "application/json")
		w.WriteString(document(s.format, s.array, start, len(s.records), page))
	}
	resp := w.Result()
	resp.Request = r
	return resp, nil
}

func document(format, array string, start, total int, elements []string) string {
	return fmt.Sprintf(`{"resultsPerPage":%d,"startIndex":%d,"totalResults":%d,"format":%q,"version":"2.0","timestamp":"2026-07-01T00:00:00.000","%s":[%s]}`,
		len(elements), start, total, format, array, strings.Join(elements, ","))
}

// asked returns what each request so far had for a parameter.
func (s *server) asked(parameter string) []string {
	var out []string
	for _, r := range s.requests {
		out = append(out, r.URL.Query().Get(parameter))
	}
	return out
}

func cveServer(n int) *server {
	s := &server{array: "vulnerabilities", format: "NVD_CVE"}
	for i := range n {
		s.records = append(s.records, simpleCVE(i+1, "2026-01-01T00:00:00.000"))
	}
	return s
}

func simpleCVE(n int, modified string) string {
	return fmt.Sprintf(`{"cve":{"id":"CVE-2026-%04d","lastModified":%q}}`, n, modified)
}

// client asks s.
func client(t *testing.T, s *server) *nvd.Client {
	t.Helper()
	f, err := fetch.New(fetch.Config{Transport: s, Attempts: 2, Backoff: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	c, err := nvd.New(nvd.Options{BaseURL: "https://nvd.example/", Fetch: f, Now: func() time.Time { return at("2026-07-01T00:00:00Z") }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// wrap makes an element of an answer from a record.
func wrap(inner, body string) string {
	if inner == "" {
		return body
	}
	out, err := json.Marshal(map[string]json.RawMessage{inner: json.RawMessage(body)})
	if err != nil {
		panic(err)
	}
	return string(out)
}

func sorted(ids []string) []string {
	slices.Sort(ids)
	return ids
}
