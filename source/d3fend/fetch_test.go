package d3fend_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"go.uber.org/goleak"

	"vulnmirror/source/sourcetest"
	"vulnmirror/vuln"
)

// TestMain fails the run when a fetch leaves work behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	host  = "d3fend.mitre.org/"
	table = host + "ontologies/d3fend/9.1.0/d3fend-full-mappings.csv"
)

// mapped tells whether the technique of these worlds leads to ATT&CK by the table.
func mapped(m *sourcetest.Mirror) bool {
	r := m.Record(vuln.KindD3FEND, "d3f:DoorAnalysis")
	return slices.ContainsFunc(r.Facts.Links, func(l vuln.Link) bool {
		return l.Kind == vuln.KindATTACK && l.ID == "T9001" && strings.HasPrefix(l.Rule, "off_tech_id via ")
	})
}

// TestOntologyAlone: a table that cannot be had is noted, and the run does not fail;
// one of the version held stays.
func TestOntologyAlone(t *testing.T) {
	world := sourcetest.Open(t, "testdata/world.txt")
	without := fstest.MapFS{}
	for name, f := range world {
		if name != table {
			without[name] = f
		}
	}
	m := sourcetest.NewMirror(t, small())
	m.Must(sourcetest.Files(without))
	if notes := strings.Join(m.Cursor().Notes, ""); !m.Cursor().Complete || mapped(m) ||
		!strings.Contains(notes, "without the table") || !strings.Contains(notes, table) {
		t.Errorf("complete %v, mapped %v, notes %q", m.Cursor().Complete, mapped(m), notes)
	}
	m.Must(sourcetest.Files(world))
	if !mapped(m) || len(m.Cursor().Notes) > 0 {
		t.Errorf("mapped %v, notes %q once there is a table", mapped(m), m.Cursor().Notes)
	}
	m.Must(sourcetest.Files(without))
	if notes := strings.Join(m.Cursor().Notes, ""); !mapped(m) || !strings.Contains(notes, "that is held") {
		t.Errorf("mapped %v, notes %q after the table is gone", mapped(m), notes)
	}
}

// TestForms: the ontology is taken in the best form there is.
func TestForms(t *testing.T) {
	world := sourcetest.Open(t, "testdata/world.txt")
	lost := sourcetest.Sub(t, world, "lost")
	turtle, err := fs.ReadFile(lost, host+"ontologies/d3fend.ttl")
	if err != nil {
		t.Fatal(err)
	}
	json := world[host+"ontologies/d3fend/9.1.0/d3fend.json"]
	m := sourcetest.NewMirror(t, small())
	m.Must(sourcetest.Files(fstest.MapFS{host + "ontologies/d3fend.ttl": {Data: turtle}}))
	ids, fromTurtle := m.IDs(), m.Record(vuln.KindD3FEND, "d3f:DoorAnalysis")
	if m.Cursor().Release != "9.1.0" {
		t.Errorf("the release is %q", m.Cursor().Release)
	}
	m.Must(sourcetest.Files(fstest.MapFS{host + "ontologies/d3fend.json": json, host + "ontologies/d3fend.ttl": {Data: turtle}}))
	if asked := m.Asked(); slices.Contains(asked, "https://"+host+"ontologies/d3fend.ttl") {
		t.Errorf("asked were %v, though there is JSON", asked)
	}
	if got := m.IDs(); !slices.Equal(got, ids) || string(m.Record(vuln.KindD3FEND, "d3f:DoorAnalysis").Body) != string(fromTurtle.Body) {
		t.Errorf("JSON gives %v, Turtle %v", got, ids)
	}
}

// TestListOfTechniques: the CSV is better than nothing, and no substitute for an
// ontology that is held.
func TestListOfTechniques(t *testing.T) {
	world := sourcetest.Open(t, "testdata/world.txt")
	csv := "ID,D3FEND Tactic,D3FEND Technique,D3FEND Technique Level 0,D3FEND Technique Level 1,Definition\n" +
		"D3-DA,Detect,Door Analysis,,,Look at the door.\n"
	list := sourcetest.Files(fstest.MapFS{host + "ontologies/d3fend.csv": {Data: []byte(csv)}})
	src := small()
	m := sourcetest.NewMirror(t, src)
	m.Must(list)
	if r := m.Record(vuln.KindD3FEND, "d3f:DoorAnalysis"); !r.Converted {
		t.Error("a record of the CSV does not say that it is converted")
	}
	m.Must(sourcetest.Files(world))
	if r := m.Record(vuln.KindD3FEND, "d3f:DoorAnalysis"); r.Converted || !mapped(m) {
		t.Error("the ontology does not take the place of the CSV")
	}
	if err := m.Fetch(list, nil); err == nil || !mapped(m) {
		t.Errorf("the CSV takes the place of the ontology: %v", err)
	}
}
