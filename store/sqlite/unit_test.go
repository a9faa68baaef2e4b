package sqlite

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"vulnmirror/vuln"
)

// FuzzCriterion takes match criteria apart and puts them together as the view
// match_criteria does.
func FuzzCriterion(f *testing.F) {
	for _, s := range []string{"cpe:2.3:a:v:p:1.0:*:*:*:*:*:*:*", `cpe:2.3:a:v\:w:p:-:*:*:*:*:linux:*:*`, "cpe:2.3:O:V:P", "cpe:2.3:a:v:p:", "", "cpe:2.3:a:K:p:1"} {
		f.Add(s, "36419DD6-0DB4-4BB6-8B9F-000000000001")
	}
	f.Add("x", "36419dd6-0db4-4bb6-8b9f-00000000000a")
	f.Fuzz(func(t *testing.T, text, id string) {
		c := newCriterion(&vuln.MatchCriteria{Criteria: text, ID: id})
		got, whole := c.whole.(string)
		if !whole {
			rest, ok := c.rest.(string)
			if !ok {
				rest = usualRest
			}
			got = "cpe:2.3:" + c.part + ":" + c.vendor + ":" + c.product + ":" + c.version.(string) + rest
		}
		if got != text {
			t.Errorf("%q came back as %q", text, got)
		}
		back, ok := c.uuid.(string)
		if !ok {
			h := strings.ToUpper(hex.EncodeToString(c.uuid.([]byte)))
			back = strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
		}
		if back != id {
			t.Errorf("id %q came back as %q", id, back)
		}
	})
}

func TestSplitURL(t *testing.T) {
	for in, want := range map[string][2]string{
		"https://example.org/a/b/c":  {"https://example.org/a/", "b/c"},
		"https://example.org/a":      {"https://example.org/", "a"},
		"http://example.org/?id=5":   {"http://example.org/?", "id=5"},
		"http://example.org":         {"http://", "example.org"},
		"http://example.org?a=b/c":   {"http://example.org?a=", "b/c"},
		"no scheme":                  {"", "no scheme"},
		"":                           {"", ""},
		"https://example.org/a/?q=1": {"https://example.org/a/", "?q=1"},
	} {
		site, rest := splitURL(in)
		if got := [2]string{site, rest}; got != want {
			t.Errorf("splitURL(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestInterner(t *testing.T) {
	table := map[int]int64{5: 1}
	finds := 0
	n := interner[int]{ids: map[int]int64{}, last: 1}
	id := func(k int) int64 {
		t.Helper()
		got, err := n.id(k,
			func() (int64, bool, error) { finds++; id, ok := table[k]; return id, ok, nil },
			func(id int64) error { table[k] = id; return nil })
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if id(5) != 1 || id(6) != 2 || id(6) != 2 || id(7) != 3 || finds != 3 {
		t.Errorf("ids %v after %d lookups", table, finds)
	}
	n.whole = true
	if id(8) != 4 || finds != 3 {
		t.Errorf("a whole table was searched, or %v", table)
	}
	for k := range internLimit + 10 {
		id(100 + k)
	}
	if n.whole || len(n.ids) > internLimit {
		t.Errorf("%d keys are remembered, whole %v", len(n.ids), n.whole)
	}
	if id(5) != 1 {
		t.Error("a forgotten key got another number")
	}
	failed := errors.New("x")
	if _, err := n.id(-1, func() (int64, bool, error) { return 0, false, failed }, nil); !errors.Is(err, failed) {
		t.Errorf("a failed lookup: %v", err)
	}
	if _, err := n.id(-1, func() (int64, bool, error) { return 0, false, nil }, func(int64) error { return failed }); !errors.Is(err, failed) {
		t.Errorf("a failed insert: %v", err)
	}
	if _, ok := n.ids[-1]; ok {
		t.Error("a key that was not inserted is remembered")
	}
}
