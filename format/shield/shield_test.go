package shield_test

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/shield"
)

var update = flag.Bool("update", false, "write the golden files anew")

// dump spells out all there is to know of a tree.
func dump(fsys fs.FS) (string, error) {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	r := shield.NewReader(fsys)
	for {
		body, err := r.Next()
		var single *shield.RecordError
		switch {
		case errors.Is(err, io.EOF):
			return out.String(), nil
		case errors.As(err, &single):
			enc.Encode(err.Error())
			continue
		case err != nil:
			return out.String(), err
		}
		record, err := shield.Decode(body)
		if err != nil {
			return out.String(), err
		}
		enc.Encode(string(record.Body))
		record.Body = nil
		enc.Encode(record)
	}
}

func TestTree(t *testing.T) {
	got, err := dump(os.DirFS("testdata"))
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/tree.golden"
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
}

// tree is the tree of testdata with one file changed, or left out.
func tree(t testing.TB, name, text string) fstest.MapFS {
	t.Helper()
	out := make(fstest.MapFS)
	entries, err := os.ReadDir("testdata/site/_data")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		content, err := os.ReadFile(path.Join("testdata/site/_data", entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[entry.Name()] = &fstest.MapFile{Data: content}
	}
	if delete(out, name); text != "" {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func TestWhatIsNoShieldIsRefused(t *testing.T) {
	for _, tc := range []struct{ file, text, want string }{
		{"attack_mapping.json", "", "attack_mapping.json: file does not exist"},
		{"technique_details.json", "", "technique_details.json: open technique_details.json: file does not exist"},
		{"procedures.json", "", "procedures.json: open procedures.json: file does not exist"},
		{"techniques.json", "<html>Not Found</html>", "techniques.json: at byte 0: HTML"},
		{"techniques.json", `{"error":"Not Found"}`, "techniques.json: at byte 21: upstream answered with an error"},
		{"attack_mapping.json", `[{"attack_id":`, "attack_mapping.json: at byte"},
		{"attack_mapping.json", `[{"attack_id":7}]`, "attack_mapping.json: "},
		{"technique_details.json", `[1]`, "technique_details.json: record 0: number"},
		{"technique_details.json", `{"DTE0001":`, "technique_details.json: at byte"},
	} {
		_, err := dump(tree(t, tc.file, tc.text))
		var broken *shield.FileError
		if !errors.As(err, &broken) || !strings.HasPrefix(err.Error(), tc.want) {
			t.Errorf("%s as %q: error %v, want %s", tc.file, tc.text, err, tc.want)
		}
	}
}

func TestParseID(t *testing.T) {
	for s, want := range map[string]string{
		"DTE0001": "DTE0001", " dte1 ": "DTE0001", "dos-0116": "DOS0116", "DUC 25": "DUC0025", "dta0002": "DTA0002", "DPR0003": "DPR0003",
		"DTE00001": "", "EAC0001": "", "1": "", "": "",
	} {
		if got, ok := shield.ParseID(s); got != want || ok != (want != "") {
			t.Errorf("ParseID(%q) = %q, %v", s, got, ok)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, body := range []string{``, `[]`, `{}`, `{"id":"dte0001"}`, `{"id":"EAC0001"}`, `{"id":"DTE0001","attack_mapping":{}}`} {
		if r, err := shield.Decode([]byte(body)); err == nil {
			t.Errorf("%s was read as %+v", body, r)
		}
	}
}

// FuzzRead reads a tree with any text as its techniques, mapping or details.
func FuzzRead(f *testing.F) {
	names := []string{"techniques.json", "attack_mapping.json", "technique_details.json"}
	for i, name := range names {
		text, err := fs.ReadFile(os.DirFS("testdata/site/_data"), name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), string(text))
	}
	base := tree(f, "", "")
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		changed := make(fstest.MapFS)
		for name, file := range base {
			changed[name] = file
		}
		changed[names[int(which)%len(names)]] = &fstest.MapFile{Data: []byte(text)}
		r := shield.NewReader(changed)
		for {
			body, err := r.Next()
			var single *shield.RecordError
			if errors.As(err, &single) {
				continue
			}
			if err != nil {
				return
			}
			record, err := shield.Decode(body)
			if err == nil && (record.ID == "" || !json.Valid(body)) {
				t.Fatalf("%+v from %s", record, body)
			}
		}
	})
}
