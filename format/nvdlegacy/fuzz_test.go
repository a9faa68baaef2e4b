package nvdlegacy_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"vulnmirror/format/nvdlegacy"
)

// try reads a document: whatever it holds, that ends, does not panic, and gives
// records with an id and a body that is their own.
func try(t *testing.T, text []byte) {
	d, err := nvdlegacy.Open(bytes.NewReader(text))
	if err != nil {
		return
	}
	for {
		r, err := d.Next()
		var unreadable *nvdlegacy.RecordError
		switch {
		case errors.As(err, &unreadable):
			continue
		case err != nil:
			return
		}
		if r.ID == "" || r.Kind == "" || r.Converted != d.Form().Converted() {
			t.Fatalf("%+v", r)
		}
		if d.Form().Converted() && !json.Valid(r.Body) {
			t.Fatalf("not JSON: %s", r.Body)
		}
	}
}

// seed adds a file of testdata, what stands before and after the inner part cut
// off.
func seed(f *testing.F, name, from, to string) {
	f.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		f.Fatal(err)
	}
	_, inner, _ := bytes.Cut(text, []byte(from))
	f.Add(inner[:bytes.LastIndex(inner, []byte(to))])
}

func FuzzDocument(f *testing.F) {
	for _, name := range []string{"cve-1.0.json", "cve-1.1.json", "cve-2.0.json", "cpematch-1.0.json", "cpe-2.2.xml", "cpe-2.3.xml"} {
		seed(f, name, "", "")
	}
	f.Fuzz(try)
}

// FuzzCVE reads records of feeds 1.0 and 1.1.
func FuzzCVE(f *testing.F) {
	seed(f, "cve-1.1.json", `"CVE_Items" : [`, "]")
	seed(f, "cve-1.0.json", `"CVE_Items":[`, "]")
	f.Fuzz(func(t *testing.T, items []byte) {
		try(t, append(append([]byte(`{"CVE_Items":[`), items...), "]}"...))
	})
}

// FuzzCriteria reads records of the match feed.
func FuzzCriteria(f *testing.F) {
	seed(f, "cpematch-1.0.json", `"matches" : [`, "]")
	f.Fuzz(func(t *testing.T, items []byte) {
		try(t, append(append([]byte(`{"matches":[{"cpe23Uri":"cpe:2.3:a:m:p:1:*:*:*:*:*:*:*"},`), items...), "]}"...))
	})
}

// FuzzDictionary reads items of dictionaries 2.2 and 2.3.
func FuzzDictionary(f *testing.F) {
	for _, name := range []string{"cpe-2.2.xml", "cpe-2.3.xml"} {
		seed(f, name, "<generator>", "</cpe-list>")
	}
	f.Fuzz(func(t *testing.T, items []byte) {
		try(t, append(append([]byte("<cpe-list><generator>"), items...), "</cpe-list>"...))
	})
}

// FuzzRecognise: any beginning gets a form or a reason, never both.
func FuzzRecognise(f *testing.F) {
	for _, seed := range []string{"", "<html>", `{"CVE_Items":[`, "<cpe-list>", `{"matches":[{"cpe23Uri"`, "PK\x03\x04"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		form, err := nvdlegacy.Recognise(head)
		if (form == "") == (err == nil) {
			t.Fatalf("form %q and error %v", form, err)
		}
	})
}
