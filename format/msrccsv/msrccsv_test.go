package msrccsv_test

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/msrccsv"
)

var update = flag.Bool("update", false, "write the golden files anew")

// dump spells out all there is to know of a document.
func dump(t *testing.T, document string) string {
	t.Helper()
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	r := msrccsv.NewReader(strings.NewReader(document))
	for {
		body, err := r.Next()
		var single *msrccsv.RecordError
		if errors.Is(err, io.EOF) {
			enc.Encode(r.Release())
			return out.String()
		}
		if err != nil && !errors.As(err, &single) {
			t.Fatal(err)
		}
		if err != nil {
			enc.Encode(err.Error())
			continue
		}
		record, err := msrccsv.Decode(body)
		if err != nil {
			enc.Encode(err.Error())
			continue
		}
		enc.Encode(string(record.Body))
		record.Body = nil
		enc.Encode(record)
	}
}

func TestGenerations(t *testing.T) {
	for _, name := range []string{"full.csv", "two-articles.csv", "vulnerabilities.csv", "bulletins.csv"} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile("testdata/" + name)
			if err != nil {
				t.Fatal(err)
			}
			got := dump(t, string(text))
			golden := "testdata/" + name + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatIsNoExportIsRefused(t *testing.T) {
	for name, document := range map[string]string{
		"a page":        "\n<!DOCTYPE html><title>Sign in</title>",
		"nothing":       "",
		"only a mark":   "\ufeff",
		"another CSV":   "cve_id,epss\nCVE-2024-10001,0.5\n",
		"a spreadsheet": "PK\x03\x04\x14\x00",
		"UTF-16":        "\xff\xfeR\x00",
		"many columns":  strings.Repeat("Article,", 300),
	} {
		var refused *msrccsv.FormatError
		if _, err := msrccsv.NewReader(strings.NewReader(document)).Next(); !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, body := range []string{`[]`, `{}`, `{"id":"x","rows":[]}`, `{"id":"cve-2024-10001","rows":[]}`, `{"id":"CVE-2024-10001","rows":[1]}`, `{"kb":"x"}`} {
		if r, err := msrccsv.Decode([]byte(body)); err == nil {
			t.Errorf("%s: %+v", body, r)
		}
	}
}

func TestMerge(t *testing.T) {
	for _, tc := range [][3]string{
		{
			`{"id":"CVE-2024-10001","rows":[{"Article":"5034768"},{"Product":"Oven"}]}`,
			`{"id":"CVE-2024-10001","rows":[{"Product":"Oven"},{"Product":"Drawer"}]}`,
			`{"id":"CVE-2024-10001","rows":[{"Article":"5034768"},{"Product":"Oven"},{"Product":"Drawer"}]}`,
		},
		{
			`{"kb":"5034768","documents":{"2024-Feb":[{"CVE":["CVE-2024-10003"]}],"csv 2024-02-13":[{"Type":"Article","CVE":["CVE-2024-10001"],"Products":{"Oven":""}}]}}`,
			`{"kb":"5034768","documents":{"csv 2024-02-13":[{"Type":"Article","CVE":["CVE-2024-10002"],"Products":{"Drawer":""}},{"Type":"Article","CVE":[],"Supercedence":"5034127"}]}}`,
			`{"kb":"5034768","documents":{"2024-Feb":[{"CVE":["CVE-2024-10003"]}],"csv 2024-02-13":[{"Type":"Article","CVE":["CVE-2024-10001","CVE-2024-10002"],"Products":{"Drawer":"","Oven":""}},{"Type":"Article","CVE":[],"Supercedence":"5034127"}]}}`,
		},
	} {
		if got, err := msrccsv.Merge([]byte(tc[0]), []byte(tc[1])); err != nil || string(got) != tc[2] {
			t.Errorf("%s, %v", got, err)
		}
	}
	for _, tc := range [][2]string{
		{`{"id":"CVE-2024-10001","rows":[]}`, `{"id":"CVE-2024-10002","rows":[]}`},
		{`{"id":"CVE-2024-10001","rows":[]}`, `{"kb":"5034768"}`},
		{`{"kb":"5034768"}`, `{"id":"CVE-2024-10001","rows":[]}`},
		{`x`, `x`},
	} {
		if got, err := msrccsv.Merge([]byte(tc[0]), []byte(tc[1])); err == nil {
			t.Errorf("%s", got)
		}
	}
}

func TestIdentifiers(t *testing.T) {
	if id, ok := msrccsv.ParseID("adv240001"); id != "ADV240001" || !ok {
		t.Error(id, ok)
	}
	if kb, ok := msrccsv.ParseKB("kb5034768"); kb != "5034768" || !ok {
		t.Error(kb, ok)
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"full.csv", "two-articles.csv", "vulnerabilities.csv", "bulletins.csv"} {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := msrccsv.NewReader(strings.NewReader(text))
		for {
			body, err := r.Next()
			var single *msrccsv.RecordError
			if errors.As(err, &single) {
				continue
			}
			if err != nil {
				return
			}
			record, err := msrccsv.Decode(body)
			if err != nil || record.ID == "" || !json.Valid(body) {
				t.Fatalf("%s: %+v, %v", body, record, err)
			}
		}
	})
}
