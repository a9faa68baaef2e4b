package cpe

import (
	"regexp"
	"strings"
	"testing"
)

var seeds = []string{
	"cpe:2.3:a:f5:nginx:1.25.3:-:*:*:*:*:*:*",
	`cpe:2.3:a:acme:joomla\!:3.2\(40\):sp1:ed:en-us:pro:linux:x64:o`,
	`cpe:2.3:*:*a:b*:??c:d??:?e*:*:*f?:\**:*\*:\\?`,
	"CPE:2.3:A:f5:nginx unit:c++", "cpe:2.3:a:café:K", "cpe:2.3:a::", `cpe:2.3:a:\-:\`,
	"cpe:/a:b:c:1:u:~ed~~~~:en", "cpe:/a:b%01:%02c:%7e", "cpe:/a:b c:c++:*1", "cpe:/a:caf%c3%a9",
}

// official is the pattern of the XML schema for formatted strings, widened to
// values of question marks only and to any language tag.
var official = regexp.MustCompile(`(?i)\Acpe:2\.3:[aho*\-](:(` + avstring + `|\?+|[*\-])){5}:([a-z0-9]{1,8}(-[a-z0-9]{1,8})*|[*\-])(:(` + avstring + `|\?+|[*\-])){4}\z`)

const avstring = `(\?*|\*?)([a-zA-Z0-9\-._]|\\[\\*?!"#$%&'()+,/:;<=>@\[\]^` + "`" + `{|}~])+(\?*|\*?)`

func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := Parse(s)
		if want := len(s) <= MaxLength && official.MatchString(s); (err == nil) != want {
			t.Fatalf("Parse(%q): %v; the schema says %v", s, err, want)
		}
		if err != nil {
			return
		}
		if n.String() != strings.ToLower(s) {
			t.Errorf("Parse(%q) = %q", s, n)
		}
		slow, err := parse(s, strict)
		if err != nil || slow != n {
			t.Errorf("the component parser gives %#v, %v for %#v", slow, err, n)
		}
		if again, err := ParseURI(n.URI()); len(n.URI()) <= MaxLength && (err != nil || again != n) {
			t.Errorf("%q as URI %q gives %q, %v", n, n.URI(), again, err)
		}
		if again, err := New(n.Values()); err != nil || again != n {
			t.Errorf("New(%q) = %q, %v", n.Values(), again, err)
		}
		if lax, err := ParseLenient(s); err != nil || lax != n {
			t.Errorf("ParseLenient(%q) = %q, %v; Parse gives %q", s, lax, err, n)
		}
	})
}

func FuzzParseLenient(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseLenient(s)
		if err != nil {
			return
		}
		if again, err := ParseLenient(n.String()); err != nil || again != n {
			t.Errorf("%q is not stable: %q, %v", n, again, err)
		}
		if uri := n.URI(); len(uri) <= MaxLength {
			if again, err := ParseLenient(uri); err != nil || again != n {
				t.Errorf("%q as URI %q gives %q, %v", n, uri, again, err)
			}
		}
		if again, err := New(n.Values()); err != nil || again != n {
			t.Errorf("New(%q) = %q, %v", n.Values(), again, err)
		}
		for _, v := range n.Values() {
			if v.Logical() || v.Wild() {
				continue
			}
			if quoted, err := Literal(v.Text()); err != nil || quoted != v {
				t.Errorf("Literal(%q) = %q, %v; want %q", v.Text(), quoted, err, v)
			}
		}
	})
}

func FuzzParseURI(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseURI(s)
		if err != nil {
			return
		}
		if again, err := Parse(n.String()); err != nil || again != n {
			t.Errorf("ParseURI(%q) = %q, read again %q, %v", s, n, again, err)
		}
		if lax, err := ParseLenient(s); err != nil || lax != n {
			t.Errorf("ParseLenient(%q) = %q, %v; ParseURI gives %q", s, lax, err, n)
		}
	})
}

func FuzzRelate(f *testing.F) {
	f.Add("*a", "ba")
	f.Add("??1", "01")
	f.Add(`*\*`, `a\*`)
	f.Add("aab?", "aab")
	f.Add("1.*", "1.*")
	f.Add("*é?", "aéb")
	f.Fuzz(func(t *testing.T, a, b string) {
		source, err := Name{}.With(Product, Value(a))
		if err != nil {
			return
		}
		target, err := Name{}.With(Product, Value(b))
		if err != nil {
			return
		}
		x, y := source.Product(), target.Product()
		got := Relate(x, y)
		if got != source.Relate(target) {
			t.Errorf("Relate(%q, %q) = %v, of names %v", x, y, got, source.Relate(target))
		}
		if source.Overlaps(target) != target.Overlaps(source) {
			t.Errorf("%q overlaps %q, but not the other way round", x, y)
		}
		if x.Logical() || y.Logical() {
			return
		}
		if y.Wild() {
			if got != Undefined {
				t.Errorf("Relate(%q, %q) = %v, want undefined", x, y, got)
			}
			return
		}
		want := Disjoint
		switch {
		case x == y:
			want = Equal
		case slowPattern(x).MatchString(y.Text()):
			want = Superset
		}
		if got != want {
			t.Errorf("Relate(%q, %q) = %v, want %v", x, y, got, want)
		}
		if source.Overlaps(target) != (got != Disjoint) {
			t.Errorf("%q is %v to %q, overlaps: %v", x, got, y, source.Overlaps(target))
		}
	})
}
