package match_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/match"
)

func TestReadInventory(t *testing.T) {
	for _, test := range []struct {
		kind, text string
		format     string
		names      []string // padded
		without    int
		unreadable []string // begin so
		fails      string
	}{
		{kind: "nothing", format: "lines"},
		{kind: "only space", text: "\n \r\n\t", format: "lines"},
		{
			kind: "lines", format: "lines",
			text: "\uFEFF# our machines\ncpe:2.3:a:v:p:1.0:*:*:*:*:*:*:*\r\n\n  cpe:/o:v:os:2%2e1 # the old one\ncpe:2.3:a:v:c\\#:3\n#cpe:2.3:a:v:q:1\ncpe:2.3:a:V:P#:4",
			names: []string{
				"cpe:2.3:a:v:p:1.0", "cpe:2.3:o:v:os:2.1", `cpe:2.3:a:v:c\#:3`, `cpe:2.3:a:v:p\#:4`,
			},
		},
		{
			kind: "bad lines", format: "lines",
			text:  "\n\nlog4j 2.14\ncpe:2.3:a:v:p:1\ncpe:2.3:x:v:p:1\n",
			names: []string{"cpe:2.3:a:v:p:1"},
			unreadable: []string{
				`line 3: CPE name "log4j 2.14": does not begin with "cpe:2.3:"`,
				`line 5: CPE name "cpe:2.3:x:v:p:1": part at byte 8: is none of a, o, h`,
			},
		},
		{
			kind: "CycloneDX", format: "CycloneDX",
			text: `{"bomFormat":"CycloneDX","specVersion":"1.5","metadata":{"component":{"name":"image","cpe":"cpe:2.3:o:v:os:1"}},
				"components":[{"name":"p","version":"1.0","cpe":"cpe:2.3:a:v:p:1.0:*:*:*:*:*:*:*","components":[{"name":"inner","cpe":"cpe:/a:v:inner:2"},{"name":"no"}]},
				{"name":"q","version":"3","cpe":"q 3"},{"name":5},{"purl":"pkg:npm/x@1"}],"dependencies":[{"ref":"components"}]}`,
			names:   []string{"cpe:2.3:o:v:os:1", "cpe:2.3:a:v:p:1.0", "cpe:2.3:a:v:inner:2"},
			without: 2,
			unreadable: []string{
				`component q 3: CPE name "q 3": does not begin`,
				"/components/2: json:",
			},
		},
		{
			kind: "SPDX 2", format: "SPDX",
			text: `{"spdxVersion":"SPDX-2.3","packages":[{"name":"p","versionInfo":"1.0","externalRefs":[
				{"referenceCategory":"SECURITY","referenceType":"cpe23Type","referenceLocator":"cpe:2.3:a:v:p:1.0:*:*:*:*:*:*:*"},
				{"referenceCategory":"SECURITY","referenceType":"http://spdx.org/rdf/references/cpe22Type","referenceLocator":"cpe:/a:w:p:1.0"},
				{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:npm/p@1.0"}]},
				{"name":"q","externalRefs":[{"referenceType":"purl","referenceLocator":"pkg:npm/q@1"}]}]}`,
			names: []string{"cpe:2.3:a:v:p:1.0", "cpe:2.3:a:w:p:1.0"}, without: 1,
		},
		{
			kind: "SPDX 3", format: "SPDX",
			text: `{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[{"type":"Person","name":"A"},
				{"type":"software_Package","name":"p","externalIdentifier":[{"type":"ExternalIdentifier","externalIdentifierType":"cpe23","identifier":"cpe:2.3:a:v:p:1.0:*:*:*:*:*:*:*"}]},
				{"type":"software_Package","name":"q"}]}`,
			names: []string{"cpe:2.3:a:v:p:1.0"}, without: 1,
		},
		{kind: "other JSON", text: `{"a":1}`, fails: "neither a CycloneDX nor an SPDX"},
		{kind: "JSON cut off", text: `{"bomFormat":"CycloneDX","components":[{"cpe":"cpe:2.3:a:v:p:1"},`, format: "CycloneDX", names: []string{"cpe:2.3:a:v:p:1"}, fails: "components"},
		{kind: "a line too long", text: "cpe:2.3:a:v:p:1\n" + strings.Repeat("a", 2<<20), format: "lines", names: []string{"cpe:2.3:a:v:p:1"}, fails: "line 2"},
	} {
		t.Run(strings.ReplaceAll(test.kind, " ", "_"), func(t *testing.T) {
			got, err := match.ReadInventory(strings.NewReader(test.text))
			if (err == nil) != (test.fails == "") || err != nil && !strings.Contains(err.Error(), test.fails) {
				t.Errorf("error %v, want %q", err, test.fails)
			}
			var names, want []string
			for _, n := range got.Names {
				names = append(names, n.String())
			}
			for _, n := range test.names {
				want = append(want, padded(n))
			}
			if diff := cmp.Diff(want, names); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
			if got.Format != test.format || got.Without != test.without {
				t.Errorf("%q, %d without CPE; want %q, %d", got.Format, got.Without, test.format, test.without)
			}
			if len(got.Unreadable) != len(test.unreadable) {
				t.Fatalf("unreadable: %v, want %d", got.Unreadable, len(test.unreadable))
			}
			for i, want := range test.unreadable {
				if !strings.HasPrefix(got.Unreadable[i].Error(), want) {
					t.Errorf("unreadable: %v, want %s…", got.Unreadable[i], want)
				}
			}
		})
	}
}

// FuzzReadInventory: whatever the bytes, reading ends, and names it returns can
// be read again as lines.
func FuzzReadInventory(f *testing.F) {
	for _, seed := range []string{
		"cpe:2.3:a:v:p:1.0\n# x\ncpe:/a:v:p", "\uFEFF{}", `{"bomFormat":"CycloneDX","components":[{"cpe":"cpe:/a:v:p:1","components":[{}]}]}`,
		`{"spdxVersion":"","packages":[{"externalRefs":[{"referenceType":"cpe23Type","referenceLocator":"cpe:2.3:a:b:c"}]}]}`,
		`{"@graph":[{"type":"Package","externalIdentifier":[{"externalIdentifierType":"cpe22","identifier":"cpe:/a:b"}]}]}`, `{"metadata":{"component":null}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := match.ReadInventory(strings.NewReader(text))
		if err != nil {
			return
		}
		var lines strings.Builder
		for _, n := range got.Names {
			lines.WriteString(n.String() + "\n")
		}
		again, err := match.ReadInventory(strings.NewReader(lines.String()))
		if err != nil || len(again.Unreadable) > 0 {
			t.Fatalf("%q: %v, %v", lines.String(), err, again.Unreadable)
		}
		for i, n := range got.Names {
			if again.Names[i] != n {
				t.Errorf("%s became %s", n, again.Names[i])
			}
		}
	})
}
