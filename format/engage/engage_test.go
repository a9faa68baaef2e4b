package engage_test

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

	"vulnmirror/format/engage"
)

var update = flag.Bool("update", false, "write the golden files anew")

// dump spells out all there is to know of a tree.
func dump(fsys fs.FS) (string, error) {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	r := engage.NewReader(fsys)
	for {
		body, err := r.Next()
		var single *engage.RecordError
		switch {
		case errors.Is(err, io.EOF):
			return out.String(), nil
		case errors.As(err, &single):
			enc.Encode(err.Error())
			continue
		case err != nil:
			return out.String(), err
		}
		record, err := engage.Decode(body)
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
	entries, err := os.ReadDir("testdata/site/Data/json")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		content, err := os.ReadFile(path.Join("testdata/site/Data/json", entry.Name()))
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

func TestWhatIsNoEngageIsRefused(t *testing.T) {
	for _, tc := range []struct{ file, text, want string }{
		{"activity_details.json", "", "activity_details.json: file does not exist"},
		{"attack_mapping.json", "", "attack_mapping.json: open attack_mapping.json: file does not exist"},
		{"goals.json", "", "goals.json: open goals.json: file does not exist"},
		{"goals.json", "<html>Not Found</html>", "goals.json: at byte 0: HTML"},
		{"approaches.json", `{"error":"Not Found"}`, "approaches.json: at byte 21: upstream answered with an error"},
		{"attack_mapping.json", `[{"attack_id":`, "attack_mapping.json: at byte"},
		{"attack_mapping.json", `[7]`, "attack_mapping.json: record 0: number"},
		{"activity_details.json", `{"EAC0001":7}`, "activity_details.json: EAC0001 is number"},
		{"activity_details.json", `{"EAC0001":`, "activity_details.json: at byte"},
	} {
		_, err := dump(tree(t, tc.file, tc.text))
		var broken *engage.FileError
		if !errors.As(err, &broken) || !strings.HasPrefix(err.Error(), tc.want) {
			t.Errorf("%s as %q: error %v, want %s", tc.file, tc.text, err, tc.want)
		}
	}
}

func TestParseID(t *testing.T) {
	for s, want := range map[string]string{
		"EAC0001": "EAC0001", " sac1 ": "SAC0001", "eap-0007": "EAP0007", "SAP 2": "SAP0002", "ego0001": "EGO0001", "SGO0002": "SGO0002", "EAV0016": "EAV0016",
		"EAC00001": "", "DTE0001": "", "REF0001": "", "1": "", "": "",
	} {
		if got, ok := engage.ParseID(s); got != want || ok != (want != "") {
			t.Errorf("ParseID(%q) = %q, %v", s, got, ok)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, body := range []string{``, `[]`, `{}`, `{"id":"eac0001"}`, `{"id":"DTE0001"}`, `{"id":"EAC0001","attack_mapping":{}}`} {
		if r, err := engage.Decode([]byte(body)); err == nil {
			t.Errorf("%s was read as %+v", body, r)
		}
	}
}

// FuzzRead reads a tree with any text as its activities, mapping or details.
func FuzzRead(f *testing.F) {
	names := []string{"activities.json", "attack_mapping.json", "activity_details.json"}
	for i, name := range names {
		text, err := fs.ReadFile(os.DirFS("testdata/site/Data/json"), name)
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
		r := engage.NewReader(changed)
		for {
			body, err := r.Next()
			var single *engage.RecordError
			if errors.As(err, &single) {
				continue
			}
			if err != nil {
				return
			}
			record, err := engage.Decode(body)
			if err == nil && (record.ID == "" || !json.Valid(body)) {
				t.Fatalf("%+v from %s", record, body)
			}
		}
	})
}
