package match_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/cpe"
	"vulnmirror/match"
	"vulnmirror/store"
	"vulnmirror/version"
)

func parse(t *testing.T, s string) cpe.Name {
	t.Helper()
	name, err := cpe.ParseLenient(s)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func TestDescribing(t *testing.T) {
	for _, test := range []struct {
		rule, criterion, name string
		want                  bool
	}{
		{"equal", "cpe:2.3:a:v:p:1.0", "cpe:2.3:a:v:p:1.0", true},
		{"other version", "cpe:2.3:a:v:p:1.0", "cpe:2.3:a:v:p:1.1", false},
		{"versions are texts where there are no bounds", "cpe:2.3:a:v:p:1.0", "cpe:2.3:a:v:p:1.0.0", false},
		{"other product", "cpe:2.3:a:v:p:1.0", "cpe:2.3:a:v:q:1.0", false},
		{"other part", "cpe:2.3:o:v:p:1.0", "cpe:2.3:a:v:p:1.0", false},
		{"letter case", "cpe:2.3:a:V:P:1.0A", "cpe:2.3:a:v:p:1.0a", true},
		{"quoting that is not needed", `cpe:2.3:a:v:p:1\.0`, "cpe:2.3:a:v:p:1.0", true},
		{"quoted colon", `cpe:2.3:a:v:p\:\:q:1.0`, `cpe:2.3:a:v:p\:\:q:1.0`, true},

		{"ANY covers a version", "cpe:2.3:a:v:p", "cpe:2.3:a:v:p:1.0", true},
		{"ANY covers NA", "cpe:2.3:a:v:p", "cpe:2.3:a:v:p:-", true},
		{"ANY covers ANY", "cpe:2.3:a:v:p", "cpe:2.3:a:v:p", true},
		{"ANY covers wildcards", "cpe:2.3:a:v:p", "cpe:2.3:a:v:p:1.*", true},
		{"NA covers NA", "cpe:2.3:a:v:p:-", "cpe:2.3:a:v:p:-", true},
		{"NA covers nothing else", "cpe:2.3:a:v:p:-", "cpe:2.3:a:v:p:1.0", false},
		{"a version does not cover NA", "cpe:2.3:a:v:p:1.0", "cpe:2.3:a:v:p:-", false},
		{"a version does not cover ANY", "cpe:2.3:a:v:p:1.0", "cpe:2.3:a:v:p", false},

		{"trailing *", "cpe:2.3:a:v:p:1.*", "cpe:2.3:a:v:p:1.5", true},
		{"trailing * stands for none too", "cpe:2.3:a:v:p:1.*", "cpe:2.3:a:v:p:1.", true},
		{"trailing * elsewhere", "cpe:2.3:a:v:p:1.*", "cpe:2.3:a:v:p:2.1.5", false},
		{"leading *", "cpe:2.3:a:v:p:*.5", "cpe:2.3:a:v:p:1.5", true},
		{"leading * and what follows", "cpe:2.3:a:v:p:*.5", "cpe:2.3:a:v:p:1.5.1", false},
		{"trailing ?", "cpe:2.3:a:v:p:1.?", "cpe:2.3:a:v:p:1.5", true},
		{"? is one character", "cpe:2.3:a:v:p:1.?", "cpe:2.3:a:v:p:1.55", false},
		{"leading ??", "cpe:2.3:a:v:p:??5", "cpe:2.3:a:v:p:1.5", true},
		{"wildcards do not cover NA", "cpe:2.3:a:v:p:1*", "cpe:2.3:a:v:p:-", false},
		{"wildcards in the product", "cpe:2.3:a:v:p*:1.0", "cpe:2.3:a:v:portal:1.0", true},
		{"ANY as vendor", "cpe:2.3:a:*:p:1.0", "cpe:2.3:a:v:p:1.0", true},
		{"ANY as part", "cpe:2.3:*:v:p:1.0", "cpe:2.3:a:v:p:1.0", true},
		{"quoted wildcard is a character", `cpe:2.3:a:v:p:1.\*`, "cpe:2.3:a:v:p:1.5", false},

		{"start included", "cpe:2.3:a:v:p [1.0,)", "cpe:2.3:a:v:p:1.0", true},
		{"below an included start", "cpe:2.3:a:v:p [1.0,)", "cpe:2.3:a:v:p:0.9", false},
		{"start excluded", "cpe:2.3:a:v:p (1.0,)", "cpe:2.3:a:v:p:1.0", false},
		{"above an excluded start", "cpe:2.3:a:v:p (1.0,)", "cpe:2.3:a:v:p:1.0.1", true},
		{"end included", "cpe:2.3:a:v:p [,2.0]", "cpe:2.3:a:v:p:2.0", true},
		{"above an included end", "cpe:2.3:a:v:p [,2.0]", "cpe:2.3:a:v:p:2.0.1", false},
		{"end excluded", "cpe:2.3:a:v:p [,2.0)", "cpe:2.3:a:v:p:2.0", false},
		{"below an excluded end", "cpe:2.3:a:v:p [,2.0)", "cpe:2.3:a:v:p:1.9.9", true},
		{"both bounds", "cpe:2.3:a:v:p [1.10,2.0)", "cpe:2.3:a:v:p:1.9", false},
		{"equal in the order of versions", "cpe:2.3:a:v:p [1.0,1.0]", "cpe:2.3:a:v:p:1.0.0", true},
		{"one bound of another product's", "cpe:2.3:a:v:p [1.0,2.0)", "cpe:2.3:a:v:q:1.5", false},

		{"bounds and NA without start", "cpe:2.3:a:v:p [,2.0)", "cpe:2.3:a:v:p:-", true},
		{"bounds and NA with start", "cpe:2.3:a:v:p [0,2.0)", "cpe:2.3:a:v:p:-", false},
		{"bounds and ANY", "cpe:2.3:a:v:p [,2.0)", "cpe:2.3:a:v:p", false},
		{"bounds and wildcards", "cpe:2.3:a:v:p [,2.0)", "cpe:2.3:a:v:p:1.*", false},

		{"a pre-release of an excluded end", "cpe:2.3:a:v:p [,2.0)", "cpe:2.3:a:v:p:2.0:rc1", false},
		{"a service pack of an included end", "cpe:2.3:a:v:p [,2.0]", "cpe:2.3:a:v:p:2.0:sp1", true},
		{"an update within bounds", "cpe:2.3:a:v:p [1.0,2.0)", "cpe:2.3:a:v:p:1.5:update7", true},

		{"update ANY covers an update", "cpe:2.3:a:v:p:1.0", "cpe:2.3:a:v:p:1.0:sp1", true},
		{"update NA does not", "cpe:2.3:a:v:p:1.0:-", "cpe:2.3:a:v:p:1.0:sp1", false},
		{"update NA and an open name", "cpe:2.3:a:v:p:1.0:-", "cpe:2.3:a:v:p:1.0", false},
		{"an update and an open name", "cpe:2.3:a:v:p:1.0:sp1", "cpe:2.3:a:v:p:1.0", false},
		{"target software and an open name", "cpe:2.3:a:v:p:*:*:*:*:*:wordpress [,2.0)", "cpe:2.3:a:v:p:1.0", false},
		{"the same target software", "cpe:2.3:a:v:p:*:*:*:*:*:wordpress [,2.0)", "cpe:2.3:a:v:p:1.0:*:*:*:*:wordpress", true},
		{"another target software", "cpe:2.3:a:v:p:*:*:*:*:*:wordpress [,2.0)", "cpe:2.3:a:v:p:1.0:*:*:*:*:drupal", false},
		{"what is no CPE name", "cpe:2.3:a:v:p:1*0", "cpe:2.3:a:v:p:1.0", false},
	} {
		t.Run(strings.ReplaceAll(test.rule, " ", "_"), func(t *testing.T) {
			got, err := match.New(using(test.criterion)).Describing(t.Context(), parse(t, test.name))
			if err != nil {
				t.Fatal(err)
			}
			if (len(got) == 1) != test.want {
				t.Errorf("%s describes %s: %v, want %v", test.criterion, test.name, len(got) == 1, test.want)
			}
		})
	}
}

func TestListsOfNamesHaveTheLastWord(t *testing.T) {
	const one, two, three = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002", "00000000-0000-4000-8000-000000000003"
	f := using("cpe:2.3:a:v:p [,2.0)", "cpe:2.3:a:v:p [,3.0)", "cpe:2.3:a:v:p [,4.0)")
	f.lists = map[string][]string{
		one: {padded("cpe:2.3:a:v:p:9.0")}, // no order of versions has it so
		two: {padded("cpe:2.3:a:v:p:1.5")},
	}
	f.known = []string{padded("cpe:2.3:a:v:p:1.0")}
	for name, want := range map[string][]string{
		"cpe:2.3:a:v:p:9.0": {one},             // listed where bounds say no
		"cpe:2.3:a:v:p:1.5": {two, three},      // the third's list is not held
		"cpe:2.3:a:v:p:1.0": {three},           // in the dictionary, in neither list
		"cpe:2.3:a:v:p:1.1": {one, two, three}, // not in the dictionary
	} {
		f.asked = make(map[string]int)
		m := match.New(f)
		for range 2 {
			got, err := m.Describing(t.Context(), parse(t, name))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, ids(got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		if f.asked["Listed"] != 1 {
			t.Errorf("%s was looked up %d times", name, f.asked["Listed"])
		}
	}
}

func ids(criteria []store.Criterion) []string {
	var out []string
	for _, c := range criteria {
		out = append(out, c.ID)
	}
	slices.Sort(out)
	return out
}

func TestOverlapping(t *testing.T) {
	none := version.Range{}
	for _, test := range []struct {
		rule, criterion, pattern string
		within                   version.Range
		want                     bool
	}{
		{"no version on either side", "cpe:2.3:a:v:p", "cpe:2.3:a:v:p", none, true},
		{"pattern leaves the version open", "cpe:2.3:a:v:p:1.0", "cpe:2.3:a:v:p", none, true},
		{"pattern leaves vendor and product open", "cpe:2.3:a:v:p:1.0:*:*:de", "cpe:2.3:*:*:*:*:*:*:de", none, true},
		{"criterion open where the pattern is not", "cpe:2.3:a:v:p:1.0", "cpe:2.3:*:*:*:*:*:*:de", none, true},
		{"other language", "cpe:2.3:a:v:p:1.0:*:*:fr", "cpe:2.3:*:*:*:*:*:*:de", none, false},
		{"version in the range", "cpe:2.3:a:v:p [1.0,2.0)", "cpe:2.3:a:v:p:1.5", none, true},
		{"version beside the range", "cpe:2.3:a:v:p [1.0,2.0)", "cpe:2.3:a:v:p:2.0", none, false},
		{"wildcards on both sides", "cpe:2.3:a:v:p:1.*", "cpe:2.3:a:v:p:*.5", none, true},
		{"wildcards that never meet", "cpe:2.3:a:v:p:1.*", "cpe:2.3:a:v:p:2.*", none, false},
		{"wildcard pattern and a range", "cpe:2.3:a:v:p [1.0,2.0)", "cpe:2.3:a:v:p:3.*", none, true},
		{"ranges overlap", "cpe:2.3:a:v:p [1.0,2.0)", "cpe:2.3:a:v:p", version.Range{StartIncluding: "1.9"}, true},
		{"ranges touch where one excludes", "cpe:2.3:a:v:p [1.0,2.0)", "cpe:2.3:a:v:p", version.Range{StartIncluding: "2.0"}, false},
		{"ranges touch where both include", "cpe:2.3:a:v:p [1.0,2.0]", "cpe:2.3:a:v:p", version.Range{StartIncluding: "2.0"}, true},
		{"range and a version in it", "cpe:2.3:a:v:p:1.5", "cpe:2.3:a:v:p", version.Range{StartIncluding: "1.0", EndExcluding: "2.0"}, true},
		{"range and a version beside it", "cpe:2.3:a:v:p:2.5", "cpe:2.3:a:v:p", version.Range{StartIncluding: "1.0", EndExcluding: "2.0"}, false},
		{"range and a criterion without bounds", "cpe:2.3:a:v:p", "cpe:2.3:a:v:p", version.Range{EndExcluding: "2.0"}, true},
		{"range and NA", "cpe:2.3:a:v:p:-", "cpe:2.3:a:v:p", version.Range{StartIncluding: "1.0"}, false},
		{"NA and bounds without start", "cpe:2.3:a:v:p [,2.0)", "cpe:2.3:a:v:p:-", none, true},
	} {
		t.Run(strings.ReplaceAll(test.rule, " ", "_"), func(t *testing.T) {
			got, err := match.New(using(test.criterion)).Overlapping(t.Context(), parse(t, test.pattern), test.within)
			if err != nil {
				t.Fatal(err)
			}
			if (len(got) == 1) != test.want {
				t.Errorf("%s and %s %v overlap: %v, want %v", test.criterion, test.pattern, test.within, len(got) == 1, test.want)
			}
		})
	}
}
