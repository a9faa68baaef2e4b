package match_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"vulnmirror/cpe"
	"vulnmirror/format/nvd"
	"vulnmirror/match"
	"vulnmirror/vuln"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// cve is a record with the given JSON of configurations.
func cve(t *testing.T, id, configurations string) vuln.Record {
	t.Helper()
	r, err := nvd.DecodeCVE(fmt.Appendf(nil, `{"id":%q,"published":%q,"lastModified":%q,"vulnStatus":"Analyzed","descriptions":[],"configurations":[%s]}`, id, day, day, configurations))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// node is a node of a configuration; a criterion that begins with ! is not
// marked as vulnerable.
func node(operator string, criteria ...string) string {
	return fmt.Sprintf(`{"operator":%q,"negate":false,"cpeMatch":[%s]}`, operator, strings.Join(slices.Collect(func(yield func(string) bool) {
		for _, text := range criteria {
			bare := strings.TrimPrefix(text, "!")
			m := criterionOf(bare)
			object := map[string]any{"matchCriteriaId": strings.ToUpper(fmt.Sprintf("00000000-0000-4000-8000-%012x", hash(bare))), "criteria": m.Criteria, "vulnerable": bare == text}
			for name, bound := range map[string]string{
				"versionStartIncluding": m.VersionStartIncluding, "versionStartExcluding": m.VersionStartExcluding,
				"versionEndIncluding": m.VersionEndIncluding, "versionEndExcluding": m.VersionEndExcluding,
			} {
				if bound != "" {
					object[name] = bound
				}
			}
			body, err := json.Marshal(object)
			if err != nil || !yield(string(body)) {
				return
			}
		}
	}), ","))
}

func hash(text string) (sum uint32) {
	for _, c := range text {
		sum = sum*31 + uint32(c)
	}
	return sum
}

const (
	app     = "cpe:2.3:a:v:app [1.0,2.0)"
	library = "cpe:2.3:a:v:library:3"
	windows = "!cpe:2.3:o:v:windows"
	patch   = "!cpe:2.3:a:v:patch"
)

func TestConfigurationsOverAnInventory(t *testing.T) {
	or := `{"nodes":[` + node("OR", app, library) + `]}`
	onWindows := `{"operator":"AND","nodes":[` + node("OR", app) + `,` + node("OR", windows) + `]}`
	withLibrary := `{"nodes":[` + node("AND", app, library) + `]}`
	unlessPatched := `{"operator":"AND","nodes":[` + node("OR", app) + `,` + strings.Replace(node("OR", patch), `"negate":false`, `"negate":true`, 1) + `]}`
	either := `{"operator":"OR","nodes":[` + node("OR", app) + `,` + node("OR", library) + `]}`
	for _, test := range []struct {
		what, configurations, inventory, options string
		want                                     string
	}{
		{"one of an OR", or, "app:1.5", "", "app certain"},
		{"another version", or, "app:2.5", "", ""},
		{"both of an OR", or, "app:1.5 library:3", "", "app certain, library certain"},
		{"version left open", or, "app", "", ""},
		{"version left open, all", or, "app", "all", "app possible"},
		{"platform unknown", onWindows, "app:1.5", "", "app conditional"},
		{"platform there", onWindows, "app:1.5 windows:10", "", "app certain"},
		{"platform there, all", onWindows, "app:1.5 windows:10", "all", "app certain, windows context certain"},
		{"platform not there", onWindows, "app:1.5", "complete", ""},
		{"platform alone", onWindows, "windows:10", "", ""},
		{"platform alone, all", onWindows, "windows:10", "all", "windows context conditional"},
		{"AND in a node, half", withLibrary, "app:1.5", "", "app conditional"},
		{"AND in a node, half and complete", withLibrary, "app:1.5", "complete", ""},
		{"AND in a node, whole", withLibrary, "app:1.5 library:3", "complete", "app certain, library certain"},
		{"negated node unknown", unlessPatched, "app:1.5", "", "app conditional"},
		{"negated node false", unlessPatched, "app:1.5", "complete", "app certain"},
		{"negated node true", unlessPatched, "app:1.5 patch:1", "all", ""},
		{"OR of nodes", either, "app:1.5", "complete", "app certain"},
		{"another configuration is certain", onWindows + "," + or, "app:1.5", "", "app certain"},
		{"no configuration", "", "app:1.5", "all", ""},
	} {
		t.Run(strings.ReplaceAll(test.what, " ", "_"), func(t *testing.T) {
			f := &fake{records: []vuln.Record{cve(t, "CVE-2024-0001", test.configurations)}}
			var inventory []cpe.Name
			for _, product := range strings.Fields(test.inventory) {
				part := "a"
				if strings.HasPrefix(product, "windows") {
					part = "o"
				}
				inventory = append(inventory, parse(t, "cpe:2.3:"+part+":v:"+product))
			}
			o := match.Options{All: test.options == "all", Complete: test.options == "complete"}
			var got []string
			for r, err := range match.New(f).Match(t.Context(), inventory, o) {
				if err != nil {
					t.Fatal(err)
				}
				text := r.CPE.Product().Text() + " "
				if !r.Vulnerable {
					text += "context "
				}
				got = append(got, text+r.Certainty.String())
			}
			if diff := cmp.Diff(test.want, strings.Join(got, ", ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestExplain(t *testing.T) {
	f := &fake{records: []vuln.Record{cve(t, "CVE-2024-0001", `{"nodes":[`+node("OR", library)+`]},{"operator":"AND","nodes":[`+node("OR", "cpe:2.3:a:v:other:1", app)+`,`+node("OR", windows)+`]}`)}}
	inventory := []cpe.Name{parse(t, "cpe:2.3:o:v:windows:10"), parse(t, "cpe:2.3:a:v:app:1.5"), parse(t, "cpe:2.3:o:v:windows:11")}
	var results []match.Result
	for r, err := range match.New(f).Match(t.Context(), inventory, match.Options{Explain: true}) {
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, r)
	}
	id := func(criterion string) string {
		return strings.ToUpper(fmt.Sprintf("00000000-0000-4000-8000-%012x", hash(criterion)))
	}
	want := []match.Result{{
		CVE: "CVE-2024-0001", CPE: inventory[1], Vulnerable: true, Certainty: match.Certain,
		Why: []match.Explanation{{Configuration: 1, Operator: "AND", Value: match.True, Nodes: []match.Node{
			{Node: 0, Operator: "OR", Value: match.True, Of: 2, Criteria: []match.Term{{
				Criteria: padded("cpe:2.3:a:v:app"), MatchCriteriaID: id(app), VersionStartIncluding: "1.0", VersionEndExcluding: "2.0",
				Vulnerable: true, Value: match.True, CPE: inventory[1].String(),
			}}},
			{Node: 1, Operator: "OR", Value: match.True, Of: 1, Criteria: []match.Term{{
				Criteria: padded("cpe:2.3:o:v:windows"), MatchCriteriaID: id(windows[1:]), Value: match.True, CPE: inventory[0].String(),
			}}},
		}}},
	}}
	if diff := cmp.Diff(want, results, cmp.AllowUnexported(cpe.Name{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for r, err := range match.New(f).Match(t.Context(), []cpe.Name{parse(t, "cpe:2.3:a:v:app")}, match.Options{All: true, Explain: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Why[0].Nodes[0].Criteria[0].Open; !slices.Equal(got, []string{"version"}) {
			t.Errorf("left open: %v, want the version", got)
		}
	}
}

// versions is a fake with one record for each of n products, and their names.
func versions(t *testing.T, n int) (*fake, []cpe.Name) {
	f := &fake{asked: make(map[string]int)}
	var names []cpe.Name
	for i := range n {
		product := fmt.Sprintf("cpe:2.3:a:v:p%d:1", i%(n/10))
		if i < n/10 {
			f.records = append(f.records, cve(t, fmt.Sprintf("CVE-2024-%d", 10000+i), `{"nodes":[`+node("OR", product)+`]}`))
		}
		names = append(names, parse(t, fmt.Sprintf("%s:u%d", product, i)))
	}
	return f, names
}

func TestManyNamesAskLittleAndStayInOrder(t *testing.T) {
	f, names := versions(t, 600)
	m := match.New(&counted{fake: f})
	var got []cpe.Name
	for r, err := range m.Match(t.Context(), names, match.Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r.CPE)
	}
	if !slices.Equal(got, names) {
		t.Errorf("%d results, not one for each of %d names in their order", len(got), len(names))
	}
	if asked := f.asked; asked["Criteria"] > 4 || asked["Uses"] > 4 {
		t.Errorf("asked %v, want products and uses once for a chunk and processor", asked)
	}
	clear(f.asked)
	for _, err := range m.Match(t.Context(), names, match.Options{}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(f.asked) > 0 {
		t.Errorf("asked %v again", f.asked)
	}
}

func TestTheNextVersionOfASmallProductAsksNothing(t *testing.T) {
	f := using("cpe:2.3:a:v:p:1", "cpe:2.3:a:v:p:2")
	f.asked = make(map[string]int)
	m := match.New(&counted{fake: f})
	for _, version := range []string{"1", "2", "3"} {
		if got := collect(t, m, []cpe.Name{parse(t, "cpe:2.3:a:v:p:"+version)}, match.Options{}); (len(got) == 1) != (version != "3") {
			t.Errorf("version %s: %v", version, got)
		}
	}
	if diff := cmp.Diff(map[string]int{"Criteria": 1, "Uses": 1}, f.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

func TestAtForgetsWhatChanged(t *testing.T) {
	f, names := versions(t, 10)
	s := &counted{fake: f}
	m := match.New(s).At(s, "1")
	count := func(m *match.Matcher) int { return len(collect(t, m, names, match.Options{})) }
	if got := count(m); got != 10 {
		t.Fatalf("%d results, want 10", got)
	}
	f.records = nil
	if got := count(m.At(s, "1")); got != 10 {
		t.Errorf("%d results at the same state, want what is remembered", got)
	}
	if got := count(m.At(s, "2")); got != 0 {
		t.Errorf("%d results at another state", got)
	}
}

func TestFailuresOfTheStoreEndMatching(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, method := range []string{"Criteria", "Uses"} {
		f, names := versions(t, 10)
		var got error
		for _, err := range match.New(&counted{fake: f, breaks: method, err: broken}).Match(t.Context(), names, match.Options{}) {
			got = err
		}
		if !errors.Is(got, broken) {
			t.Errorf("%s fails: %v", method, got)
		}
	}
	f, names := versions(t, 10)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range match.New(&counted{fake: f}).Match(ctx, names, match.Options{}) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	}
}
