package chain_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
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
