package cwe

import (
	"slices"
	"strings"
	"testing"

	"vulnmirror/source/sourcetest"
)

func TestListWeaknesses(t *testing.T) {
	got, err := listWeaknesses(strings.NewReader(`{"TypeDict":{"79":"base_weakness","20":"class_weakness","16":"category","1000":"view"}}`))
	if err != nil || !slices.Equal(got, []string{"20", "79"}) {
		t.Errorf("listWeaknesses: %v, %v", got, err)
	}
	for _, tree := range []string{`{}`, `{"TypeDict":{"16":"category"}}`, `[]`, `{"TypeDict":`, ``} {
		if got, err := listWeaknesses(strings.NewReader(tree)); err == nil {
			t.Errorf("listWeaknesses(%s) = %v", tree, got)
		}
	}
}

func FuzzTheXML(f *testing.F) {
	for _, archive := range sourcetest.Open(f, "testdata/odd.txt") {
		f.Add(archive.Data)
	}
	f.Add(sourcetest.Open(f, "testdata/world.txt")["cwe.mitre.org/data/xml/cwec_latest.xml.zip"].Data)
	f.Fuzz(func(t *testing.T, archive []byte) {
		if file, err := theXML(archive); err == nil && !strings.HasSuffix(strings.ToLower(file.Name), ".xml") {
			t.Errorf("the XML file is %q ", file.Name)
		}
	})
}

func FuzzListWeaknesses(f *testing.F) {
	f.Add(`{"TypeDict":{"79":"base_weakness"}}`)
	f.Fuzz(func(t *testing.T, tree string) {
		if ids, err := listWeaknesses(strings.NewReader(tree)); err == nil && len(ids) == 0 {
			t.Errorf("listWeaknesses(%q) names none", tree)
		}
	})
}
