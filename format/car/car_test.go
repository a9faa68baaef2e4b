package car_test

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/car"
)

var update = flag.Bool("update", false, "write the golden files anew")

// dump spells out all there is to know of a tree.
func dump(fsys fs.FS) (string, error) {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	r := car.NewReader(fsys)
	for {
		body, err := r.Next()
		var single *car.RecordError
		switch {
		case errors.Is(err, io.EOF):
			return out.String(), nil
		case errors.As(err, &single):
			enc.Encode(err.Error())
			continue
		case err != nil:
			return out.String(), err
		}
		record, err := car.Decode(body)
		if err != nil {
			enc.Encode(err.Error())
			continue
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

// one is a tree with one analytic.
func one(text string) fstest.MapFS {
	return fstest.MapFS{"analytics/CAR-2013-01-002.yaml": {Data: []byte(text)}}
}

func TestWhatIsNoAnalyticIsRefused(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"a list":       {"- a\n- b\n", "no mapping"},
		"text":         {"404: Not Found, it says", ""},
		"a page":       {"\n<html></html>", "HTML"},
		"nothing":      {"", "no mapping"},
		"cut short":    {"title: 'a", "no YAML: [1:8]"},
		"two":          {"id: a\n---\nid: b\n", "more than one"},
		"an alias":     {"a: &x [1]\nb: *x\n", "[1:4] Anchor is not expected here"},
		"a merge":      {"a: {b: 1}\n<<: {c: 1}\n", "[2:1] MergeKey is not expected here"},
		"deep":         {"a: " + strings.Repeat("[", 100) + strings.Repeat("]", 100), "nested more than 50 deep"},
		"deeper":       {strings.Repeat("[", 5000), "too many brackets"},
		"deep in keys": {strings.Repeat("? ", 5000), "no YAML"},
		"deep lists":   {"a:\n" + strings.Repeat("- ", 5000), "deep"},
		"long":         {strings.Repeat("# x\n", 1<<17), "more than 64 KiB"},
		"twice":        {"id: a\nid: b\n", "no YAML"},
	} {
		_, err := car.NewReader(one(tc.text)).Next()
		var single *car.RecordError
		if tc.want == "" && err == nil {
			continue // it is YAML, and has no id
		}
		if !errors.As(err, &single) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v, want %s", name, err, tc.want)
		}
	}
	if _, err := car.NewReader(fstest.MapFS{"sensors/a.yaml": {}}).Next(); err == nil {
		t.Error("a tree without analytics is read")
	}
}

func TestParseID(t *testing.T) {
	for s, want := range map[string]string{
		"CAR-2013-01-002": "CAR-2013-01-002", " car-2013-01-002 ": "CAR-2013-01-002", "2013-01-002": "CAR-2013-01-002", "CAR 2013 01 002": "CAR-2013-01-002",
		"https://car.mitre.org/analytics/CAR-2013-01-002/": "CAR-2013-01-002", "Data_Model/process": "data_model/process", "sensors/sysmon_11.0": "sensors/sysmon_11.0",
		"CAR-2013-01": "", "process": "", "data_model/": "", "data_model/../x": "", "": "",
	} {
		if got, ok := car.ParseID(s); got != want || ok != (want != "") {
			t.Errorf("ParseID(%q) = %q, %v", s, got, ok)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, body := range []string{``, `[]`, `{}`, `{"id":"DTE0001"}`, `{"id":"CAR-2013-01-002","coverage":{}}`} {
		if r, err := car.Decode([]byte(body)); err == nil {
			t.Errorf("%s was read as %+v", body, r)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"analytics/CAR-2013-01-002.yaml", "data_model/process.yaml", "sensors/Sensor_11.0.yaml"} {
		text, err := os.ReadFile("testdata/car-main/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		body, err := car.NewReader(one(text)).Next()
		if err != nil {
			return
		}
		if !json.Valid(body) {
			t.Fatalf("not JSON: %s", body)
		}
		if record, err := car.Decode(body); err == nil && record.ID == "" {
			t.Fatalf("no id: %s", body)
		}
	})
}
