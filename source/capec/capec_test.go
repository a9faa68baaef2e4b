package capec_test

import (
	"flag"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"vulnmirror/source"
	"vulnmirror/source/capec"
	"vulnmirror/source/sourcetest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func small() source.Source {
	src := capec.New()
	src.Floor = 2
	return src
}

func subject(t *testing.T) sourcetest.Subject {
	t.Helper()
	world := sourcetest.Open(t, "testdata/world.txt")
	return sourcetest.Subject{
		New:      small,
		Upstream: sourcetest.Files(world),
		Later:    sourcetest.Files(sourcetest.Sub(t, world, "later"), world),
	}
}

func TestSource(t *testing.T) { sourcetest.Run(t, subject(t)) }

func TestGolden(t *testing.T) { sourcetest.Golden(t, subject(t), "testdata/world.golden", *update) }

// TestSTIXServes: without the XML the bundle of mitre/cti is taken, which has the
// patterns.
func TestSTIXServes(t *testing.T) {
	world := sourcetest.Open(t, "testdata/world.txt")
	delete(world, "capec.mitre.org/data/xml/capec_latest.xml")
	m := sourcetest.NewMirror(t, small())
	m.Must(sourcetest.Files(world))
	if got := strings.Join(m.IDs(), " "); got != "CAPEC-9001 CAPEC-9002" || m.Cursor().Release != "9.1" {
		t.Errorf("held are %s of %q", got, m.Cursor().Release)
	}
	if notes := strings.Join(m.Cursor().Notes, ""); !strings.Contains(notes, "STIX, since XML: GET https://capec.mitre.org/") {
		t.Errorf("the notes are %q", notes)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
