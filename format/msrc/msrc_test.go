package msrc_test

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/msrc"
)

var update = flag.Bool("update", false, "write the golden files anew")

// dump spells out all there is to know of a document.
func dump(t *testing.T, document string) string {
	t.Helper()
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	r := msrc.NewReader(strings.NewReader(document))
	for {
		body, err := r.Next()
		var single *msrc.RecordError
		if errors.Is(err, io.EOF) {
			enc.Encode(r.Release())
			return out.String()
		}
		if err != nil && !errors.As(err, &single) {
			t.Fatal(err)
		}
		if err != nil {
			enc.Encode(map[string]any{"unreadable": single.Position, "id": single.ID})
			continue
		}
		record, err := msrc.Decode(body)
		if err != nil {
			enc.Encode(err.Error())
			continue
		}
		enc.Encode(string(record.Body))
		record.Body = nil
		enc.Encode(record)
	}
}

func TestForms(t *testing.T) {
	for _, name := range []string{"2024-Feb.xml", "2024-Feb.json"} {
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

func TestWhatIsNoDocumentIsRefused(t *testing.T) {
	for name, document := range map[string]string{
		"a page":              "<!DOCTYPE html><html><body><br>Not Found</body></html>",
		"another root":        `<cvrf><DocumentTitle>x</DocumentTitle></cvrf>`,
		"nothing":             "",
		"an error":            `{"error":{"code":"404","message":"not found"}}`,
		"no tracking":         `{"Vulnerability":[{"CVE":"CVE-2024-10001"}],"DocumentTracking":{}}`,
		"no tracking in XML":  `<cvrfdoc><Vulnerability><CVE>CVE-2024-10001</CVE></Vulnerability></cvrfdoc>`,
		"no document":         `<cvrfdoc/>`,
		"cut short":           `<cvrfdoc xmlns="http://www.icasi.org/CVRF/schema/cvrf/1.1"><DocumentTitle>x`,
		"cut short JSON":      `{"DocumentTracking":{"Identification":{"ID":{"Value":"2024-Feb"}}},"Vulnerability":[{"CVE":`,
		"tracking unreadable": `<cvrfdoc><DocumentTracking>2024</DocumentTracking></cvrfdoc>`,
	} {
		var refused *msrc.FormatError
		if _, err := msrc.NewReader(strings.NewReader(document)).Next(); !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, body := range []string{`[]`, `{}`, `{"kb":"x"}`, `{"kb":"KB5034768"}`, `{"xml":{"CVE":"x"}}`, `{"xml":[]}`, `{"json":[]}`} {
		if r, err := msrc.Decode([]byte(body)); err == nil {
			t.Errorf("%s: %+v", body, r)
		}
	}
}

func TestMerge(t *testing.T) {
	held := []byte(`{"kb":"5034768","documents":{"2024-Feb":[{"CVE":["CVE-2024-10001"]}],"2024-Mar":[{"CVE":["CVE-2024-10002"],"new":1}]},"other":2}`)
	fresh := []byte(`{"kb":"5034768","documents":{"2024-Feb":[{"Type":"Vendor Fix","CVE":["CVE-2024-10003"]}]}}`)
	got, err := msrc.Merge(held, fresh)
	want := `{"kb":"5034768","documents":{"2024-Feb":[{"Type":"Vendor Fix","CVE":["CVE-2024-10003"]}],"2024-Mar":[{"CVE":["CVE-2024-10002"],"new":1}]},"other":2}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
	for _, other := range []string{`{"kb":"5034769"}`, `{}`, `[]`} {
		if got, err := msrc.Merge(held, []byte(other)); err == nil {
			t.Errorf("%s: %s", other, got)
		}
		if got, err := msrc.Merge([]byte(other), held); err == nil {
			t.Errorf("%s: %s", other, got)
		}
	}
}

func TestIndex(t *testing.T) {
	x := msrc.NewIndex(strings.NewReader("\ufeff" + `{"@odata.context":"c","value":[{"ID":"2018-FEB","Alias":"2018-Feb","DocumentTitle":"February","Severity":null,"InitialReleaseDate":"2018-02-13T08:00:00","CurrentReleaseDate":"2018-02-10T08:00:00Z","CvrfUrl":"https://kitchen.example.org/2018-Feb"},{"Alias":"x"},{"ID":3}],"@odata.nextLink":"https://kitchen.example.org/more"}`))
	got, err := x.Next()
	want := msrc.Document{"2018-FEB", "2018-Feb", "February", "2018-02-13T08:00:00", "2018-02-10T08:00:00Z", "https://kitchen.example.org/2018-Feb"}
	if got != want || err != nil || !got.Time().Equal(time.Date(2018, 2, 10, 8, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v, %v", got, err)
	}
	for range 2 {
		var single *msrc.RecordError
		if got, err := x.Next(); !errors.As(err, &single) {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if _, err := x.Next(); !errors.Is(err, io.EOF) || x.More() != "https://kitchen.example.org/more" {
		t.Error(err, x.More())
	}
	var refused *msrc.FormatError
	if _, err := msrc.NewIndex(strings.NewReader(`{"error":{"code":"500"}}`)).Next(); !errors.As(err, &refused) {
		t.Error(err)
	}
}

func TestIdentifiers(t *testing.T) {
	for text, want := range map[string]string{
		"adv180002": "ADV180002", "2024-10001": "CVE-2024-10001", "cve-2024-10001m": "CVE-2024-10001M", "ADV1": "", "5034768": "", "": "",
	} {
		if id, ok := msrc.ParseID(text); id != want || ok != (want != "") {
			t.Errorf("ParseID(%q) = %q, %v", text, id, ok)
		}
	}
	for text, want := range map[string]string{
		"KB5034768": "5034768", "kb 5034768": "5034768", " 5034768 ": "5034768", "890830": "890830", "KB": "", "12345": "", "12345678": "", "MS16-016": "",
	} {
		if kb, ok := msrc.ParseKB(text); kb != want || ok != (want != "") {
			t.Errorf("ParseKB(%q) = %q, %v", text, kb, ok)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"2024-Feb.xml", "2024-Feb.json"} {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := msrc.NewReader(strings.NewReader(text))
		for {
			body, err := r.Next()
			var single *msrc.RecordError
			if errors.As(err, &single) {
				continue
			}
			if err != nil {
				return
			}
			record, err := msrc.Decode(body)
			if err != nil || record.ID == "" || !json.Valid(body) {
				t.Fatalf("%s: %+v, %v", body, record, err)
			}
		}
	})
}
