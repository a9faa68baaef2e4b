package certfr_test

import (
	"bytes"
	"flag"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"vulnmirror/ingest"
	"vulnmirror/progress"
	"vulnmirror/source"
	"vulnmirror/source/certfr"
	"vulnmirror/source/sourcetest"
	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/vuln"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestGolden(t *testing.T) {
	s := few()
	s.odd["/avis/CERTA-2009-AVI-001/json/"] = page(404) // had from the archive
	sourcetest.Golden(t, sourcetest.Subject{
		New: func() source.Source { return certfr.New(certfr.Settings{}) }, Upstream: s,
	}, "testdata/records.golden", *update)
}

// ingest brings a store up to date with the archive.
func (l *lab) ingest(db store.Store) ingest.Report {
	l.t.Helper()
	m, err := l.tree.Manifest()
	l.must(err)
	pending, err := ingest.Pending(l.t.Context(), db, certfr.New(l.settings), m.Files)
	l.must(err)
	report, err := ingest.Files(l.t.Context(), certfr.New(l.settings), l.tree, pending, db, progress.Silent)
	l.must(err)
	return report
}

func TestWhatLeftTheIndexIsWithdrawnUntilItComesBack(t *testing.T) {
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "vulnmirror.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	l := newLab(t, some())
	withdrawn := func(id string) bool {
		t.Helper()
		r, err := db.Get(t.Context(), vuln.KindCERTFR, id)
		l.must(err)
		return !r.Withdrawn.IsZero()
	}
	l.must(l.fetch(t.Context()))
	l.ingest(db)
	all := l.documents

	l.documents = slices.Delete(slices.Clone(all), 3, 4)
	l.must(l.fetch(t.Context()))
	if r := l.ingest(db); r.Withdrawn != 1 || !withdrawn("CERTA-2009-AVI-004") || withdrawn("CERTFR-2024-ALE-001") {
		t.Errorf("%+v", r)
	}
	l.documents = all
	l.must(l.fetch(t.Context()))
	if l.ingest(db); withdrawn("CERTA-2009-AVI-004") {
		t.Error("it is back upstream, and still withdrawn")
	}

	// Made anew from the archive, the store is the same, also when what was
	// superseded is pruned.
	if _, err := l.tree.Prune(time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if db, err = sqlite.Open(filepath.Join(t.TempDir(), "again.db"), sqlite.Options{}); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if l.ingest(db); withdrawn("CERTA-2009-AVI-004") {
		t.Error("withdrawn after a rebuild")
	}
}

func FuzzDecode(f *testing.F) {
	s := some()
	f.Add("index/avis.json", []byte(s.index("avis")))
	f.Add("index/alerte.json", []byte(`[{"reference":"four"},{"reference":"CERTFR-2024-ALE-001","json_url":"/","last_revision_date":"x"}]`))
	f.Add("avis/CERTFR-2024-AVI-0001.json", []byte(s.documents[12].json()))
	f.Add("tar/2009.tar", tarOf(s.documents[:3]...))
	f.Add("returned/avis.json", []byte(`{"run":"R","files":["R/returned/avis.json","R/index/avis.json","../x"]}`))
	f.Fuzz(func(t *testing.T, path string, data []byte) {
		if strings.HasSuffix(path, ".gz") || strings.HasSuffix(path, ".zst") || len(data) > 1<<20 {
			return // how files are packed is not the source's business
		}
		name := "R/" + path
		tree := fstest.MapFS{name: {Data: bytes.Clone(data)}}
		src := certfr.New(certfr.Settings{})
		for r, err := range src.Decode(tree, name) {
			if err == nil && (r.ID == "" || r.Source != certfr.Name || r.Kind != vuln.KindCERTFR) {
				t.Fatalf("%+v", r)
			}
		}
		for _, section := range []string{"index/avis.json", "index/alerte.json"} {
			index, err := src.Index(tree, file(section, name))
			if err != nil || index == nil {
				continue
			}
			for _, id := range index.IDs {
				index.Covers(id)
			}
		}
	})
}
