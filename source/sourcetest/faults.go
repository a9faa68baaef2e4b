package sourcetest

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/source"
	"vulnmirror/vuln"
)

// fault is what upstream may answer with instead of a body.
type fault struct {
	name   string
	answer func(w http.ResponseWriter, body []byte)
}

func says(status int, contentType, text string) func(http.ResponseWriter, []byte) {
	return func(w http.ResponseWriter, _ []byte) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text)) // the client may have gone
	}
}

var faults = []fault{
	{"404", says(http.StatusNotFound, "text/plain", "not here")},
	{"500", says(http.StatusInternalServerError, "text/plain", "trouble")},
	{"HTML", says(http.StatusOK, "text/html", "<!DOCTYPE html><html><body>Just a moment</body></html>")},
	{"HTML as JSON", says(http.StatusOK, "application/json", "<html><body>Just a moment</body></html>")},
	{"empty", says(http.StatusOK, "application/json", "")},
	{"error object", says(http.StatusOK, "application/json", `{"error":"Content requested does not exist"}`)},
	{"cut short", func(w http.ResponseWriter, body []byte) {
		_, _ = w.Write(body[:len(body)/2]) // the client may have gone
	}},
	{"cut off", func(w http.ResponseWriter, body []byte) {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body[:len(body)/2]) // the client may have gone
	}},
}

const (
	// enough bounds how many addresses are tried one after the other.
	enough = 20
	// few are so many that each may be tried with every fault.
	few = 4
)

// withstands: whatever one address answers, nothing held is lost or changed, and
// the failure is told with the address.
func withstands(t *testing.T, s Subject) {
	u := serve(t, s.Upstream)
	held := newMirror(t, s)
	held.mustFetch(u.client(t))
	before := held.mustDecode()
	addresses := some(u.addresses())
	for i, f := range faults {
		for j, at := range addresses {
			if len(addresses) > few && (i+j)%2 != 0 {
				continue
			}
			t.Run(f.name+" at "+at, func(t *testing.T) {
				u.disturb(f.at(at))
				m := held.copy(t)
				m.tells(s, u, at, m.fetch(t.Context(), u.client(t)))
				m.keeps(before)
			})
		}
	}
	for j, at := range addresses {
		f := faults[j%len(faults)]
		t.Run("first of all "+f.name+" at "+at, func(t *testing.T) {
			u.disturb(f.at(at))
			m := newMirror(t, s)
			m.tells(s, u, at, m.fetch(t.Context(), u.client(t)))
			if m.cursor.Complete {
				m.keeps(before)
			}
		})
	}
}

// at answers with the fault at one address, and passes everything else on.
func (f fault) at(url string) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, r *http.Request, answers http.Handler) {
		if address(r) != url {
			answers.ServeHTTP(w, r)
			return
		}
		whole := r.Clone(r.Context())
		for _, conditional := range []string{"If-None-Match", "If-Modified-Since", "Range", "If-Range"} {
			whole.Header.Del(conditional)
		}
		recorder := httptest.NewRecorder()
		answers.ServeHTTP(recorder, whole)
		f.answer(w, bytes.Clone(recorder.Body.Bytes()))
	}
}

// tells: a failure, or the note of another way, names the address.
func (m *mirror) tells(s Subject, u *upstream, url string, err error) {
	m.t.Helper()
	if containsAny(url, s.Silent) || !slices.Contains(u.addresses(), url) {
		return
	}
	told := strings.Join(m.cursor.Notes, "\n")
	if err != nil && !errors.Is(err, source.ErrUnchanged) {
		told += "\n" + err.Error()
	}
	if strings.TrimSpace(told) == "" {
		m.t.Errorf("the failure is told nowhere")
	} else if !strings.Contains(told, url) {
		m.t.Errorf("the failure is told without the address: %s", told)
	}
}

// keeps: every record is held as before; one that is had in another shape, which is
// noted, has its identifier still.
func (m *mirror) keeps(before map[key]vuln.Record) {
	m.t.Helper()
	after := m.mustDecode()
	if len(m.cursor.Notes) == 0 {
		if diff := cmp.Diff(before, after); diff != "" {
			m.t.Errorf("what is held changed (-before +after):\n%s", diff)
		}
	} else if diff := cmp.Diff(ids(before), ids(after)); diff != "" {
		m.t.Errorf("what is held changed (-before +after):\n%s", diff)
	}
}

// some picks from many addresses, the first and the last among them.
func some(addresses []string) []string {
	if len(addresses) <= enough {
		return addresses
	}
	var out []string
	for i := range enough {
		out = append(out, addresses[i*(len(addresses)-1)/(enough-1)])
	}
	return out
}
