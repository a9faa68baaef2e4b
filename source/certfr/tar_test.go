package certfr_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"vulnmirror/source"
)

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
