package d3fend_test

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/d3fend"
)

var update = flag.Bool("update", false, "write the golden files anew")

func file(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// dump spells out all there is to know of a document.
func dump(document string, form d3fend.Form, mappings *d3fend.Mappings) (string, error) {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	r := d3fend.NewReader(strings.NewReader(document), form, mappings)
	for {
		body, err := r.Next()
		var single *d3fend.RecordError
		switch {
		case errors.Is(err, io.EOF):
			enc.Encode(r.Release())
			return out.String(), nil
		case errors.As(err, &single):
			enc.Encode(err.Error())
			continue
		case err != nil:
			return out.String(), err
		}
		record, err := d3fend.Decode(body)
		if err != nil {
			return out.String(), err
		}
		enc.Encode(string(record.Body))
		record.Body = nil
		enc.Encode(record)
	}
}

func mappings(t *testing.T, name string, form d3fend.Form) *d3fend.Mappings {
	t.Helper()
	m, err := d3fend.ReadMappings(strings.NewReader(file(t, name)), form)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func compare(t *testing.T, golden, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile("testdata/"+golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(file(t, golden), got); diff != "" {
		t.Error(diff)
	}
}

// TestFormsSayTheSame reads one ontology in three forms, and one table in two.
func TestFormsSayTheSame(t *testing.T) {
	table := mappings(t, "mappings.csv", d3fend.CSV)
	for _, form := range []d3fend.Form{d3fend.JSON, d3fend.Turtle, d3fend.RDFXML} {
		t.Run(string(form), func(t *testing.T) {
			got, err := dump("\ufeff"+file(t, "d3fend."+string(form)), form, table)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, "ontology.golden", got)
		})
	}
	got, err := dump(file(t, "d3fend.json"), d3fend.JSON, mappings(t, "mappings.json", d3fend.JSON))
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "ontology.golden", got)
	if table.Rows() != 6 || table.Pairs() != 4 {
		t.Errorf("%d rows and %d pairs, want 6 and 4", table.Rows(), table.Pairs())
	}
}

func TestList(t *testing.T) {
	got, err := dump("\ufeff"+file(t, "d3fend.csv"), d3fend.CSV, nil)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "list.golden", got)
}

func TestWhatIsNoOntologyIsRefused(t *testing.T) {
	const prefix = "@prefix : <http://d3fend.mitre.org/ontologies/d3fend.owl#> .\n"
	const root = `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://d3fend.mitre.org/ontologies/d3fend.owl#">`
	page := "<!DOCTYPE html><html><body>Not Found</body></html>"
	for name, tc := range map[string]struct {
		form           d3fend.Form
		document, want string
	}{
		"JSON page":         {d3fend.JSON, page, "HTML"},
		"JSON error":        {d3fend.JSON, `{"error":"no"}`, "upstream answered with an error"},
		"JSON cut":          {d3fend.JSON, `{"@context":{},"@graph":[{"@id":`, "unexpected EOF"},
		"JSON no id":        {d3fend.JSON, `{"@graph":[{"a":1}]}`, "no @id"},
		"JSON no context":   {d3fend.JSON, `{"@graph":[{"@id":"d3f:A","a":1}]}`, "no object of prefixes"},
		"JSON other d3f":    {d3fend.JSON, `{"@context":{"d3f":"x"},"@graph":[]}`, `the prefix d3f is "x"`},
		"Turtle page":       {d3fend.Turtle, page, "line 1"},
		"Turtle nothing":    {d3fend.Turtle, prefix, "no node"},
		"Turtle cut":        {d3fend.Turtle, prefix + ":A a :B ;", "line 2: unexpected EOF"},
		"Turtle cut text":   {d3fend.Turtle, prefix + ":A :b \"\"\"c", "unexpected EOF"},
		"Turtle cut list":   {d3fend.Turtle, prefix + ":A :b ( :c", "unexpected EOF"},
		"Turtle line":       {d3fend.Turtle, prefix + ":A :b \"c\n\" .", "ends with its line"},
		"Turtle no prefix":  {d3fend.Turtle, "d3f:A a d3f:B .", `"d3f:A" where a name belongs`},
		"Turtle escape":     {d3fend.Turtle, prefix + `:A :b "\q" .`, "no escape"},
		"Turtle deep":       {d3fend.Turtle, prefix + ":A :b " + strings.Repeat("[:b ", 1000), "nested more than 50"},
		"Turtle deep lists": {d3fend.Turtle, prefix + ":A :b " + strings.Repeat("(", 1000), "nested more than 50"},
		"OWL page":          {d3fend.RDFXML, page, "<html>, expected <rdf:RDF>"},
		"OWL cut":           {d3fend.RDFXML, root + "<A>", "line 1"},
		"OWL nothing":       {d3fend.RDFXML, "", "unexpected EOF"},
		"OWL deep":          {d3fend.RDFXML, root + strings.Repeat("<A><b>", 1000), "nested more than 50"},
		"CSV page":          {d3fend.CSV, page, `no column "ID"`},
		"CSV cut":           {d3fend.CSV, file(t, "d3fend.csv")[:150], "row"},
		"CSV nothing":       {d3fend.CSV, "", "line 1"},
	} {
		_, err := dump(tc.document, tc.form, nil)
		var broken *d3fend.FormatError
		if !errors.As(err, &broken) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v, want %s", name, err, tc.want)
		}
	}
	if _, err := dump("", "n3", nil); err == nil {
		t.Error("a form nobody knows is read")
	}
}

func TestWhatIsNoTableIsRefused(t *testing.T) {
	page := "<!DOCTYPE html><html><body>Not Found</body></html>"
	for name, tc := range map[string]struct {
		form           d3fend.Form
		document, want string
	}{
		"CSV page":     {d3fend.CSV, page, "no column def_tech"},
		"CSV nothing":  {d3fend.CSV, "", "line 1"},
		"CSV no rows":  {d3fend.CSV, "def_tech,off_tech_id\n", "no rows"},
		"CSV cut":      {d3fend.CSV, "def_tech,off_tech_id\nhttp://d3fend.mitre.org/ontologies/d3fend.owl#A", "row 1"},
		"CSV label":    {d3fend.CSV, "def_tech,off_tech_id\nA,T1001\n", "no name of D3FEND's"},
		"JSON page":    {d3fend.JSON, page, "byte 0"},
		"JSON error":   {d3fend.JSON, `{"error":"no"}`, `no member "results"`},
		"JSON cut":     {d3fend.JSON, file(t, "mappings.json")[:3000], "unexpected EOF"},
		"JSON other":   {d3fend.JSON, `{"results":{"bindings":[7]}}`, "a binding is number"},
		"JSON more":    {d3fend.JSON, `{"results":{"bindings":[]}} {}`, "more data"},
		"JSON cut end": {d3fend.JSON, strings.TrimRight(file(t, "mappings.json"), "}\n"), "unexpected EOF"},
	} {
		_, err := d3fend.ReadMappings(strings.NewReader(tc.document), tc.form)
		var broken *d3fend.FormatError
		if !errors.As(err, &broken) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v, want %s", name, err, tc.want)
		}
	}
}

// TestCirclesEnd has nodes without names that contain themselves, and one that
// would grow with every level.
func TestCirclesEnd(t *testing.T) {
	const prefix = "@prefix : <http://d3fend.mitre.org/ontologies/d3fend.owl#> .\n"
	document := prefix + ":A :b _:x . _:x :b _:x .\n:B :b _:0 .\n:C :b _:none .\n"
	for _, label := range strings.Split("0123456789abcdefghijklmnopqrs", "") {
		next := string(label[0] + 1)
		if label == "9" {
			next = "a"
		}
		document += "_:" + label + " :l _:" + next + " ; :r _:" + next + " ; :text \"" + strings.Repeat("x", 100) + "\" .\n"
	}
	got, err := dump(document, d3fend.Turtle, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"d3f:A: a node without a name contains itself"`, `"d3f:B: more than 1 MiB"`, `\"@id\":\"d3f:C\"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in:\n%s", want, got)
		}
	}
}

func TestParseID(t *testing.T) {
	for s, want := range map[string]string{
		"d3f:FileAnalysis": "d3f:FileAnalysis", " D3F:FileAnalysis ": "d3f:FileAnalysis", "d3f:T1059.001": "d3f:T1059.001",
		"http://d3fend.mitre.org/ontologies/d3fend.owl#FileAnalysis": "d3f:FileAnalysis",
		"https://d3fend.mitre.org/technique/d3f:FileAnalysis/":       "d3f:FileAnalysis",
		"D3-FA": "D3-FA", "d3-fa": "D3-FA", "d3a-sm": "D3A-SM",
		"FileAnalysis": "", "d3f:": "", "d3f:a b": "", "T1059": "", "": "",
	} {
		if got, ok := d3fend.ParseID(s); got != want || ok != (want != "") {
			t.Errorf("ParseID(%q) = %q, %v", s, got, ok)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, body := range []string{``, `[]`, `{}`, `{"@id":"_:x"}`, `{"@id":7}`, `{"@id":"d3f:A","d3fend-full-mappings":{}}`} {
		if r, err := d3fend.Decode([]byte(body)); err == nil {
			t.Errorf("%s was read as %+v", body, r)
		}
	}
}

var forms = []d3fend.Form{d3fend.JSON, d3fend.Turtle, d3fend.RDFXML, d3fend.CSV}

// FuzzRead reads any text as an ontology in any form.
func FuzzRead(f *testing.F) {
	for i, form := range forms {
		f.Add(uint8(i), file(f, "d3fend."+string(form)))
	}
	f.Fuzz(func(t *testing.T, which uint8, document string) {
		r := d3fend.NewReader(strings.NewReader(document), forms[int(which)%len(forms)], nil)
		for {
			body, err := r.Next()
			var single *d3fend.RecordError
			if errors.As(err, &single) {
				continue
			}
			if err != nil {
				return
			}
			if !json.Valid(body) {
				t.Fatalf("not JSON: %s", body)
			}
			if record, err := d3fend.Decode(body); err == nil && record.ID == "" {
				t.Fatalf("no id: %s", body)
			}
		}
	})
}

// FuzzMappings reads any text as a table.
func FuzzMappings(f *testing.F) {
	f.Add(false, file(f, "mappings.csv"))
	f.Add(true, file(f, "mappings.json"))
	f.Fuzz(func(t *testing.T, results bool, document string) {
		form := d3fend.CSV
		if results {
			form = d3fend.JSON
		}
		m, err := d3fend.ReadMappings(strings.NewReader(document), form)
		if err == nil && (m.Rows() == 0 || m.Pairs() > m.Rows()) {
			t.Fatalf("%d rows, %d pairs", m.Rows(), m.Pairs())
		}
	})
}
