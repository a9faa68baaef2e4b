package msrccsv_test

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/ingest"
	"vulnmirror/progress"
	"vulnmirror/source/msrc"
	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/vuln"
)

func (d *drawer) ingest(t *testing.T, db store.Store) {
	t.Helper()
	manifest, err := d.tree.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	pending, err := ingest.Pending(t.Context(), db, d.source, manifest.Files)
	if err == nil {
		_, err = ingest.Files(t.Context(), d.source, d.tree, pending, db, progress.Silent)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, db store.Store, kind vuln.Kind, id string) vuln.Record {
	t.Helper()
	r, err := db.Get(t.Context(), kind, id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestExportsAreOneRecord(t *testing.T) {
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "vulnmirror.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	d := newDrawer(t)
	for _, row := range []string{"10 Jan 2024,Drawer,5034768,5034127,CVE-2024-10001", "10 Jan 2024,Oven,5034768,3124280,CVE-2024-10001"} {
		d.drop(t, "guide.csv", header+row+"\n")
		if err := d.sync(t); err != nil {
			t.Fatal(err)
		}
		d.ingest(t, db)
	}
	want := `{"id":"CVE-2024-10001","rows":[` +
		`{"Release Date":"10 Jan 2024","Product":"Drawer","Article":"5034768","Supercedence":"5034127","Details":"CVE-2024-10001"},` +
		`{"Release Date":"10 Jan 2024","Product":"Oven","Article":"5034768","Supercedence":"3124280","Details":"CVE-2024-10001"}]}`
	if diff := cmp.Diff(want, string(get(t, db, vuln.KindMSRC, "CVE-2024-10001").Body)); diff != "" {
		t.Error(diff)
	}
	// What replaces what is told by all of them.
	var replaced []string
	linker, ok := any(db).(store.Linker)
	if !ok {
		t.Fatal("the store follows no links")
	}
	for link, err := range linker.Links(t.Context(), store.LinkQuery{From: []store.Ref{{Kind: vuln.KindMSKB, ID: "5034768"}}, Kinds: []vuln.Kind{vuln.KindMSKB}}) {
		if err != nil || link.Rule != "supersedes" {
			t.Fatalf("%+v, %v", link, err)
		}
		replaced = append(replaced, link.To.ID)
	}
	if diff := cmp.Diff([]string{"5034127", "3124280"}, replaced); diff != "" {
		t.Error(diff)
	}

	native(t, db)
	before := get(t, db, vuln.KindMSKB, "5034768")
	if before.Source != "msrc" || before.Converted {
		t.Fatalf("%+v", before)
	}
	d.drop(t, "later.csv", header+"10 Jan 2025,Oven,5034768,3124280,CVE-2024-10001\n")
	if err := d.sync(t); err != nil {
		t.Fatal(err)
	}
	d.ingest(t, db)
	for kind, id := range map[vuln.Kind]string{vuln.KindMSRC: "CVE-2024-10001", vuln.KindMSKB: "5034768"} {
		if r := get(t, db, kind, id); r.Source != "msrc" || strings.Contains(string(r.Body), "Oven") {
			t.Errorf("an export replaced what Microsoft's document says: %s", r.Body)
		}
	}
}

// native applies what a document of the API says of the same records.
func native(t *testing.T, db store.Store) {
	t.Helper()
	tree := fstest.MapFS{"RUN/cvrf/2024-Jan": {Data: []byte(`<cvrfdoc xmlns="http://www.icasi.org/CVRF/schema/cvrf/1.1" xmlns:v="http://www.icasi.org/CVRF/schema/vuln/1.1">
<DocumentTracking><Identification><ID>2024-Jan</ID></Identification></DocumentTracking>
<v:Vulnerability><v:Title>Drawer</v:Title><v:CVE>CVE-2024-10001</v:CVE><v:Remediations><v:Remediation Type="Vendor Fix"><v:Description>5034768</v:Description></v:Remediation></v:Remediations></v:Vulnerability></cvrfdoc>`)}}
	batch := &store.Batch{Origin: store.Origin{Source: "msrc", Filename: "RUN/cvrf/2024-Jan", Replaces: true}, Last: true}
	for r, err := range msrc.New(msrc.Settings{}).Decode(tree, "RUN/cvrf/2024-Jan") {
		if err != nil {
			t.Fatal(err)
		}
		batch.Records = append(batch.Records, r)
	}
	if _, err := db.Apply(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
}
