package mongo

import (
	"regexp"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

func TestScorePattern(t *testing.T) {
	high := scoreKey("3.1", "HIGH", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N")
	old := scoreKey("2.0", "HIGH", "(AV:N/AC:L/Au:N/C:P/I:P/A:P)")
	for _, tc := range []struct {
		ask       store.CVSSFilter
		high, old bool
	}{
		{store.CVSSFilter{}, true, true},
		{store.CVSSFilter{Versions: []string{"3.0", "3.1"}}, true, false},
		{store.CVSSFilter{Versions: []string{"3"}}, false, false},
		{store.CVSSFilter{Severity: "HIGH", Metrics: []string{"AV:N", "AC:L"}}, true, true},
		{store.CVSSFilter{Metrics: []string{"UI:N", "A:N"}}, true, false},
		{store.CVSSFilter{Metrics: []string{"AV:N", "AV:N"}}, true, true},
		{store.CVSSFilter{Metrics: []string{"V:N"}}, false, false},
		{store.CVSSFilter{Metrics: []string{".*"}}, false, false},
		{store.CVSSFilter{Severity: "HIG"}, false, false},
		{store.CVSSFilter{Severity: "\x00"}, false, false},
	} {
		f := &filter{}
		f.scores(store.Query{CVSS: &tc.ask})
		for key, want := range map[string]bool{high: tc.high, old: tc.old} {
			if got := meets(t, f.parts, key); got != want {
				t.Errorf("%+v finds %q: %v, want %v", tc.ask, key, got, want)
			}
		}
	}
}

// meets carries out what scores asks for.
func meets(t *testing.T, parts bson.A, key string) bool {
	t.Helper()
	found := true
	for _, part := range parts {
		switch e := part.(bson.D)[0]; e.Key {
		case "$or":
			some := false
			for _, one := range e.Value.(bson.A) {
				some = some || meets(t, bson.A{one}, key)
			}
			found = found && some
		case "scores":
			pattern := e.Value.(bson.Regex).Pattern
			if strings.Contains(pattern, "\x00") {
				t.Errorf("pattern %q cannot be sent", pattern)
			}
			found = found && regexp.MustCompile(pattern).MatchString(key)
		default:
			t.Fatalf("scores asks for %s", e.Key)
		}
	}
	return found
}

// TestQuestions: filters that differ are remembered apart.
func TestQuestions(t *testing.T) {
	seen := map[[32]byte]store.Query{}
	for _, q := range []store.Query{
		{},
		{Kind: vuln.KindCVE},
		{Kind: vuln.KindCPE},
		{Kind: vuln.KindCVE, Withdrawn: true},
		{Kind: vuln.KindCVE, IDs: []string{"a"}},
		{Kind: vuln.KindCVE, IDs: []string{"b"}},
		{Kind: vuln.KindCVE, Words: []string{"a b"}},
		{Kind: vuln.KindCVE, Phrase: "a b"},
		{Kind: vuln.KindCVE, Phrase: "b a"},
		{Kind: vuln.KindCVE, Criteria: []string{}},
		{Kind: vuln.KindCVE, Vendor: "a"},
		{Kind: vuln.KindCVE, Product: "a"},
		{Kind: vuln.KindCVE, Vendor: "a", Product: "a"},
	} {
		key, err := filterOf(q).question()
		if err != nil {
			t.Errorf("%+v: %v", q, err)
		}
		if other, ok := seen[key]; ok {
			t.Errorf("%+v is taken for %+v", q, other)
		}
		seen[key] = q
	}
}
