package capec_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/capec"
	"vulnmirror/vuln"
)

var update = flag.Bool("update", false, "write the golden files anew")

// read returns what a document holds, records with their errors in between.
func read(document string) (records []vuln.Record, faults []error, release capec.Release, err error) {
	r := capec.NewReader(strings.NewReader(document))
	for {
		body, err := r.Next()
		var single *capec.RecordError
		switch {
		case errors.Is(err, io.EOF):
			return records, faults, r.Release(), nil
		case errors.As(err, &single):
			faults = append(faults, err)
			continue
		case err != nil:
			return records, faults, r.Release(), err
		}
		record, err := capec.Decode(body)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		records = append(records, record)
	}
}

func TestGolden(t *testing.T) {
	for _, name := range []string{"catalogue.xml", "bundle.json"} {
		document, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		records, faults, release, err := read(string(document))
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		enc := json.NewEncoder(&got)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		enc.Encode(release)
		for _, record := range records {
			enc.Encode(string(record.Body))
			record.Body = nil
			enc.Encode(record)
		}
		for _, fault := range faults {
			enc.Encode(fault.Error())
		}
		golden := "testdata/" + name + ".golden"
		if *update {
			if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func file(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Both shapes give the same identifiers, texts, dates, and links to other kinds.
func TestShapesAgree(t *testing.T) {
	first := func(name string) vuln.Record {
		records, _, release, err := read(file(t, name))
		if err != nil || release.Version != "9.3" {
			t.Fatal(release, err)
		}
		record := records[0]
		record.Body, record.Drift = nil, nil
		record.Facts.Links = slices.DeleteFunc(record.Facts.Links, func(l vuln.Link) bool { return l.Kind == vuln.KindCAPEC })
		return record
	}
	if diff := cmp.Diff(first("catalogue.xml"), first("bundle.json")); diff != "" {
		t.Errorf("-XML +STIX:\n%s", diff)
	}
}

func TestWhatIsNotCAPECIsRefused(t *testing.T) {
	for name, document := range map[string]string{
		"empty":          "",
		"a page":         "<!DOCTYPE html><html><title>Not found</title></html>",
		"other XML":      `<Weakness_Catalog xmlns="http://cwe.mitre.org/cwe-7"/>`,
		"cut short":      `<Attack_Pattern_Catalog xmlns="http://capec.mitre.org/capec-3"><Attack_Patterns><Attack_Pattern ID="1" Name="a"/>`,
		"an error":       `{"error":"busy"}`,
		"JSON cut short": `{"type":"bundle","objects":[{"type":"attack-p`,
		"no bundle":      `{"objects":[]}`,
	} {
		records, _, _, err := read(document)
		var format *capec.FormatError
		if !errors.As(err, &format) || records != nil {
			t.Errorf("%s: %d records, %v", name, len(records), err)
		}
	}
}

func TestParseID(t *testing.T) {
	for give, want := range map[string]string{
		"66": "CAPEC-66", "capec-66": "CAPEC-66", "CAPEC66": "CAPEC-66", "CAPEC-66: SQL Injection": "CAPEC-66",
		"https://capec.mitre.org/data/definitions/66.html": "CAPEC-66",
		"": "", "CWE-66": "", "CAPEC-": "", "soup": "",
	} {
		if got, ok := capec.ParseID(give); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %t", give, got, ok)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"catalogue.xml", "bundle.json"} {
		document, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(document))
	}
	f.Add(`{"View":{"@ID":"1"}}`)
	f.Fuzz(func(t *testing.T, document string) {
		capec.Decode([]byte(document))
		records, _, _, _ := read(document)
		for _, record := range records {
			again, err := capec.Decode(record.Body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(record, again); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}
