package version

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// ascending are releases in order; those of one line are equal. An update
// follows a colon, unless that ends an epoch.
var ascending = [][]string{
	{"", "0", "0.0", "v0", "-", "*", "0.0.final"},
	{"a.01.07", "a.1.7"},
	{"a300u"},
	{"c.08.22"},
	{"x", "X"},
	{"x5"},
	{"0-1"}, // 0.1
	{"1.0-dev", "1-SNAPSHOT", "1.0.nightly"},
	{"1.0-dev.2"},
	{"1.0a1", "1.0-alpha1", "1.0.0-alpha.1", "1.0_apha_1", "1.0:a1", "1.0:alpha.01"},
	{"1.0a2.dev1"},
	{"1.0a2"},
	{"1.0b1", "1.0-beta.1", "1_beta_1"},
	{"1.0b1.1"},
	{"1.0-gamma"},
	{"1.0.milestone3"},
	{"1.0_pre1", "1.0-preview-1", "1.0.test1"},
	{"1.0-rc", "1.0-rc0", "1.0-RC.0"},
	{"1.0-rc.1", "1.0rc1", "1.0_release_candidate_1", "1.0:rc1", "1.0:-rc1", "1-cr1", "v1.0.0rc1"},
	{"1.0-rc.2"},
	{"1.0-rc.10"},
	{"1", "1.0", "1.0.0", "v1", "V1.0", " 1.0 ", "01.00", "1.0.", "1.0-final", "1.0.0.GA", "1.0_release", "release-1.0", "1.0:-", "1.0:*", `1\.0`, "1.0:ga", "stable_1.0", "version 1"},
	{"1.0a", "1.0.a", "1.0A", "1a", "1.0.0a"},
	{"1.0a2024"},
	{"1.0b", "1.0_B"},
	{"1.0b2024"}, // a build, not a beta
	{"1.0p1", "1.0-patch1", "1.0.pl.1", "1.0:p1", "1.0:patch_1"},
	{"1.0p2"},
	{"1.0-r1", "1.0_rev1", "1.0:revision_1"},
	{"1.0:sp1", "1.0_sp1"},
	{"1.0:sp2"},
	{"1.0:sp2_p1"},
	{"1.0:sp10"},
	{"1.0:update121", "1.0:121", "1.0 update 121", "1.0u121"},
	{"1.0:update202"},
	{"1.0z"},
	{"1.0za"},
	{"1.0é"},
	{"1.0.1-rc1", "1.0.1:rc1"},
	{"1.0.1", "1.0-1", "1.0_1", "1.0-01", `1.0\(1\)`},
	{"1.0.1.stable6"},
	{"1.0.1.1", "1.0-1-1"},
	{"1.0.9"},
	{"1.0.10"},
	{"1.0.x", "1.0.X"},
	{"1.1"},
	{"1.1.1f"},
	{"1.1.1g"},
	{"1.9999999999999999999999999"},
	{"1.10000000000000000000000000"},
	{"1.x"},
	{"2.0-alpha"},
	{"3.0.0"},
	{"12.2sx"},
	{"12.2.1", `12.2\(1\)`},
	{`12.2\(14\)`},
	{`12.2\(14\)sx`},
	{`12.2\(14\)sx2`},
	{"2006-04-22"},
	{"2025-11-27"},
	{"2025-12-08", "2025-12-8"},
	{"2025-12-10"},
	{"2026-1-26"},
	{"20260126"},
	{"1:0.5", `1\:0.5`, "01:0.5"},
	{"1:0.10"},
	{"2:0"},
}

var epoch = regexp.MustCompile(`\A0?[0-9]\\?:`)

// release reads "version:update".
func release(s string) Release {
	if epoch.MatchString(s) {
		return Release{Version: s}
	}
	v, u, _ := strings.Cut(s, ":")
	return Release{v, u}
}

func TestOrder(t *testing.T) {
	type placed struct {
		Release
		place int
	}
	var all []placed
	for i, line := range ascending {
		for _, s := range line {
			all = append(all, placed{release(s), i})
		}
	}
	for _, a := range all {
		for _, b := range all {
			want := min(1, max(-1, a.place-b.place))
			if got := a.Compare(b.Release); got != want {
				t.Errorf("%q to %q: %d, want %d", a.Release, b.Release, got, want)
			}
		}
	}
}

// Pairs of bounds as match criteria have them, start before end.
func TestOrderOfBounds(t *testing.T) {
	pairs := [][2]string{
		{"7.x-1.0", "7.x-1.22"},
		{"7-x-1.0", "7-x-1.10"},
		{"2025.ms2", "2025.ms4"},
		{"203b01", "203b03"},
		{"c23.06", "c23.12"},
		{"k.11.32", "k.15.01"},
		{"6.9.13-38", "6.9.13-40"},
		{"7.1.2-13", "7.1.3"},
		{"1.4.2_08", "1.4.2_10"},
		{"5.0.0.ra82", "5.1.2.re51"},
		{"9.9.9p1", "9.9.13"},
		{"15su3", "15su3a"},
		{"r9.01", "r10.04"},
		{"4.1.4.R1", "4.1.5"},
		{"0.5.0b3.dev13", "0.5.0b3.dev97"},
		{"1.1.1", "1.1.1ze"},
		{"12.0:rc1", "12.0"},
		{"V300SP10260209", "V300SP10260210"},
		{`3.2\(40\)`, `3.2\(51\)`},
		{"2.8", "2.x"},
	}
	for _, p := range pairs {
		if release(p[0]).Compare(release(p[1])) >= 0 {
			t.Errorf("%q is not before %q", p[0], p[1])
		}
	}
}

// Sorting gives one order whatever the start, which it would not if the
// comparison were not transitive.
func TestSortIsStable(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	alphabet := []string{"1", "0", "10", ".", "-", "a", "b", "rc", "p", "x", "final", "beta", "sp", ":", "v", "r", "00", "é"}
	var texts []string
	for range 300 {
		s := ""
		for range 1 + random.IntN(6) {
			s += alphabet[random.IntN(len(alphabet))]
		}
		texts = append(texts, s)
	}
	slices.SortFunc(texts, Compare)
	for i, a := range texts {
		for j, b := range texts {
			if c := Compare(a, b); i < j && c > 0 || i > j && c < 0 || i == j && c != 0 {
				t.Fatalf("%q (place %d) to %q (place %d): %d", a, i, b, j, c)
			}
		}
	}
}

func TestCompareAllocatesNothing(t *testing.T) {
	a, b := Release{`12.2\(14\)SNAPSHOT2.0.0.1`, "Update_Rollup_3"}, Release{"12.2.14-snapshot-2.0.0.1", "update_rollup_4"}
	if n := testing.AllocsPerRun(100, func() {
		if a.Compare(b) != -1 {
			t.Error("wrong order")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkCompare(b *testing.B) {
	for name, pair := range map[string][2]string{
		"numbers": {"8.5.5.13", "8.5.5.14"},
		"words":   {"1.0.0-rc.1", "1.0.0-rc.2"},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if Compare(pair[0], pair[1]) != -1 {
					b.Fatal("wrong order")
				}
			}
		})
	}
}
