package certfr_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"vulnmirror/source"
	"vulnmirror/source/certfr"
	"vulnmirror/source/sourcetest"
)

// ServeHTTP answers /HOST/PATH as the site answers PATH.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	a := s.answer("/" + path)
	w.Header().Set("Content-Type", a.kind)
	w.WriteHeader(a.status)
	w.Write([]byte(a.body))
}

// few returns a site with three documents, and an archive.
func few() *site {
	s := some()
	s.documents = []document{s.documents[0], s.documents[12], s.documents[24]}
	s.tars["2009"] = tarOf(s.documents[0])
	return s
}

func TestContract(t *testing.T) {
	later := few()
	later.documents[0].revised = "2026-03-01"
	later.documents = append(later.documents, document{"CERTFR-2024-AVI-0002", "Nouveau", "2024-03-02", ""})
	sourcetest.Run(t, sourcetest.Subject{
		New:      func() source.Source { return certfr.New(certfr.Settings{}) },
		Upstream: few(), Later: later,
		Anew: []string{"/avis/json/", "/alerte/json/"},
		// What is held is not asked for again.
		Silent: []string{"AVI-", "ALE-"},
	})
}

func TestLinesAreInNoOrder(t *testing.T) {
	l := newLab(t, some())
	slices.Reverse(l.documents)
	l.must(l.fetch(t.Context()))
	l.same()
}
