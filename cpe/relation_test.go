package cpe

import "testing"

// The rows of table 6-2 of NISTIR 7696. i and k are strings without wildcards
// that differ, m and n are strings with some.
func TestRelateTable(t *testing.T) {
	const i, k, m, n = "i", "k", "i*", "?i"
	tests := []struct {
		row            int
		source, target Value
		want           Relation
	}{
		{1, Any, Any, Equal},
		{2, Any, NA, Superset},
		{3, Any, i, Superset},
		{4, Any, m, Undefined},
		{5, NA, Any, Subset},
		{6, NA, NA, Equal},
		{7, NA, i, Disjoint},
		{8, NA, m, Undefined},
		{9, i, i, Equal},
		{10, i, k, Disjoint},
		{11, i, m, Undefined},
		{12, i, NA, Disjoint},
		{13, i, Any, Subset},
		{14, m, i, Superset},
		{14, m, k, Disjoint},
		{15, m, Any, Subset},
		{16, m, NA, Disjoint},
		{17, m, n, Undefined},
		{17, m, m, Undefined},
	}
	for _, test := range tests {
		if got := Relate(test.source, test.target); got != test.want {
			t.Errorf("row %d: Relate(%q, %q) = %v, want %v", test.row, test.source, test.target, got, test.want)
		}
		for a := Vendor; a < Attributes; a++ {
			if a == Language && (test.source.Wild() || test.target.Wild()) {
				continue
			}
			source, target := only(t, a, test.source), only(t, a, test.target)
			if got := source.Relate(target); got != test.want {
				t.Errorf("row %d, %v: %v.Relate(%v) = %v, want %v", test.row, a, source, target, got, test.want)
			}
		}
	}
}

// only returns a name that is Any but for one attribute.
func only(t *testing.T, a Attribute, v Value) Name {
	t.Helper()
	n, err := Name{}.With(a, v)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRelateWildcards(t *testing.T) {
	tests := []struct {
		source   Value
		covers   []Value
		disjoint []Value
	}{
		{"*", []Value{"a", "-a"}, nil},
		{"*1", []Value{"1", "11", "0.1", "1.01"}, []Value{"10", "1.0", "2"}},
		{"1*", []Value{"1", "1.0", "11"}, []Value{"01", "0.1"}},
		{"*1*", []Value{"1", "010", "1.0", "0.1"}, []Value{"2", "0.0"}},
		{"?1", []Value{"1", "11", ".1", `\+1`}, []Value{"001", "10", `\+\+1`}},
		{"??1", []Value{"1", "01", "001", `\+\*1`}, []Value{"0001", "1a"}},
		{"1?", []Value{"1", "10", `1\\`}, []Value{"100", "01"}},
		{"1??", []Value{"1", "10", "100", `1\?\?`}, []Value{"1000", "2"}},
		{"?1?", []Value{"1", "01", "10", "010", "11", "111"}, []Value{"0010", "0100", "2"}},
		{"?1*", []Value{"1", "01", "1000", "01000"}, []Value{"001", "00"}},
		{"*1?", []Value{"1", "0001", "00010"}, []Value{"00100", "00"}},
		{"?", []Value{"a", `\+`}, []Value{"ab"}},
		{"??", []Value{"a", "ab", `\:\:`}, []Value{"abc"}},
		// A body that occurs more than once: the first place does not decide.
		{"*ab", []Value{"abab", "aab", "ab"}, []Value{"aba"}},
		{"*aa?", []Value{"aaaa", "aaab", "aab"}, []Value{"aabb"}},
		{"??aba", []Value{"ababa", "aba"}, []Value{"abababa"}},
		// Quoted characters are one character, and not the letter after them.
		{`*\*`, []Value{`\*`, `a\*`}, []Value{`\*a`, "a"}},
		{`*\+`, []Value{`\+`, `\\\+`}, []Value{`\\`}},
		{`\?*`, []Value{`\?`, `\?a`}, []Value{"a"}},
		{`a\\*`, []Value{`a\\`, `a\\b`}, []Value{`a\*`}},
	}
	for _, test := range tests {
		for _, target := range test.covers {
			if got := Relate(test.source, target); got != Superset {
				t.Errorf("Relate(%q, %q) = %v, want superset", test.source, target, got)
			}
		}
		for _, target := range test.disjoint {
			if got := Relate(test.source, target); got != Disjoint {
				t.Errorf("Relate(%q, %q) = %v, want disjoint", test.source, target, got)
			}
		}
	}
}

func TestRelateNames(t *testing.T) {
	tests := []struct {
		source, target string
		want           Relation
	}{
		{"cpe:2.3:a:f5:nginx:1.0", "cpe:2.3:A:F5:NGINX:1.0", Equal},
		{"cpe:2.3:a:f5:nginx", "cpe:2.3:a:f5:nginx:1.0", Superset},
		{"cpe:2.3:a:f5:nginx:1.0", "cpe:2.3:a:f5:nginx", Subset},
		{"cpe:2.3:a:f5:nginx:1.0", "cpe:2.3:a:f5:nginx:*:sp1", Undefined}, // subset and superset
		{"cpe:2.3:a:f5:nginx:*:sp1", "cpe:2.3:a:f5:nginx:1.0", Undefined}, // the other way round
		{"cpe:2.3:a:f5:nginx:1.*", "cpe:2.3:a:f5:nginx:1.*", Undefined},   // wildcards in the target
		{"cpe:2.3:a:f5:nginx:1.*", "cpe:2.3:o:f5:nginx:1.*", Disjoint},    // undefined and disjoint
		{"cpe:2.3:a:f5:nginx:1.0:-", "cpe:2.3:a:f5:nginx:1.0:sp1", Disjoint},
		{"cpe:2.3:a:f5:nginx:1.0", "cpe:2.3:a:f5:nginx:1.0:-", Superset},
		{"cpe:2.3:a:f5:nginx:1.?:*", "cpe:2.3:a:f5:nginx:1.5:sp1", Superset},
		{"cpe:2.3:a:f5:nginx:1.?:*", "cpe:2.3:a:f5:nginx:*:*", Subset},
	}
	for _, test := range tests {
		source, err := ParseLenient(test.source)
		if err != nil {
			t.Fatal(err)
		}
		target, err := ParseLenient(test.target)
		if err != nil {
			t.Fatal(err)
		}
		if got := source.Relate(target); got != test.want {
			t.Errorf("%s\nto %s\nis %v, want %v", test.source, test.target, got, test.want)
		}
		if got, want := source.Covers(target), test.want == Superset || test.want == Equal; got != want {
			t.Errorf("%s covers\n%s: %v", test.source, test.target, got)
		}
	}
}

// Every pair of single-attribute relations, joined as section 6.2 says.
func TestRelateJoins(t *testing.T) {
	pair := map[Relation][2]Value{
		Equal: {"x", "x"}, Superset: {Any, "x"}, Subset: {"x", Any}, Disjoint: {"x", "y"}, Undefined: {"x", "y*"},
	}
	for first, p := range pair {
		for second, q := range pair {
			source, err := only(t, Vendor, p[0]).With(Product, q[0])
			if err != nil {
				t.Fatal(err)
			}
			target, err := only(t, Vendor, p[1]).With(Product, q[1])
			if err != nil {
				t.Fatal(err)
			}
			want := Undefined
			switch {
			case first == Disjoint || second == Disjoint:
				want = Disjoint
			case first == second:
				want = first
			case first == Equal:
				want = second
			case second == Equal:
				want = first
			}
			if got := source.Relate(target); got != want {
				t.Errorf("%v with %v: %v, want %v", first, second, got, want)
			}
		}
	}
}

func BenchmarkRelate(b *testing.B) {
	source, _ := Parse("cpe:2.3:a:ibm:websphere_application_server:8.*:*:*:*:liberty:*:*:*")
	target, _ := Parse("cpe:2.3:a:ibm:websphere_application_server:8.5.5.13:*:*:*:liberty:*:*:*")
	b.ReportAllocs()
	for b.Loop() {
		if source.Relate(target) != Superset {
			b.Fatal("not a superset")
		}
	}
}
