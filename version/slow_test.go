package version

import (
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// The obvious comparison: cut into elements, throw out what does not count,
// pad with ends, compare. A written-down copy of the package comment.

type slowElement struct {
	rank int // 0-6 pre-releases, 7 end, 8 word, 9 number, 10 x
	word string
	num  *big.Int
}

var (
	slowEpoch  = regexp.MustCompile(`(?s)\A([0-9]+)\\?:(.*)\z`)
	slowDigits = regexp.MustCompile(`\A[0-9]*`)
	slowRun    = regexp.MustCompile(`[0-9]+|[\p{L}\p{M}]+`)
)

var slowWords = map[string]int{
	"dev": 0, "devel": 0, "development": 0, "snapshot": 0, "nightly": 0, "canary": 0, "unstable": 0,
	"alpha": 1, "apha": 1, "beta": 2, "gamma": 3, "milestone": 4,
	"pre": 5, "prerelease": 5, "preview": 5, "pr": 5, "test": 5, "rc": 6, "cr": 6, "candidate": 6,
}

var slowSynonyms = map[string]string{
	"pl": "p", "patch": "p", "rev": "r", "revision": "r", "update": "u", "servicepack": "sp", "hotfix": "hf",
}

func slowSequence(r Release) (epoch *big.Int, out []slowElement) {
	epoch = new(big.Int)
	v := strings.TrimSpace(r.Version)
	if m := slowEpoch.FindStringSubmatch(v); m != nil {
		epoch.SetString(m[1], 10)
		v = m[2]
	}
	begun := false
	read := func(s string) {
		s = strings.ToValidUTF8(s, ".")
		for _, at := range slowRun.FindAllStringIndex(s, -1) {
			run := strings.Map(unicode.ToLower, s[at[0]:at[1]])
			if run[0] >= '0' && run[0] <= '9' {
				n, _ := new(big.Int).SetString(run, 10)
				out, begun = append(out, slowElement{rank: 9, num: n}), true
				continue
			}
			ascii := strings.IndexFunc(s[at[0]:at[1]], func(r rune) bool { return r > unicode.MaxASCII }) < 0
			digits := len(slowDigits.FindString(s[at[1]:]))
			rank, known := slowWords[run]
			switch {
			case !ascii:
				out = append(out, slowElement{rank: 8, word: run})
			case !begun && slices.Contains([]string{"v", "ver", "version", "release", "rel", "stable", "final"}, run):
				continue
			case known:
				out = append(out, slowElement{rank: rank})
			case slices.Contains([]string{"final", "ga", "release", "stable", "gold", "rtm", "lts"}, run):
				out = append(out, slowElement{rank: 9, num: new(big.Int)})
			case begun && (run == "a" || run == "b") && digits >= 1 && digits <= 3:
				out = append(out, slowElement{rank: 1 + int(run[0]-'a')})
			case begun && run == "x" && digits == 0:
				out = append(out, slowElement{rank: 10})
			default:
				if same, ok := slowSynonyms[run]; ok {
					run = same
				}
				out = append(out, slowElement{rank: 8, word: run})
			}
			begun = true
		}
	}
	read(v)
	if u := r.Update; u != "" && u != "*" && u != "-" {
		if u[0] >= '0' && u[0] <= '9' {
			u = "u" + u
		}
		read(u)
	}
	// Zeros count only with a later number of the same run behind them.
	var kept []slowElement
	for i, e := range out {
		counts := e.rank != 9 || e.num.Sign() != 0
		for _, later := range out[i:] {
			if later.rank < 9 {
				break
			}
			counts = counts || later.rank == 10 || later.num.Sign() != 0
		}
		if counts {
			kept = append(kept, e)
		}
	}
	return epoch, kept
}

func slowCompare(a, b Release) int {
	ea, x := slowSequence(a)
	eb, y := slowSequence(b)
	if c := ea.Cmp(eb); c != 0 {
		return c
	}
	for len(x) < len(y) {
		x = append(x, slowElement{rank: 7})
	}
	for len(y) < len(x) {
		y = append(y, slowElement{rank: 7})
	}
	for i := range x {
		switch p, q := x[i], y[i]; {
		case p.rank != q.rank:
			return min(1, max(-1, p.rank-q.rank))
		case p.rank == 8 && p.word != q.word:
			return slices.Compare([]rune(p.word), []rune(q.word))
		case p.rank == 9 && p.num.Cmp(q.num) != 0:
			return p.num.Cmp(q.num)
		}
	}
	return 0
}

func TestCompareLikeTheObviousComparison(t *testing.T) {
	var all []Release
	for _, line := range ascending {
		for _, s := range line {
			all = append(all, release(s))
		}
	}
	for _, a := range all {
		for _, b := range all {
			if got, want := a.Compare(b), slowCompare(a, b); got != want {
				t.Errorf("%q to %q: %d, want %d", a, b, got, want)
			}
		}
	}
}

func FuzzCompare(f *testing.F) {
	f.Add("1.0", "rc1", "1.0-rc1", "", "1.0b2", "sp1")
	f.Add("8.0", "update121", "8.0", "121", "1:8.0", "-")
	f.Add("release-1.0_final", "", "v1", "*", "1.x", "")
	f.Add("12.2\\(14\\)sx2", "", "12.2.14sx", "2", "12.2é", "a9")
	f.Add("0.0.0", "0", "", "x", "00p", "b1234")
	f.Fuzz(func(t *testing.T, v1, u1, v2, u2, v3, u3 string) {
		r := []Release{{v1, u1}, {v2, u2}, {v3, u3}}
		for _, a := range r {
			for _, b := range r {
				c := a.Compare(b)
				if want := slowCompare(a, b); c != want {
					t.Fatalf("%q to %q: %d, want %d", a, b, c, want)
				}
				if back := b.Compare(a); back != -c {
					t.Fatalf("%q to %q: %d, back %d", a, b, c, back)
				}
				for _, d := range r {
					if c <= 0 && b.Compare(d) <= 0 && a.Compare(d) > 0 {
						t.Fatalf("%q <= %q <= %q, but not the first and last", a, b, d)
					}
					if c == 0 && a.Compare(d) != b.Compare(d) {
						t.Fatalf("%q = %q, but not to %q", a, b, d)
					}
				}
			}
			if a.Compare(a) != 0 {
				t.Fatalf("%q is not equal to itself", a)
			}
		}
	})
}

func FuzzRange(f *testing.F) {
	f.Add("1.0", "1.0", "", "2.0", "")
	f.Add("1.0-rc1", "", "1.0", "", "2.x")
	f.Fuzz(func(t *testing.T, v, startIncl, startExcl, endIncl, endExcl string) {
		r := Range{startIncl, startExcl, endIncl, endExcl}
		in := InRange(v, startIncl, startExcl, endIncl, endExcl)
		if in && r.Empty() {
			t.Errorf("%q lies in %+v, which is empty", v, r)
		}
		if point := (Range{StartIncluding: v, EndIncluding: v}); v != "" && !r.Empty() && r.Overlaps(point) != in {
			t.Errorf("%q in %+v: %v, overlaps: %v", v, r, in, !in)
		}
		if r.Overlaps(r) == r.Empty() {
			t.Errorf("%+v is empty: %v, overlaps itself: %v", r, r.Empty(), r.Overlaps(r))
		}
	})
}
