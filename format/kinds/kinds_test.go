package kinds_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/kinds"
	"vulnmirror/vuln"
)

// TestEveryKindIsListed compares the list with the constants of package vuln.
func TestEveryKindIsListed(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../vuln/record.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var declared, listed []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if ok && strings.HasPrefix(spec.Names[0].Name, "Kind") {
			name, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			declared = append(declared, name)
		}
		return true
	})
	for _, k := range kinds.All() {
		listed = append(listed, string(k.Kind))
		if k.One == "" || k.Many == "" || k.Example == "" || k.Parse == nil || k.Read == nil {
			t.Errorf("%s: %+v lacks something", k.Kind, k)
		}
		if found, ok := kinds.Of(k.Kind); !ok || found.One != k.One {
			t.Errorf("Of(%s) = %+v, %v", k.Kind, found, ok)
		}
	}
	slices.Sort(declared)
	slices.Sort(listed)
	if diff := cmp.Diff(declared, listed); diff != "" || len(listed) == 0 {
		t.Error(diff)
	}
	if k, ok := kinds.Of("widget"); ok {
		t.Errorf("%+v", k)
	}
}

// TestRead completes a record of each kind, of each shape that there is.
func TestRead(t *testing.T) {
	for _, tc := range []struct {
		kind                  vuln.Kind
		id, body, title, text string
		link                  string
	}{
		{vuln.KindCVE, "CVE-2031-1001", `{"id":"CVE-2031-1001","lastModified":"2031-01-01T00:00:00.000","descriptions":[{"lang":"en","value":"Boils over."}]}`, "", "Boils over.", ""},
		{vuln.KindCPE, "cpe:2.3:a:maker:pot:1:*:*:*:*:*:*:*", `{"deprecated":false,"cpeName":"cpe:2.3:a:maker:pot:1:*:*:*:*:*:*:*","cpeNameId":"00000000-0000-4000-8000-0000000000A1","lastModified":"2031-01-01T00:00:00.000","titles":[{"lang":"en","title":"Maker Pot 1"}]}`, "", "Maker Pot 1", ""},
		{vuln.KindCWE, "CWE-90001", `{"ID":"90001","Name":"Boiling","Description":"Hot.","RelatedAttackPatterns":["90063"]}`, "Boiling", "Hot.", "capec CAPEC-90063"},
		{vuln.KindSHIELD, "DTE9001", `{"id":"DTE9001","name":"Lid","description":"Close.","attack_mapping":[{"attack_id":"T9001"}]}`, "Lid", "Close.", "attack T9001"},
		{vuln.KindMSRC, "CVE-2031-1001", `{"document":"2031-Feb","xml":{"CVE":"CVE-2031-1001","Title":"Pot"},"products":{}}`, "Pot", "", "cve CVE-2031-1001"},
		{vuln.KindMSRC, "CVE-2031-1001", `{"id":"CVE-2031-1001","rows":[{"Release Date":"9 Jan 2031","Article":"9034768","Details":"CVE-2031-1001","Impact":"Boiling"}]}`, "", "Boiling", "cve CVE-2031-1001"},
		{vuln.KindMSKB, "9034768", `{"kb":"9034768","documents":{"csv 2031-01-09":[{"CVE":["CVE-2031-1001"]}]}}`, "KB9034768", "", "cve CVE-2031-1001"},
		{vuln.KindEPSS, "CVE-2031-1001", `{"cve":"CVE-2031-1001","epss":"0.5","percentile":"0.9"}`, "EPSS 0.5, percentile 0.9", "", "cve CVE-2031-1001"},
	} {
		held := vuln.Record{
			Kind: tc.kind, ID: tc.id, Source: "somewhere", Modified: time.Date(2032, 1, 1, 0, 0, 0, 0, time.UTC),
			Status: "as held", Converted: true, Body: []byte(tc.body),
		}
		k, _ := kinds.Of(tc.kind)
		got, err := k.Read(held)
		if err != nil {
			t.Error(err)
			continue
		}
		var text, link string
		if len(got.Text) > 0 {
			text = got.Text[0].Value
		}
		if len(got.Facts.Links) > 0 {
			link = string(got.Facts.Links[0].Kind) + " " + got.Facts.Links[0].ID
		}
		if diff := cmp.Diff([]string{tc.title, tc.text, tc.link}, []string{got.Title, text, link}); diff != "" {
			t.Errorf("%s %s: %s", tc.kind, tc.id, diff)
		}
		got.Title, got.Text, got.Facts = "", nil, vuln.Facts{}
		if diff := cmp.Diff(held, got); diff != "" {
			t.Errorf("the envelope of %s %s: %s", tc.kind, tc.id, diff)
		}
	}
}

func TestReadNamesWhatItCannotRead(t *testing.T) {
	for _, k := range kinds.All() {
		_, err := k.Read(vuln.Record{Kind: k.Kind, ID: "X-1", Body: []byte(`"widget"`)})
		if err == nil || !strings.HasPrefix(err.Error(), string(k.Kind)+" X-1: ") {
			t.Errorf("%s: %v", k.Kind, err)
		}
	}
}
