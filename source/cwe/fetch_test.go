package cwe_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"go.uber.org/goleak"

	"vulnmirror/source"
	"vulnmirror/source/sourcetest"
)

// TestMain fails the run when a fetch leaves work behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	zipped = "cwe.mitre.org/data/xml/cwec_latest.xml.zip"
	json   = "raw.githubusercontent.com/CWE-CAPEC/REST-API-wg/main/json_repo/"
)

// TestZips: a zip must hold one XML file; the JSON is taken where it does not.
func TestZips(t *testing.T) {
	world := sourcetest.Open(t, "testdata/world.txt")
	for name, tc := range map[string]struct {
		zip    fstest.MapFS
		reason string
	}{
		"no XML":  {sourcetest.Open(t, "testdata/odd.txt"), "0 XML files instead of one"},
		"two XML": {sourcetest.Open(t, "testdata/odd.txt"), "2 XML files instead of one"},
	} {
		t.Run(name, func(t *testing.T) {
			odd := fstest.MapFS{zipped: tc.zip[strings.ReplaceAll(name, " ", "-")+".zip"]}
			m := sourcetest.NewMirror(t, small())
			m.Must(sourcetest.Files(odd, world))
			if got := strings.Join(m.IDs(), " "); got != "CWE-90001 CWE-90002 CWE-90003 CWE-90004" {
				t.Errorf("held are %s", got)
			}
			if notes := strings.Join(m.Cursor().Notes, ""); !strings.Contains(notes, tc.reason) || !strings.Contains(notes, zipped) {
				t.Errorf("the notes are %q, want %q", notes, tc.reason)
			}
			if m.Cursor().Release != "9.1" {
				t.Errorf("the release is %q", m.Cursor().Release)
			}
		})
	}
}

// TestJSONByVersion: a thousand files are not asked for while the version is the
// one held.
func TestJSONByVersion(t *testing.T) {
	world := sourcetest.Open(t, "testdata/world.txt")
	delete(world, zipped)
	m := sourcetest.NewMirror(t, small())
	m.Must(sourcetest.Files(world))
	if err := m.Fetch(sourcetest.Files(world), nil); !errors.Is(err, source.ErrUnchanged) {
		t.Errorf("Fetch: %v", err)
	}
	if asked := m.Asked(); !slices.Equal(asked, []string{"https://" + zipped, "https://" + json + "cwev.json"}) {
		t.Errorf("asked were %v", asked)
	}
	world[json+"cwev.json"] = &fstest.MapFile{Data: []byte(`{"ContentVersion":"9.2","ContentDate":"2031-06-30"}`)}
	m.Must(sourcetest.Files(world))
	if got := m.Cursor().Release; got != "9.2" {
		t.Errorf("the release is %q", got)
	}
}
