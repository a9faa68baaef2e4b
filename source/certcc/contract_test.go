package certcc_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"vulnmirror/source"
	"vulnmirror/source/certcc"
	"vulnmirror/source/sourcetest"
)

// ServeHTTP answers /HOST/vuls/PATH as the site answers PATH.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, path, _ := strings.Cut(r.URL.RequestURI(), "/vuls/")
	a := s.answer(path)
	w.Header().Set("Content-Type", a.kind)
	w.WriteHeader(a.status)
	w.Write([]byte(a.body))
}

// few returns a site with two notes, at a time when there were no others.
func few() *site {
	s := some()
	at := time.Date(2001, 1, 3, 10, 0, 0, 0, time.UTC)
	s.notes = []note{{10001, "2001-01-02", at, "Oven", false, "Sorry."}, {10002, "2001-01-03", at, "Drawer", true, "Sorry."}}
	return s
}

func TestContract(t *testing.T) {
	later := few()
	later.notes[0].updated, later.notes[0].name = time.Now().UTC().Truncate(time.Second), "Oven, again"
	later.notes = append(later.notes, note{10003, "2001-01-20", later.notes[1].updated, "Spoon", true, ""})
	gaps := few()
	gaps.odd["api/2001/1/"] = page(404)
	sourcetest.Run(t, sourcetest.Subject{
		New: func() source.Source {
			return certcc.New(certcc.Settings{Now: january2001})
		},
		Upstream: few(), Later: later, Fallback: gaps,
		Anew: []string{"/summary/", "/byupdate/"},
		// What is held is not asked for again.
		Silent: []string{"/api/2001/1/", "/api/10001/", "/api/10002/"},
	})
}
