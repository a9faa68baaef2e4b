package certcc_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"vulnmirror/archive"
	"vulnmirror/ingest"
	"vulnmirror/progress"
	"vulnmirror/source"
	"vulnmirror/source/certcc"
	"vulnmirror/source/sourcetest"
	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/vuln"
)

var update = flag.Bool("update", false, "write the golden files anew")

// january2001 is the present of sites that few returns.
func january2001() time.Time { return time.Date(2001, 1, 30, 0, 0, 0, 0, time.UTC) }

func TestGolden(t *testing.T) {
	for name, text := range map[string]bool{"testdata/records.golden": false, "testdata/text.golden": true} {
		sourcetest.Golden(t, sourcetest.Subject{
			New:      func() source.Source { return certcc.New(certcc.Settings{Text: text, Now: january2001}) },
			Upstream: few(),
		}, name, *update)
	}
}

// Every text of the fixtures ends in a full stop, and nothing else does.
func TestNoProseWithoutPermission(t *testing.T) {
	l := newLab(t, some())
	l.must(l.fetch(t.Context()))
	m, err := l.tree.Manifest()
	l.must(err)
	n := 0
	for _, f := range m.Files {
		for r, err := range l.source().Decode(l.tree.FS(), f.Filename) {
			l.must(err)
			n++
			if len(r.Text) > 0 || strings.Contains(string(r.Body), `."`) || strings.Contains(string(r.Body), "prose") {
				t.Errorf("%s %v", r.Body, r.Text)
			}
			if r.Title == "" || len(r.Facts.References) != 1 || len(r.Facts.Links) == 0 || !json.Valid(r.Body) {
				t.Errorf("%+v", r)
			}
			for _, link := range r.Facts.Links {
				if link.Rule == "text" {
					t.Errorf("%s: a link that nothing in the body gives: %v", r.ID, link)
				}
			}
		}
	}
	if n != 10 {
		t.Errorf("%d records", n)
	}
	if info := l.source().Info(); !info.Restricted || !info.Replaces || info.Attribution == "" {
		t.Errorf("%+v", info)
	}
}

// ingest brings a store up to date with the archive.
func (l *lab) ingest(db store.Store) ingest.Report {
	l.t.Helper()
	m, err := l.tree.Manifest()
	l.must(err)
	pending, err := ingest.Pending(l.t.Context(), db, l.source(), m.Files)
	l.must(err)
	report, err := ingest.Files(l.t.Context(), l.source(), l.tree, pending, db, progress.Silent)
	l.must(err)
	return report
}

func TestWhatIsGoneIsWithdrawnUntilItComesBack(t *testing.T) {
	open := func() store.Store {
		db, err := sqlite.Open(filepath.Join(t.TempDir(), "vulnmirror.db"), sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		return db
	}
	db := open()
	l := newLab(t, some())
	check := func(withdrawn bool) {
		t.Helper()
		for _, n := range some().notes {
			r, err := db.Get(t.Context(), vuln.KindCERTCC, "VU#"+n.answer("")[12:17])
			l.must(err)
			if want := withdrawn && n.id == 10007; r.Withdrawn.IsZero() == want {
				t.Errorf("%s: withdrawn %v", r.ID, r.Withdrawn)
			}
		}
	}
	l.must(l.fetch(t.Context()))
	l.ingest(db)
	l.later(3)
	all := l.notes
	l.notes = slices.Delete(slices.Clone(all), 6, 7)
	l.must(l.fetch(t.Context()))
	l.ingest(db)
	check(true)
	l.notes = all
	l.must(l.fetch(t.Context()))
	l.ingest(db)
	check(false)

	// An edit with an earlier date counts.
	l.later(3)
	l.notes[9].updated, l.notes[9].name = l.notes[9].updated.Add(-time.Hour), "Said otherwise"
	l.odd["byupdate/desc/?page=1"] = page(200)
	l.must(l.fetch(t.Context()))
	l.ingest(db)
	if r, err := db.Get(t.Context(), vuln.KindCERTCC, "VU#10010"); err != nil || r.Title != "Said otherwise" {
		t.Errorf("%+v %v", r, err)
	}

	// Made anew from the archive, the store is the same, also when what was
	// superseded is pruned.
	if _, err := l.tree.Prune(time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	db = open()
	if r := l.ingest(db); r.Refused > 0 {
		t.Errorf("%+v", r)
	}
	check(false)
}

func FuzzDecode(f *testing.F) {
	for _, n := range few().notes {
		f.Add(`{"month":"2001-01","notes":{"VU#10001":{"note":"R/note","vuls":"R/vuls","vendors":"R/vendors","hash":"x"}},"gone":["VU#10003"]}`,
			n.answer(""), n.answer("vuls"), n.answer("vendors"))
	}
	f.Add(`{"notes":{"a":null}}`, `[{"vuid":"VU#10001","vuls":[]}]`, `[1,[{}]]`, `{"error":"x"}`)
	f.Fuzz(func(t *testing.T, list, note, vuls, vendors string) {
		name := "R/lists/2001-01.json"
		tree := fstest.MapFS{
			name: {Data: []byte(list)}, "R/note": {Data: []byte(note)}, "R/vuls": {Data: []byte(vuls)}, "R/vendors": {Data: []byte(vendors)},
		}
		for _, text := range []bool{false, true} {
			src := certcc.New(certcc.Settings{Text: text})
			for r, err := range src.Decode(tree, name) {
				if err != nil {
					continue
				}
				if r.ID == "" || r.Source != certcc.Name || !text && (len(r.Text) > 0 || bytes.Contains(r.Body, []byte(`"overview"`))) {
					t.Fatalf("%+v", r)
				}
			}
			if index, err := src.Index(tree, archive.File{Filename: name}); err == nil && index != nil {
				index.Covers("VU#10001")
			}
		}
	})
}
