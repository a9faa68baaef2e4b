package cpe

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	tests := []struct {
		in   string
		want [Attributes]Value
	}{
		{"cpe:2.3:a:f5:nginx:1.25.3:-:*:*:*:*:*:*", [Attributes]Value{"a", "f5", "nginx", "1.25.3", NA, Any, Any, Any, Any, Any, Any}},
		{`cpe:2.3:a:acme:joomla\!:3.2\(40\):sp1:ed:en-us:pro:linux:x64:o`, [Attributes]Value{"a", "acme", `joomla\!`, `3.2\(40\)`, "sp1", "ed", "en-us", "pro", "linux", "x64", "o"}},
		{`cpe:2.3:o:a\:b:c\\:\*:\?:-:-:-:-:-:-`, [Attributes]Value{"o", `a\:b`, `c\\`, `\*`, `\?`, NA, NA, NA, NA, NA, NA}},
		{`cpe:2.3:*:*a:b*:??c:d??:?e*:*:*f?:\**:*\*:\\?`, [Attributes]Value{Any, "*a", "b*", "??c", "d??", "?e*", Any, "*f?", `\**`, `*\*`, `\\?`}},
		{"cpe:2.3:h:?:??:*:*:*:*:*:*:*:*", [Attributes]Value{"h", "?", "??", Any, Any, Any, Any, Any, Any, Any, Any}},
		{"CPE:2.3:A:ACME:Rocket:1.0:*:*:EN:*:*:*:*", [Attributes]Value{"a", "acme", "rocket", "1.0", Any, Any, "en", Any, Any, Any, Any}},
		{"cpe:2.3:*:*:*:*:*:*:*:*:*:*:*", [Attributes]Value{Any, Any, Any, Any, Any, Any, Any, Any, Any, Any, Any}},
		{"cpe:2.3:a:--:_:.:a-:*:*:*:*:*:*", [Attributes]Value{"a", "--", "_", ".", "a-", Any, Any, Any, Any, Any, Any}},
	}
	for _, test := range tests {
		n, err := Parse(test.in)
		if err != nil {
			t.Errorf("Parse(%q): %v", test.in, err)
			continue
		}
		if diff := cmp.Diff(test.want, n.Values()); diff != "" {
			t.Errorf("Parse(%q) (-want +got):\n%s", test.in, diff)
		}
		if want := strings.ToLower(test.in); n.String() != want {
			t.Errorf("Parse(%q).String() = %q", test.in, n)
		}
		if again, err := New(n.Values()); err != nil || again != n {
			t.Errorf("New(Parse(%q).Values()) = %v, %v", test.in, again, err)
		}
	}
}

func TestParseFaults(t *testing.T) {
	const rest = ":*:*:*:*:*:*:*"
	tests := []struct {
		in        string
		attribute Attribute
		offset    int
		reason    string
	}{
		{"", Attributes, 0, "begin"},
		{"cpe:/a:b:c", Attributes, 0, "begin"},
		{"cpe:2.2:a:b:c:d" + rest, Attributes, 0, "begin"},
		{"cpe:2.3:", Part, 8, "empty"},
		{"cpe:2.3:x:b:c:d" + rest, Part, 8, "none of"},
		{"cpe:2.3:a?:b:c:d" + rest, Part, 8, "none of"},
		{"cpe:2.3:a::c:d" + rest, Vendor, 10, "empty"},
		{"cpe:2.3:a:b c:d:e" + rest, Vendor, 11, "white space"},
		{"cpe:2.3:a:b:c+:d" + rest, Product, 13, "unquoted +"},
		{`cpe:2.3:a:b:c\.1:d` + rest, Product, 13, "backslash"},
		{`cpe:2.3:a:b:c:\-` + rest, Version, 14, "backslash"},
		{`cpe:2.3:a:b:c:d:*:*:*:*:*:*:e\`, Other, 29, "backslash"},
		{"cpe:2.3:a:b:c:1*2" + rest, Version, 14, "wildcard"},
		{"cpe:2.3:a:b:c:**" + rest, Version, 14, "wildcard"},
		{"cpe:2.3:a:b:c:a**" + rest, Version, 14, "wildcard"},
		{"cpe:2.3:a:b:c:*?a" + rest, Version, 14, "wildcard"},
		{"cpe:2.3:a:b:c:?*" + rest, Version, 14, "wildcard"},
		{"cpe:2.3:a:b:c:*?" + rest, Version, 14, "wildcard"},
		{"cpe:2.3:a:b:c:1?2" + rest, Version, 14, "wildcard"},
		{"cpe:2.3:a:b:c:1?*" + rest, Version, 14, "wildcard"},
		{"cpe:2.3:a:b:c:d\x01" + rest, Version, 15, "control"},
		{"cpe:2.3:a:b:c:é" + rest, Version, 14, "ASCII"},
		{"cpe:2.3:a:b:c:d:*:*:e_n:*:*:*:*", Language, 20, "language"},
		{"cpe:2.3:a:b:c:d:*:*:en-:*:*:*:*", Language, 20, "language"},
		{"cpe:2.3:a:b:c:d", Update, 15, "missing"},
		{"cpe:2.3:a:b:c:d" + rest + ":*", Attributes, 30, "more than eleven"},
		{"cpe:2.3:a:" + strings.Repeat("b", MaxLength) + ":c:d" + rest, Attributes, MaxLength, "longer"},
	}
	for _, test := range tests {
		_, err := Parse(test.in)
		var fault *SyntaxError
		if !errors.As(err, &fault) {
			t.Errorf("Parse(%.80q): %v, want a SyntaxError", test.in, err)
			continue
		}
		if fault.Text != test.in || fault.Attribute != test.attribute || fault.Offset != test.offset || !strings.Contains(fault.Reason, test.reason) {
			t.Errorf("Parse(%.80q): %v; want %v at %d: …%s…", test.in, err, test.attribute, test.offset, test.reason)
		}
	}
}

func TestParseLenient(t *testing.T) {
	tests := map[string]string{
		"cpe:2.3:a:f5:nginx unit:1.0:*:*:*:*:*:*:*":         "cpe:2.3:a:f5:nginx_unit:1.0:*:*:*:*:*:*:*",
		"  cpe:2.3:a:f5:nginx\n":                            "cpe:2.3:a:f5:nginx:*:*:*:*:*:*:*:*",
		"cpe:2.3:o:microsoft:windows_10:1607":               "cpe:2.3:o:microsoft:windows_10:1607:*:*:*:*:*:*:*",
		"cpe:2.3:*:*:*:*:*:*:de":                            "cpe:2.3:*:*:*:*:*:*:de:*:*:*:*",
		"cpe:2.3:":                                          "cpe:2.3:*:*:*:*:*:*:*:*:*:*:*",
		"cpe:2.3:a::product:":                               "cpe:2.3:a:*:product:*:*:*:*:*:*:*:*",
		"CPE:2.3:A:GNU:C++:1.0":                             `cpe:2.3:a:gnu:c\+\+:1.0:*:*:*:*:*:*:*`,
		`cpe:2.3:a:b:c:1\.0\-rc1`:                           `cpe:2.3:a:b:c:1.0-rc1:*:*:*:*:*:*:*`,
		`cpe:2.3:a:b:c:\-`:                                  `cpe:2.3:a:b:c:-:*:*:*:*:*:*:*`,
		`cpe:2.3:a:b:c:d\`:                                  `cpe:2.3:a:b:c:d\\:*:*:*:*:*:*:*`,
		`cpe:2.3:a:b:c\ d`:                                  `cpe:2.3:a:b:c_d:*:*:*:*:*:*:*:*`,
		"cpe:2.3:a:b:CAFÉ 1":                                "cpe:2.3:a:b:café_1:*:*:*:*:*:*:*:*",
		"cpe:2.3:a:b:c:1:*:*:any language:*:*:*:*":          "cpe:2.3:a:b:c:1:*:*:any_language:*:*:*:*",
		"cpe:2.3:a:b:c:*1?":                                 "cpe:2.3:a:b:c:*1?:*:*:*:*:*:*:*",
		"cpe:/a:nginx:nginx unit":                           "cpe:2.3:a:nginx:nginx_unit:*:*:*:*:*:*:*:*",
		"CPE:/A:GNU:c++:1.0:*":                              `cpe:2.3:a:gnu:c\+\+:1.0:*:*:*:*:*:*:*`,
		"cpe:/a:b:c:1::~~~android":                          "cpe:2.3:a:b:c:1:*:*:*:*:android:*:*",
		"cpe:/a:b:caf%c3%a9":                                "cpe:2.3:a:b:café:*:*:*:*:*:*:*:*",
		"cpe:/":                                             "cpe:2.3:*:*:*:*:*:*:*:*:*:*:*",
		strings.Repeat(" ", 5000) + "cpe:2.3:a:" + "spaced": "cpe:2.3:a:spaced:*:*:*:*:*:*:*:*:*",
	}
	for in, want := range tests {
		n, err := ParseLenient(in)
		if err != nil || n.String() != want {
			t.Errorf("ParseLenient(%.60q) = %q, %v; want %q", in, n, err, want)
		}
		if again, err := ParseLenient(want); err != nil || again != n {
			t.Errorf("ParseLenient(%q) = %q, %v; not the same name again", want, again, err)
		}
	}
}

func TestParseLenientRefuses(t *testing.T) {
	for _, in := range []string{
		"", "nginx", "cpe:2.3", "cpe:2.3:x:b:c", "cpe:2.3:a:b:c:1*2", "cpe:2.3:a:b:c:**", "cpe:2.3:a:b\x00", "cpe:2.3:a:b\xff",
		"cpe:2.3:a:\u200b", "cpe:2.3:a:b:c:d:*:*:*:*:*:*:*:*", "cpe:/a:b:c:d:e:f:g:h", "cpe:/a:b%", "cpe:/a:b%00", "cpe:/a:b:c:d:e:~a~b~c~d~e~f",
		"cpe:2.3:a:" + strings.Repeat("+", MaxLength-20),
	} {
		if n, err := ParseLenient(in); err == nil {
			t.Errorf("ParseLenient(%.60q) = %q, want an error", in, n)
		}
	}
}

func TestSyntaxErrorText(t *testing.T) {
	_, err := Parse("cpe:2.3:a:f5:nginx unit:1.0:*:*:*:*:*:*:*")
	const want = `CPE name "cpe:2.3:a:f5:nginx unit:1.0:*:*:*:*:*:*:*": product at byte 18: white space (use _)`
	if err == nil || err.Error() != want {
		t.Errorf("error is\n%v, want\n%s", err, want)
	}
	_, err = Parse(strings.Repeat("long", 1000))
	if len(err.Error()) > 400 {
		t.Errorf("error has %d bytes", len(err.Error()))
	}
}

func TestZeroName(t *testing.T) {
	n, err := Parse("cpe:2.3:*:*:*:*:*:*:*:*:*:*:*")
	if err != nil || n != (Name{}) {
		t.Errorf("the name of Any is %#v, %v; want the zero Name", n, err)
	}
	if got := (Name{}).String(); got != "cpe:2.3:*:*:*:*:*:*:*:*:*:*:*" {
		t.Errorf("zero Name is %q", got)
	}
	if got := (Name{}).URI(); got != "cpe:/" {
		t.Errorf("URI of the zero Name is %q", got)
	}
}

func TestWith(t *testing.T) {
	n, err := Parse("cpe:2.3:a:f5:nginx:1.0:*:*:*:*:*:*:*")
	if err != nil {
		t.Fatal(err)
	}
	open, err := n.With(Version, Any)
	if want := "cpe:2.3:a:f5:nginx:*:*:*:*:*:*:*:*"; err != nil || open.String() != want {
		t.Errorf("With(Version, Any) = %q, %v", open, err)
	}
	for _, v := range []Value{"a:b", "a b", "1*2", "a+", `a\`} {
		if n, err := n.With(Product, v); err == nil {
			t.Errorf("With(Product, %q) = %q, want an error", v, n)
		}
	}
}

func TestLiteral(t *testing.T) {
	tests := map[string]Value{
		"nginx": "nginx", "C++": `c\+\+`, "Nginx Unit": "nginx_unit", "a:b*?\\": `a\:b\*\?\\`, "*": `\*`, "1.0-rc_1": "1.0-rc_1", "É~": `é\~`,
	}
	for text, want := range tests {
		got, err := Literal(text)
		if err != nil || got != want {
			t.Errorf("Literal(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-", "a\x00", "a\xff", "a\u200b"} {
		if got, err := Literal(text); err == nil {
			t.Errorf("Literal(%q) = %q, want an error", text, got)
		}
	}
}

func TestWFN(t *testing.T) {
	n, err := Parse(`cpe:2.3:a:big\$money:foo-bar:1.0*:-:*:*:*:*:*:*`)
	if err != nil {
		t.Fatal(err)
	}
	const want = `wfn:[part="a",vendor="big\$money",product="foo\-bar",version="1\.0*",update=NA]`
	if got := n.WFN(); got != want {
		t.Errorf("WFN = %s, want %s", got, want)
	}
}

func TestParseAllocatesNothing(t *testing.T) {
	const in = `cpe:2.3:a:acme:joomla\!_rocket:3.2\(40\):update121:*:*:pro:wordpress:x64:*`
	if n := testing.AllocsPerRun(100, func() {
		if _, err := Parse(in); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("Parse of a canonical name: %v allocations", n)
	}
	if n := testing.AllocsPerRun(100, func() {
		if _, err := ParseLenient("cpe:2.3:a:F5:nginx unit:1.0"); err != nil {
			t.Error(err)
		}
	}); n > 2 {
		t.Errorf("ParseLenient of a short name: %v allocations", n)
	}
}

func BenchmarkParse(b *testing.B) {
	for name, in := range map[string]string{
		"canonical": `cpe:2.3:a:ibm:websphere_application_server:8.5.5.13:*:*:*:liberty:wordpress:*:*`,
		"upper":     `cpe:2.3:a:IBM:websphere_application_server:8.5.5.13:*:*:*:liberty:wordpress:*:*`,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
