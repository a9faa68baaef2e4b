package certfr_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/source"
	"vulnmirror/source/certfr"
)

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
	if !errors.As(err, new(*source.Incomplete)) || !strings.Contains(err.Error(), "not asked for") {
		t.Fatal(err)
	}
	if n := len(l.asked()); n > 30 {
		t.Errorf("%d requests", n)
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
