package cpe

import (
	"regexp"
	"strings"
	"testing"
)

// slowPattern is the obvious matcher: a value as regular expression over plain
// text, "*" any characters, "?" one or none.
func slowPattern(v Value) *regexp.Regexp {
	var out strings.Builder
	out.WriteString(`(?s)\A`)
	chars := []rune(string(v))
	for i := 0; i < len(chars); i++ {
		switch chars[i] {
		case '*':
			out.WriteString(".*")
		case '?':
			out.WriteString(".?")
		case '\\':
			i++
			fallthrough
		default:
			out.WriteString(regexp.QuoteMeta(string(chars[i])))
		}
	}
	out.WriteString(`\z`)
	return regexp.MustCompile(out.String())
}

// words returns all strings over letters up to a length, without the empty one.
func words(letters []string, length int) []string {
	var out, last []string
	last = []string{""}
	for range length {
		var next []string
		for _, w := range last {
			for _, l := range letters {
				next = append(next, w+l)
			}
		}
		out = append(out, next...)
		last = next
	}
	return out
}

// patterns returns every kind of value with wildcards around short bodies.
func patterns(letters []string, length int) []Value {
	out := []Value{"?", "??"}
	for _, body := range words(letters, length) {
		for _, lead := range []string{"", "*", "?", "??"} {
			for _, trail := range []string{"", "*", "?", "??"} {
				if lead+trail != "" {
					out = append(out, Value(lead+body+trail))
				}
			}
		}
	}
	return out
}

func TestMatchesLikeTheObviousMatcher(t *testing.T) {
	letters := []string{"a", "b", `\+`}
	targets := words(letters, 5)
	for _, p := range patterns(letters, 2) {
		if !p.Wild() {
			t.Fatalf("%q is not wild", p)
		}
		slow := slowPattern(p)
		for _, target := range targets {
			want := Disjoint
			if slow.MatchString(Value(target).Text()) {
				want = Superset
			}
			if got := Relate(p, Value(target)); got != want {
				t.Fatalf("Relate(%q, %q) = %v, want %v", p, target, got, want)
			}
		}
	}
}

func TestOverlapsLikeTheSetsDo(t *testing.T) {
	letters := []string{"a", `\+`}
	values := patterns(letters, 2)
	// Two patterns that meet at all meet in a string no longer than both
	// bodies and all question marks of either.
	universe := words(letters, 6)
	sets := make([][]bool, len(values))
	for i, v := range values {
		slow := slowPattern(v)
		sets[i] = make([]bool, len(universe))
		for j, w := range universe {
			sets[i][j] = slow.MatchString(Value(w).Text())
		}
	}
	for i, a := range values {
		for j, b := range values {
			want := false
			for k := range universe {
				want = want || sets[i][k] && sets[j][k]
			}
			if got := only(t, Version, a).Overlaps(only(t, Version, b)); got != want {
				t.Fatalf("%q overlaps %q: %v, want %v", a, b, got, want)
			}
		}
	}
}

func TestOverlaps(t *testing.T) {
	tests := []struct {
		a, b Value
		want bool
	}{
		{Any, Any, true},
		{Any, NA, true},
		{Any, "a", true},
		{Any, "a*", true},
		{NA, NA, true},
		{NA, "a", false},
		{NA, "a*", false},
		{"a", "a", true},
		{"a", "b", false},
		{"a*", "ab", true},
		{"a*", "b", false},
	}
	for _, test := range tests {
		a, b := only(t, Version, test.a), only(t, Version, test.b)
		if got := a.Overlaps(b); got != test.want {
			t.Errorf("%q overlaps %q: %v", test.a, test.b, got)
		}
		if got := b.Overlaps(a); got != test.want {
			t.Errorf("%q overlaps %q: %v", test.b, test.a, got)
		}
	}
}
