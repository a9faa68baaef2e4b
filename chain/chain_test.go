package chain_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/chain"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: %s", name, diff)
	}
}

func follow(t *testing.T, m *memory, start string, o chain.Options) *chain.Answer {
	t.Helper()
	kind, id, _ := strings.Cut(start, " ")
	a, err := chain.New(m).Follow(t.Context(), store.Ref{Kind: vuln.Kind(kind), ID: id}, o)
	if err != nil {
		t.Fatalf("%s: %v", start, err)
	}
	return a
}

func tree(t *testing.T, a *chain.Answer) string {
	t.Helper()
	var out bytes.Buffer
	if err := a.WriteTree(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTrees(t *testing.T) {
	m := kitchen(t)
	to := func(k ...vuln.Kind) chain.Options { return chain.Options{To: k} }
	for _, tc := range []struct {
		name, start string
		o           chain.Options
	}{
		{"cve", "cve CVE-2031-1001", chain.Options{}},
		{"everything", "cve CVE-2031-1001", chain.Options{With: chain.Extras()}},
		{"to-d3fend", "cve CVE-2031-1001", to(vuln.KindD3FEND)},
		{"to-cpe", "attack T9055", to(vuln.KindCPE)},
		{"to-kev", "attack T9055", to(vuln.KindKEV)},
		{"technique", "attack T9055", chain.Options{}},
		{"replacement", "attack T9564", chain.Options{}},
		{"revoked", "attack T9143", chain.Options{}},
		{"countermeasure", "d3fend d3f:SteamFilter", chain.Options{}},
		{"weakness", "cwe CWE-9001", chain.Options{}},
		{"update", "mskb 9000002", chain.Options{}},
		{"note", "certcc VU#900001", chain.Options{}},
		{"cpe", "cpe cpe:2.3:h:maker:stove:-:*:*:*:*:*:*:*", chain.Options{}},
		{"unknown", "cve CVE-2031-9999", chain.Options{}},
		{"near", "cve CVE-2031-1001", chain.Options{Depth: 1}},
	} {
		golden(t, tc.name+".txt", tree(t, follow(t, m, tc.start, tc.o)))
	}
}

func TestDOTAndJSON(t *testing.T) {
	a := follow(t, kitchen(t), "cve CVE-2031-1001", chain.Options{Way: chain.Forward})
	var dot bytes.Buffer
	if err := a.WriteDOT(&dot); err != nil {
		t.Fatal(err)
	}
	golden(t, "forward.dot", dot.String())
	text, err := json.MarshalIndent(a, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "forward.json", string(text)+"\n")
}

func TestLimit(t *testing.T) {
	m := &memory{states: whole("nvd-cve", "cwe", "capec")}
	w := held(vuln.KindCWE, "CWE-9001", "Boiling")
	for i := range 30 {
		id := fmt.Sprintf("CAPEC-%d", 900+i)
		p := held(vuln.KindCAPEC, id, "Pattern")
		if i == 29 {
			p = held(vuln.KindCAPEC, id, "Pattern", "attack T9001 ATTACK taxonomy")
		}
		m.records = append(m.records, p, cve(t, fmt.Sprintf("CVE-2031-%d", 1000+i), `,"weaknesses":[{"source":"nvd@nist.gov","type":"Primary","description":[{"lang":"en","value":"CWE-9001"}]}]`))
		w.Facts.Links = append(w.Facts.Links, vuln.Link{Kind: vuln.KindCAPEC, ID: id, Rule: "Related_Attack_Pattern"})
	}
	m.records = append(m.records, w)
	more := func(a *chain.Answer) map[vuln.Kind]int {
		out := make(map[vuln.Kind]int)
		for _, x := range a.More {
			out[x.Kind] += x.Count
		}
		return out
	}
	count := func(a *chain.Answer, k vuln.Kind) int {
		n := 0
		for _, node := range a.Nodes {
			if node.Kind == k {
				n++
			}
		}
		return n
	}
	for _, tc := range []struct {
		name           string
		o              chain.Options
		capecs, cves   int
		moreCAPEC, cve int
	}{
		{"as a rule", chain.Options{}, 10, 10, 20, 20},
		{"a few", chain.Options{Limit: 3}, 3, 3, 27, 27},
		{"as many as there are", chain.Options{Limit: 30}, 30, 30, 0, 0},
		{"all", chain.Options{Limit: -1}, 30, 30, 0, 0},
		{"those that reach", chain.Options{Limit: 3, To: []vuln.Kind{vuln.KindATTACK}}, 1, 0, 0, 0},
	} {
		a := follow(t, m, "cwe CWE-9001", tc.o)
		got := []int{count(a, vuln.KindCAPEC), count(a, vuln.KindCVE), more(a)[vuln.KindCAPEC], more(a)[vuln.KindCVE]}
		if diff := cmp.Diff([]int{tc.capecs, tc.cves, tc.moreCAPEC, tc.cve}, got); diff != "" {
			t.Errorf("%s: %s", tc.name, diff)
		}
		// What leads on comes before what does not.
		if _, ok := a.Node(chain.Ref{Kind: vuln.KindATTACK, ID: "T9001"}); !ok {
			t.Errorf("%s: the only technique is not in the answer", tc.name)
		}
	}
	if text := tree(t, follow(t, m, "cwe CWE-9001", chain.Options{Limit: 1})); strings.Count(text, "… and 29 more") != 2 {
		t.Error(text)
	}
}

func TestStatementsOfBothSidesAreOneEdge(t *testing.T) {
	m := kitchen(t)
	for _, start := range []string{"cwe CWE-9001", "capec CAPEC-99"} {
		a := follow(t, m, start, chain.Options{Depth: 1})
		var found []chain.Edge
		for _, e := range a.Edges {
			if e.Step == "attacked by" && (e.To.ID == "CAPEC-99" || e.To.ID == "CWE-9001") {
				found = append(found, e)
			}
		}
		if len(found) != 1 || len(found[0].Statements) != 2 {
			t.Fatalf("%s: %+v", start, found)
		}
		e := found[0]
		if e.Reversed != (e.To.Kind == vuln.KindCWE) {
			t.Errorf("%s: reversed is %v", start, e.Reversed)
		}
		want := map[chain.Ref]string{
			{Kind: vuln.KindCWE, ID: "CWE-9001"}:   "Related_Attack_Pattern of cwe 9.1",
			{Kind: vuln.KindCAPEC, ID: "CAPEC-99"}: "Related_Weakness of capec 9.9",
		}
		got := make(map[chain.Ref]string)
		for _, s := range e.Statements {
			got[s.By] = s.Rule + " of " + s.Source + " " + s.Version
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", start, diff)
		}
	}
}

func TestWhatIsNotHeldIsCounted(t *testing.T) {
	a := follow(t, kitchen(t), "certcc VU#900001", chain.Options{})
	missing := 0
	for _, n := range a.Nodes {
		if n.Missing {
			missing++
		}
	}
	if n, ok := a.Node(chain.Ref{Kind: vuln.KindCVE, ID: "CVE-2031-1999"}); !ok || !n.Missing || a.Dangling != missing || missing != 2 {
		t.Errorf("%+v, %d dangling, %d missing", n, a.Dangling, missing)
	}
	if n, ok := a.Node(a.Start); !ok || n.Missing {
		t.Errorf("a record without title that is held: %+v", n)
	}
}

// TestCirclesEnd has updates that replace each other and themselves, and
// techniques that were revoked for each other.
func TestCirclesEnd(t *testing.T) {
	m := &memory{records: []vuln.Record{
		held(vuln.KindMSKB, "9000001", "KB9000001", "mskb 9000002 supersedes", "mskb 9000001 supersedes"),
		held(vuln.KindMSKB, "9000002", "KB9000002", "mskb 9000003 supersedes"),
		held(vuln.KindMSKB, "9000003", "KB9000003", "mskb 9000001 supersedes"),
		held(vuln.KindCAPEC, "CAPEC-900", "Round", "attack T9001 ATTACK taxonomy", "attack T9003 ATTACK taxonomy"),
		held(vuln.KindATTACK, "T9001", "One", "attack T9002 revoked-by", "attack T9001 subtechnique-of"),
		held(vuln.KindATTACK, "T9002", "Two", "attack T9001 revoked-by"),
		held(vuln.KindATTACK, "T9003", "Three", "attack T9004 subtechnique-of"),
		held(vuln.KindATTACK, "T9004", "Four", "attack T9003 subtechnique-of"),
	}}
	for _, start := range []string{"mskb 9000001", "capec CAPEC-900", "attack T9001", "attack T9003"} {
		a := follow(t, m, start, chain.Options{})
		for path := range a.Paths() {
			seen := map[chain.Ref]bool{a.Start: true}
			at := a.Start
			for _, e := range path {
				if e.From != at || seen[e.To] {
					t.Fatalf("%s: %+v", start, path)
				}
				at = e.To
				seen[at] = true
			}
		}
		if tree(t, a) == "" {
			t.Errorf("%s: no tree", start)
		}
	}
	golden(t, "circle.txt", tree(t, follow(t, m, "mskb 9000001", chain.Options{})))
}

func TestPaths(t *testing.T) {
	a := follow(t, kitchen(t), "cve CVE-2031-1001", chain.Options{To: []vuln.Kind{vuln.KindD3FEND}})
	var got []string
	for path := range a.Paths() {
		line := a.Start.ID
		for _, e := range path {
			line += " " + e.To.ID
		}
		got = append(got, line)
	}
	const trunk = "CVE-2031-1001 CWE-9001 CAPEC-99 "
	want := []string{
		trunk + "T9055.001 T9055 CAR-2031-01-001 d3f:LidAnalysis",
		trunk + "T9055.001 T9055 d3f:LidAnalysis",
		trunk + "T9055.001 CAR-2031-01-001 d3f:LidAnalysis",
		trunk + "T9564 d3f:SteamFilter",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for range a.Paths() {
		break // leaving early is allowed
	}
}

func TestEveryPathReachesWhatWasAskedFor(t *testing.T) {
	m := kitchen(t)
	for _, k := range []vuln.Kind{vuln.KindCVE, vuln.KindCAPEC, vuln.KindCAR, vuln.KindENGAGE, vuln.KindMSKB, vuln.KindEPSS} {
		for _, start := range []string{"cve CVE-2031-1001", "attack T9055.001", "shield DTE9001", "certfr CERTFR-2031-AVI-0001"} {
			a := follow(t, m, start, chain.Options{To: []vuln.Kind{k}})
			for path := range a.Paths() {
				if last := path[len(path)-1].To; last.Kind != k {
					t.Errorf("from %s to %s: ends at %s", start, k, last)
				}
			}
		}
	}
}

func TestUnclassified(t *testing.T) {
	m := &memory{states: whole("nvd-cve")}
	m.records = []vuln.Record{
		cve(t, "CVE-2031-1001", `,"weaknesses":[{"source":"nvd@nist.gov","type":"Primary","description":[{"lang":"en","value":"NVD-CWE-noinfo"}]},{"source":"x","type":"Secondary","description":[{"lang":"en","value":"NVD-CWE-noinfo"},{"lang":"en","value":"NVD-CWE-Other"}]}]`),
		cve(t, "CVE-2031-1002", ""),
	}
	for start, want := range map[string]string{
		"cve CVE-2031-1001": "CVE-2031-1001 is classified as NVD-CWE-noinfo, NVD-CWE-Other; nothing",
		"cve CVE-2031-1002": "CVE-2031-1002 has no weakness; nothing",
	} {
		a := follow(t, m, start, chain.Options{Way: chain.Forward})
		if len(a.Warnings) == 0 || !strings.HasPrefix(a.Warnings[0].Text, want) || len(a.Edges) > 0 {
			t.Errorf("%s: %+v", start, a)
		}
	}
}

// TestNoAnswerHasTooManyRecords asks for all that weaknesses with very many CVE
// records lead to.
func TestNoAnswerHasTooManyRecords(t *testing.T) {
	m := &memory{records: []vuln.Record{held(vuln.KindCAPEC, "CAPEC-900", "Heat", "cwe CWE-9001 Related_Weakness", "cwe CWE-9002 Related_Weakness")}}
	for _, w := range []string{"CWE-9001", "CWE-9002"} {
		m.records = append(m.records, held(vuln.KindCWE, w, w))
		for i := range 1200 {
			r := cve(t, fmt.Sprintf("CVE-2031-%s%04d", w[len(w)-1:], i), `,"weaknesses":[{"source":"nvd@nist.gov","type":"Primary","description":[{"lang":"en","value":"`+w+`"}]}]`)
			m.records = append(m.records, r)
		}
	}
	for _, o := range []chain.Options{{Limit: -1}, {Limit: -1, To: []vuln.Kind{vuln.KindCVE}}} {
		a := follow(t, m, "capec CAPEC-900", o)
		n, more := 0, 0
		for _, node := range a.Nodes {
			if node.Kind == vuln.KindCVE {
				n++
			}
		}
		for _, x := range a.More {
			more += x.Count
		}
		if n != 1000 || more != 1400 {
			t.Errorf("%+v: %d records, %d more", o, n, more)
		}
		if text := tree(t, a); len(o.To) == 0 && !strings.Contains(text, "└─ … and 1,200 more\n") {
			t.Error("there is no room for any of the second weakness, and that is not said")
		}
	}
}

func TestWays(t *testing.T) {
	m := kitchen(t)
	kindsOf := func(a *chain.Answer) map[vuln.Kind]bool {
		out := make(map[vuln.Kind]bool)
		for _, n := range a.Nodes {
			out[n.Kind] = true
		}
		return out
	}
	forward := kindsOf(follow(t, m, "capec CAPEC-99", chain.Options{Way: chain.Forward}))
	back := kindsOf(follow(t, m, "capec CAPEC-99", chain.Options{Way: chain.Back}))
	if forward[vuln.KindCWE] || !forward[vuln.KindD3FEND] || !back[vuln.KindCVE] || back[vuln.KindATTACK] {
		t.Errorf("forward %v, back %v", forward, back)
	}
}

// TestNothing: programs find a list in an answer that leads nowhere, and not null.
func TestNothing(t *testing.T) {
	for _, o := range []chain.Options{{}, {To: []vuln.Kind{vuln.KindCVE}}} {
		text, err := json.Marshal(follow(t, &memory{}, "cwe CWE-9001", o))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), `"edges":[]`) {
			t.Errorf("%s", text)
		}
	}
}

// TestTextOfUpstreamIsData has titles that would move a cursor or end a string.
func TestTextOfUpstreamIsData(t *testing.T) {
	m := &memory{records: []vuln.Record{held(vuln.KindCWE, "CWE-9001", "Red \x1b[31m \"alert\" \\ \r\n end")}}
	a := follow(t, m, "cwe CWE-9001", chain.Options{})
	if line, _, _ := strings.Cut(tree(t, a), "\n"); line != `CWE-9001  Red  [31m "alert" \    end` {
		t.Errorf("%q", line)
	}
	var dot bytes.Buffer
	if err := a.WriteDOT(&dot); err != nil {
		t.Fatal(err)
	}
	if want := `label="CWE-9001\nRed  [31m \"alert\" \\    end"`; !strings.Contains(dot.String(), want) {
		t.Error(dot.String())
	}
}

// mute is a store that cannot follow links.
type mute struct{ store.Reader }

func TestErrors(t *testing.T) {
	start := store.Ref{Kind: vuln.KindCVE, ID: "CVE-2031-1001"}
	if _, err := chain.New(mute{}).Follow(t.Context(), start, chain.Options{}); !errors.Is(err, chain.ErrNoLinks) {
		t.Error(err)
	}
	if _, err := chain.Count(t.Context(), mute{}); !errors.Is(err, chain.ErrNoLinks) {
		t.Error(err)
	}
	if _, err := chain.New(kitchen(t)).Follow(t.Context(), store.Ref{}, chain.Options{}); err == nil {
		t.Error("a chain that starts nowhere")
	}
	broken := errors.New("disk on fire")
	_, err := chain.New(&burning{kitchen(t), broken}).Follow(t.Context(), start, chain.Options{})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "CVE-2031-1001") {
		t.Error(err)
	}
}

// burning is a store whose links cannot be read.
type burning struct {
	*memory
	err error
}

func (b *burning) Links(context.Context, store.LinkQuery) iter.Seq2[store.Link, error] {
	return func(yield func(store.Link, error) bool) { yield(store.Link{}, b.err) }
}

func TestSteps(t *testing.T) {
	names := make(map[string]bool)
	for _, s := range chain.Steps() {
		if s.Name == "" || s.Says == "" || s.From == "" || s.To == "" || names[s.Name] {
			t.Errorf("%+v", s)
		}
		names[s.Name] = true
		if s.Extra != "" && !slices.Contains(chain.Extras(), s.Extra) {
			t.Errorf("%s is with %s, which is no extra", s.Name, s.Extra)
		}
	}
}
