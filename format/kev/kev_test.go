package kev_test

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/kev"
)

var update = flag.Bool("update", false, "write the golden files anew")

// dump spells out all there is to know of a document.
func dump(t *testing.T, document string) string {
	t.Helper()
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	r := kev.NewReader(strings.NewReader(document))
	for {
		body, err := r.Next()
		var single *kev.RecordError
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
		record, err := kev.Decode(body)
		if err != nil {
			enc.Encode(err.Error())
			continue
		}
		enc.Encode(string(record.Body))
		record.Body = nil
		enc.Encode(record)
	}
}

func TestCatalogue(t *testing.T) {
	text, err := os.ReadFile("testdata/catalogue.json")
	if err != nil {
		t.Fatal(err)
	}
	got := dump(t, string(text))
	const golden = "testdata/catalogue.golden"
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

func TestWhatIsNoCatalogueIsRefused(t *testing.T) {
	for name, document := range map[string]string{
		"a page":      "<!DOCTYPE html><title>Access Denied</title>",
		"cut short":   `{"count":2,"vulnerabilities":[{"cveID":"CVE-2026-1`,
		"other JSON":  `{"notes":[]}`,
		"an error":    `{"error":"busy"}`,
		"only a list": `[{"cveID":"CVE-2026-10001"}]`,
	} {
		var refused *kev.FormatError
		if _, err := kev.NewReader(strings.NewReader(document)).Next(); !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseID(t *testing.T) {
	if id, ok := kev.ParseID(" cve-2026-10001"); !ok || id != "CVE-2026-10001" {
		t.Error(id, ok)
	}
	if id, ok := kev.ParseID("drawer"); ok {
		t.Error(id)
	}
}

func FuzzRead(f *testing.F) {
	text, err := os.ReadFile("testdata/catalogue.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		r := kev.NewReader(strings.NewReader(string(text)))
		for {
			body, err := r.Next()
			var single *kev.RecordError
			if errors.As(err, &single) {
				continue
			}
			if err != nil {
				return
			}
			if record, err := kev.Decode(body); err == nil && (record.ID == "" || !json.Valid(record.Body)) {
				t.Fatalf("%+v", record)
			}
		}
	})
}
