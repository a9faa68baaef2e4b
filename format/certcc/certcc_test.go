package certcc_test

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

	"vulnmirror/format/certcc"
)

var update = flag.Bool("update", false, "write the golden files anew")

// dump spells out all there is to know of a document.
func dump(t *testing.T, document string) string {
	t.Helper()
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	r := certcc.NewReader(strings.NewReader(document))
	for {
		body, err := r.Next()
		var single *certcc.RecordError
		if errors.Is(err, io.EOF) {
			return out.String()
		}
		if err != nil && !errors.As(err, &single) {
			t.Fatal(err)
		}
		if err != nil {
			enc.Encode(err.Error())
			continue
		}
		record, err := certcc.Decode(body)
		if err != nil {
			enc.Encode(err.Error())
			continue
		}
		record.Body = nil
		enc.Encode(record)
	}
}

func TestGenerations(t *testing.T) {
	for _, name := range []string{"api", "archive"} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile("testdata/" + name + ".json")
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

func TestWhatIsNoNoteIsRefused(t *testing.T) {
	for name, document := range map[string]string{
		"a page":         "<!DOCTYPE html><title>Not Found</title>",
		"nothing to see": `{"error":"Content requested either does not exist or you do not have permissions to view it!"}`,
		"cut short":      `[{"vuid":"VU#382314"`,
		"a word":         `"VU#382314"`,
	} {
		var refused *certcc.FormatError
		if _, err := certcc.NewReader(strings.NewReader(document)).Next(); !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, body := range []string{`{"error":"x"}`, `{"vuid":"VU#38231456"}`, `[]`, `{"vuid":1}`} {
		if r, err := certcc.Decode([]byte(body)); err == nil {
			t.Errorf("%s: %+v", body, r)
		}
	}
}

func TestAttach(t *testing.T) {
	note := []byte(`{"vuid":"VU#382314"}`)
	whole, err := certcc.Attach(note, certcc.Vulnerabilities, []byte(`[ {"note":"VU#382314","cve":"2025-14302","description":"It falls."} ]`))
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"vuid":"VU#382314","vuls":[{"note":"VU#382314","cve":"2025-14302","description":"It falls."}]}`; string(whole) != want {
		t.Errorf("%s", whole)
	}
	r, err := certcc.Decode(whole)
	if err != nil || len(r.Facts.Links) != 1 || r.Facts.Links[0].ID != "CVE-2025-14302" || r.Facts.Links[0].Rule != "vuls" || r.Drift != nil {
		t.Errorf("%+v, %v", r, err)
	}
	for name, tc := range map[string][2]string{
		"twice":    {string(whole), "[]"},
		"an error": {string(note), `{"error":"x"}`},
		"a page":   {string(note), "<html>"},
		"no note":  {"{}", "[]"},
	} {
		if out, err := certcc.Attach([]byte(tc[0]), certcc.Vulnerabilities, []byte(tc[1])); err == nil {
			t.Errorf("%s: %s", name, out)
		}
	}
}

func TestParseSummary(t *testing.T) {
	ids, err := certcc.ParseSummary(strings.NewReader(`{"count": 2, "notes": ["VU#382314", "VU#10031"]}`))
	if diff := cmp.Diff([]string{"VU#382314", "VU#10031"}, ids); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for _, document := range []string{"", "[]", `{"error":"x"}`, `{"count":2,"notes":["VU#382314"]}`, `{"notes":[]}`, `{"count":1,"notes":["oven"]}`, "<html>"} {
		if ids, err := certcc.ParseSummary(strings.NewReader(document)); err == nil {
			t.Errorf("%s: %v", document, ids)
		}
	}
}

const updates = `<!DOCTYPE html><table class="searchby"><thead><tr class="sort">
<th width="100"> <a href="x">Published</a> </th><th><a>Public </th><th><a>Updated </th><th> ID </th><th><a>CVSS </th><th> Title </th></tr></thead><tbody>
<tr><td> 2025-12-03 </td><td>2025-12-02</td><td>
 2025-12-04</td><td> VU#382314 </td><td></td><td><a href="/vuls/id/382314">Drawer</a></td></tr>
<tr><td>2003-05-31</td><td>1993-03-01</td><td>2025-11-30</td><td>VU#10031</td><td>6.8</td><td><a>Oven</a></td></tr></tbody></table>`

func TestParseUpdates(t *testing.T) {
	day := func(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }
	got, err := certcc.ParseUpdates(strings.NewReader(updates))
	want := []certcc.Update{{"VU#382314", day(2025, 12, 3), day(2025, 12, 4)}, {"VU#10031", day(2003, 5, 31), day(2025, 11, 30)}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for name, page := range map[string]string{
		"another page": "<html><h1>Welcome</h1>",
		"no rows":      updates[:strings.Index(updates, "<tbody>")],
		"no column":    strings.Replace(updates, "Updated", "Touched", 1),
		"another date": strings.Replace(updates, "2025-12-04", "yesterday", 1),
		"no number":    strings.Replace(updates, "VU#10031", "oven", 1),
	} {
		if got, err := certcc.ParseUpdates(strings.NewReader(page)); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestParseID(t *testing.T) {
	for text, want := range map[string]string{
		"VU#382314": "VU#382314", "vu#382314": "VU#382314", "VU 382314": "VU#382314", " 10031 ": "VU#10031", "VU382314": "VU#382314",
		"VU#123": "VU#123", "": "", "VU#": "", "123": "", "1234567": "", "CVE-2025-10001": "",
	} {
		if id, ok := certcc.ParseID(text); id != want || ok != (want != "") {
			t.Errorf("ParseID(%q) = %q, %v", text, id, ok)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"api", "archive"} {
		text, err := os.ReadFile("testdata/" + name + ".json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add(updates)
	f.Fuzz(func(t *testing.T, text string) {
		certcc.ParseUpdates(strings.NewReader(text))
		certcc.ParseSummary(strings.NewReader(text))
		r := certcc.NewReader(strings.NewReader(text))
		for {
			body, err := r.Next()
			var single *certcc.RecordError
			if errors.As(err, &single) {
				continue
			}
			if err != nil {
				return
			}
			if record, err := certcc.Decode(body); err == nil && (record.ID == "" || len(record.Body) == 0) {
				t.Fatalf("%+v", record)
			}
		}
	})
}
