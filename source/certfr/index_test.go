package certfr_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/archive"
	"vulnmirror/source"
	"vulnmirror/source/certfr"
)

func TestIndexesThatAreNotBelieved(t *testing.T) {
	loaded := newLab(t, some())
	loaded.must(loaded.fetch(t.Context()))
	for name, misbehave := range map[string]func(*site){
		"a page":    func(s *site) { s.odd["/avis/json/"] = page(200) },
		"not found": func(s *site) { s.odd["/avis/json/"] = page(404) },
		"empty":     func(s *site) { s.odd["/avis/json/"] = answer{200, "application/json", "[]"} },
		"an error":  func(s *site) { s.odd["/avis/json/"] = answer{200, "application/json", `{"error":"busy"}`} },
		"nonsense":  func(s *site) { s.odd["/avis/json/"] = answer{200, "application/json", `[{"reference":"a"},{}]`} },
		"old dates": func(s *site) {
			for i := range 24 {
				s.documents[i].revised = "2008" + s.documents[i].revised[4:]
			}
		},
		"lost three":         func(s *site) { s.documents = slices.Delete(s.documents, 2, 5) },
		"lost a month":       func(s *site) { s.documents = slices.Delete(s.documents, 22, 24) },
		"lost months at end": func(s *site) { s.documents = slices.Delete(s.documents, 16, 24) },
	} {
		t.Run(name, func(t *testing.T) {
			l := loaded.copied(t)
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
