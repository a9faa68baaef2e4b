package chain_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/chain"
)

func joined(t *testing.T, m *memory) map[string]chain.Join {
	t.Helper()
	joins, err := chain.Count(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]chain.Join)
	for _, j := range joins {
		out[string(j.From+"-"+j.To)] = j
	}
	return out
}

func TestCount(t *testing.T) {
	joins := joined(t, kitchen(t))
	got := make(map[string][2]int)
	for name, j := range joins {
		got[name] = [2]int{j.Count, j.Dangling}
	}
	want := map[string][2]int{
		"cve-cwe":       {2, -1},
		"cwe-capec":     {4, 1}, // one is stated by both sides; CAPEC-900 is not held
		"capec-attack":  {3, 0},
		"attack-car":    {2, 0}, // tactics do not count
		"car-d3fend":    {1, 0},
		"attack-d3fend": {1, 0}, // by the table alone
		"attack-shield": {1, 0},
		"attack-engage": {1, 0},
		"kev-cve":       {1, 0},
		"certcc-cve":    {2, 1},
		"certfr-cve":    {1, 0},
		"certfr-certcc": {1, 0},
		"msrc-cve":      {1, 0},
		"mskb-cve":      {1, 0},
		"mskb-msrc":     {1, 0},
		"mskb-mskb":     {2, 0}, // what was withdrawn supersedes nothing
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFloorsHoldForWholeSourcesOnly(t *testing.T) {
	m := kitchen(t)
	if j := joined(t, m)["cwe-capec"]; !j.Complete || j.Floor != 1090 || !j.Below() {
		t.Errorf("%+v", j)
	}
	m.states = whole("cwe")
	if j := joined(t, m)["cwe-capec"]; j.Complete || j.Below() {
		t.Errorf("one side was never loaded: %+v", j)
	}
	if j := joined(t, m)["mskb-mskb"]; j.Below() {
		t.Errorf("there is no floor: %+v", j)
	}
}
