package xmljson_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/xmljson"
)

var mapping = xmljson.Mapping{
	Depth:      1,
	Namespaces: map[string]string{"urn:keeper": "k", "urn:vet": ""},
	Lists:      []string{"cages/cage"},
}

func TestRender(t *testing.T) {
	for _, c := range []struct{ name, give, want string }{
		{"text", `<a> x &amp; <!-- no -->y </a>`, `"x & y"`},
		{"empty", `<a/>`, `""`},
		{"white space", "<a>\r\n </a>", `""`},
		{"attributes", `<a one="1" xmlns:q="urn:q" two="&quot;2&quot;"/>`, `{"@one":"1","@two":"\"2\""}`},
		{"attributes and text", `<a one="1">x</a>`, `{"@one":"1","#text":"x"}`},
		{"children", `<a><b>1</b> <c/></a>`, `{"b":"1","c":""}`},
		{"repeated", `<a><b>1</b><b>2</b><c/></a>`, `{"b":["1","2"],"c":""}`},
		{"apart", `<a><b>1</b><c/><b>2</b></a>`, `{"b":["1","2"],"c":"","#order":["b","c","b"]}`},
		{"list of one", `<cages><cage>1</cage></cages>`, `{"cage":["1"]}`},
		{"list of none", `<cages/>`, `{}`},
		{"mixed", `<a>x <b c="&lt;&quot;">y</b>&gt;<br/> z </a>`, `{"#markup":"x <b c=\"&lt;&quot;\">y</b>&gt;<br/> z"}`},
		{"XHTML", `<a><h:p xmlns:h="http://www.w3.org/1999/xhtml">x</h:p></a>`, `{"#markup":"<p>x</p>"}`},
		{"namespaces", `<a xmlns:n="urn:keeper" xmlns:x="urn:other" n:id="1"><n:b>1</n:b><x:b>2</x:b></a>`, `{"@k:id":"1","k:b":"1","{urn:other}b":"2"}`},
		{"same name", `<a xmlns:n="urn:vet" id="1" n:id="2"/>`, `{"@id":"1","@id'":"2"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := xmljson.NewReader(strings.NewReader("\ufeff<?xml version=\"1.0\"?>\n<zoo xmlns='urn:zoo' size='2'>"+c.give+"</zoo>\n"), mapping)
			e, err := r.Next()
			if err != nil || string(e.Body) != c.want {
				t.Errorf("got %s, %v; want %s", e.Body, err, c.want)
			}
			root, err := r.Root()
			if err != nil || root.Name != "zoo" || root.Attributes["size"] != "2" || root.Space != "urn:zoo" {
				t.Errorf("root %v, %v", root, err)
			}
			if _, err := r.Next(); !errors.Is(err, io.EOF) {
				t.Errorf("after the last: %v", err)
			}
		})
	}
}

func TestRefuse(t *testing.T) {
	for _, c := range []struct{ give, want string }{
		{"", "at byte 0: unexpected EOF"},
		{`{"error":"x"}`, "not an XML document"},
		{"<zoo><a>", "unexpected EOF"},
		{"<zoo>\n<a></b></zoo>", "line 2: element <a> closed by </b>"},
		{"<zoo/><zoo/>", "a second root element"},
		{"<zoo>&nbsp;</zoo>", "invalid character entity"},
		{`<?xml version="1.0" encoding="utf-16"?><zoo/>`, "not UTF-8"},
		{"<zoo>" + strings.Repeat("<a>", 300), "inside each other"},
	} {
		r := xmljson.NewReader(strings.NewReader(c.give), mapping)
		var err error
		for err == nil {
			_, err = r.Next()
		}
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.40s: %v, want %q", c.give, err, c.want)
		}
		if _, again := r.Next(); !errors.Is(again, err) {
			t.Errorf("%.40s: then %v", c.give, again)
		}
	}
}

func TestPlain(t *testing.T) {
	for give, want := range map[string]string{
		"a  b\n c":                           "a b c",
		`<p>One &amp; two</p><p>three<br/>4`: "One & two\nthree\n4",
		`<ul class=">"><li>x<B>y</B></li>`:   "xy",
		"1 < 2 and <https://example.org/>":   "1 < 2 and <https://example.org/>",
		"a<!-- <b> -->c":                     "ac",
		"<x:p>a</x:p>b":                      "a\nb",
		"a<unclosed":                         "a<unclosed",
	} {
		if got := xmljson.Plain(give); got != want {
			t.Errorf("%q: %q, want %q", give, got, want)
		}
	}
}

func TestContent(t *testing.T) {
	var got []xmljson.Content
	if err := json.Unmarshal([]byte(`["a",{"@x":"1","#text":"b"},{"#markup":"<p>c</p>"},{"d":"e"}]`), &got); err != nil {
		t.Fatal(err)
	}
	if text := xmljson.Join(got...); text != "a\n\nb\n\nc" {
		t.Errorf("%q", text)
	}
	if err := json.Unmarshal([]byte(`[1]`), &got); err == nil {
		t.Error("a number passed for text")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`<zoo xmlns="urn:zoo"><cages><cage id="1">x<br/></cage></cages><a><b/><c/><b/></a></zoo>`)
	f.Add("\ufeff<zoo><!-- --><![CDATA[ & ]]></zoo>")
	f.Fuzz(func(t *testing.T, document string) {
		r := xmljson.NewReader(strings.NewReader(document), mapping)
		for {
			e, err := r.Next()
			if err != nil {
				return
			}
			if !jsontext.Value(e.Body).IsValid() {
				t.Fatalf("not JSON: %s", e.Body)
			}
			var content xmljson.Content
			if err := json.Unmarshal(e.Body, &content); err != nil {
				t.Fatal(err)
			}
			content.Plain()
		}
	})
}
