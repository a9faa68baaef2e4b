package e2e

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/testkit/sim"
	"vulnmirror/vuln"
)

// published are the kinds of records that others than NVD publish.
var published = []vuln.Kind{
	vuln.KindCWE, vuln.KindCAPEC, vuln.KindATTACK, vuln.KindD3FEND, vuln.KindCAR, vuln.KindSHIELD, vuln.KindENGAGE,
	vuln.KindKEV, vuln.KindEPSS, vuln.KindCERTCC, vuln.KindCERTFR, vuln.KindMSRC, vuln.KindMSKB,
}

// small lets in what is simulated, which is far less than was ever published,
// and all of its texts.
var small = []string{"--set", "source.floors=false", "--set", "http.rate=10000/1s", "--set", "certcc.text=true"}

// newWorldData is an empty data folder for all that a world publishes.
func newWorldData(t *testing.T, u *upstream, args ...string) data {
	t.Helper()
	return newData(t, u.URL, append(slices.Clone(small), args...)...)
}

// everybody is the command line that works on CVE records, and on all publishers
// but NVD.
var everybody = []string{"nvd-cve", "mitre", "advisories", "enrichment"}

// syncAll brings everything up to date, which must succeed.
func (d data) syncAll(t *testing.T) summary {
	t.Helper()
	return decode[summary](t, d.ok(t, slices.Concat([]string{"sync", "--json"}, everybody)...))
}

// entry names a record of any kind.
type entry struct {
	kind vuln.Kind
	id   string
}

// held reads all records out of the database, with their titles, and those
// withdrawn.
func (d data) held(t *testing.T) map[entry]vuln.Record {
	t.Helper()
	st, err := sqlite.Open(filepath.Join(d.dir, "vulnmirror.db"), sqlite.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	all := map[entry]vuln.Record{}
	for _, kind := range published {
		for record, err := range st.List(t.Context(), store.Query{Kind: kind, Withdrawn: true}) {
			if err != nil {
				t.Fatal(err)
			}
			ref := store.Ref{Kind: kind, ID: record.ID}
			titles, err := st.Titles(t.Context(), []store.Ref{ref})
			if err != nil {
				t.Fatal(err)
			}
			record.Title = titles[ref]
			all[entry{kind, record.ID}] = record
		}
	}
	return all
}

// follower compares a mirror with the publishers it follows.
type follower struct {
	data
	u    *upstream
	seen map[entry]bool // was there to be seen when the mirror was up to date
}

func follow(d data, u *upstream) follower { return follower{d, u, map[entry]bool{}} }

// compare fails the test unless everything is held as it was last written, and
// what is gone is withdrawn.
func (f follower) compare(t *testing.T) {
	t.Helper()
	held := f.held(t)
	for _, kind := range published {
		current := 0
		for _, e := range f.u.others.Truth(kind) {
			at := entry{kind, e.ID}
			r, ok := held[at]
			delete(held, at)
			switch {
			case e.Gone && !ok && f.seen[at]:
				t.Errorf("%s %s is gone upstream, and here without trace", kind, e.ID)
			case e.Gone && ok && r.Withdrawn.IsZero():
				t.Errorf("%s %s is gone upstream, and not withdrawn", kind, e.ID)
			case e.Gone:
			case !ok:
				t.Errorf("%s %s is not held", kind, e.ID)
			case !r.Withdrawn.IsZero():
				t.Errorf("%s %s was withdrawn %v, and is there upstream", kind, e.ID, r.Withdrawn)
			case r.Title != e.Title:
				t.Errorf("%s %s is called %q, and upstream %q", kind, e.ID, r.Title, e.Title)
			case !bytes.Contains(r.Body, []byte(e.Says)):
				t.Errorf("%s %s lacks %q: %.400s", kind, e.ID, e.Says, r.Body)
			}
			if !e.Gone {
				f.seen[at] = true
				current++
			}
		}
		if current == 0 {
			t.Errorf("nothing of the kind %s was published", kind)
		}
	}
	for at := range held {
		t.Errorf("%s %s was never published", at.kind, at.id)
	}
	same(t, "CVE records", truth(f.u.Upstream), f.export(t))
}

// keeps fails the test when what was seen and is still published is not held any
// more.
func (f follower) keeps(t *testing.T) {
	t.Helper()
	held := f.held(t)
	for _, kind := range published {
		for _, e := range f.u.others.Truth(kind) {
			at := entry{kind, e.ID}
			if r, ok := held[at]; f.seen[at] && !e.Gone && (!ok || !r.Withdrawn.IsZero()) {
				t.Errorf("%s %s was lost: held %v, withdrawn %v", kind, e.ID, ok, r.Withdrawn)
			}
		}
	}
}

// TestPublishers follows everybody for some days.
func TestPublishers(t *testing.T) {
	t.Parallel()
	u := newWorld(t, sim.Options{Seed: 70, Records: 60})
	f := follow(newWorldData(t, u), u)
	for day := range 3 {
		if day > 0 {
			u.pass(10)
		}
		f.syncAll(t)
		f.compare(t)
		u.take()
		for _, r := range f.syncAll(t).Sources {
			if r.Added+r.Changed > 0 {
				t.Errorf("nothing is new, and the next run says %+v", r)
			}
		}
		// One question each, and of those that list by month some more.
		if asked := u.take(); len(asked) > 40 {
			t.Errorf("%d requests to learn that nothing is new: %q", len(asked), asked)
		}
	}
	f.compare(t)
	f.exports(t)
	f.ok(t, "verify")
}

// exports compares what export prints with what is held, and how get shows what
// was withdrawn.
func (f follower) exports(t *testing.T) {
	t.Helper()
	want, gone := map[vuln.Kind][]string{}, map[vuln.Kind]string{}
	for at, r := range f.held(t) {
		if r.Withdrawn.IsZero() {
			want[at.kind] = append(want[at.kind], string(r.Body))
		} else {
			gone[at.kind] = at.id
		}
	}
	for _, kind := range published {
		got := strings.Split(strings.TrimSuffix(f.ok(t, "export", "--kind", string(kind)), "\n"), "\n")
		slices.Sort(got)
		if slices.Sort(want[kind]); !slices.Equal(got, want[kind]) {
			t.Errorf("export --kind %s prints %d records, and %d are held", kind, len(got), len(want[kind]))
		}
	}
	if len(gone) < 4 {
		t.Errorf("upstream took back too little to tell: %v", gone)
	}
	for kind, id := range gone {
		if page := f.ok(t, "get", id, "--kind", string(kind)); !strings.Contains(page, "withdrawn: upstream was found to have it no longer") {
			t.Errorf("get %s does not say that it was withdrawn:\n%.500s", id, page)
		}
	}
}
