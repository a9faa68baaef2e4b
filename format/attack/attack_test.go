package attack_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/attack"
	"vulnmirror/vuln"
)

var update = flag.Bool("update", false, "write the golden files anew")

// read returns what documents hold together.
func read(documents ...string) (records []vuln.Record, faults []error, release attack.Release, err error) {
	var bundles []io.Reader
	for _, document := range documents {
		bundles = append(bundles, strings.NewReader(document))
	}
	r := attack.NewReader(bundles...)
	for {
		body, err := r.Next()
		var single *attack.RecordError
		switch {
		case errors.Is(err, io.EOF):
			return records, faults, r.Release(), nil
		case errors.As(err, &single):
			faults = append(faults, err)
			continue
		case err != nil:
			return records, faults, r.Release(), err
		}
		record, err := attack.Decode(body)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		records = append(records, record)
	}
}

func file(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestGolden(t *testing.T) {
	for golden, documents := range map[string][]string{
		"enterprise.golden": {file(t, "enterprise.json")},
		"mobile.golden":     {file(t, "mobile.json")},
		"domains.golden":    {file(t, "enterprise.json"), file(t, "mobile.json")},
	} {
		records, faults, release, err := read(documents...)
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		enc := json.NewEncoder(&got)
		enc.SetIndent("", " ")
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
		golden = "testdata/" + golden
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
			t.Errorf("%s (-want +got):\n%s", golden, diff)
		}
	}
}

// The order of bundles and of the objects in them must not matter to a body.
func TestOrderDoesNotMatter(t *testing.T) {
	bodies := func(documents ...string) map[string]string {
		records, _, _, err := read(documents...)
		if err != nil {
			t.Fatal(err)
		}
		out := make(map[string]string)
		for _, record := range records {
			if _, again := out[record.ID]; again {
				t.Errorf("two records %s", record.ID)
			}
			out[record.ID] = string(record.Body)
		}
		return out
	}
	enterprise, mobile := file(t, "enterprise.json"), file(t, "mobile.json")
	if diff := cmp.Diff(bodies(enterprise, mobile), bodies(mobile, enterprise)); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNoBundleIsRefused(t *testing.T) {
	for name, document := range map[string]string{
		"empty":      "",
		"a page":     "<!DOCTYPE html><html>",
		"an error":   `{"error":"busy"}`,
		"an index":   `{"collections":[]}`,
		"no bundle":  `{"type":"report","objects":[]}`,
		"cut short":  `{"type":"bundle","objects":[{"type":"tool","id":"tool--1"},{"ty`,
		"two":        `{"type":"bundle","objects":[]}{}`,
		"not a list": `{"type":"bundle","objects":{}}`,
	} {
		records, _, _, err := read(document)
		var format *attack.FormatError
		if !errors.As(err, &format) || records != nil {
			t.Errorf("%s: %d records, %v", name, len(records), err)
		}
	}
	if _, _, _, err := read(`{"type":"bundle","objects":[]}`, "<html>"); err == nil || !strings.Contains(err.Error(), "bundle 2") {
		t.Errorf("the second of two: %v", err)
	}
}

func TestParseID(t *testing.T) {
	for give, want := range map[string]string{
		"T1055/001": "T1055.001", " t1055.001 ": "T1055.001", "1574.010": "T1574.010", "1055": "T1055",
		"Technique/T1552": "T1552", "https://attack.mitre.org/techniques/T1055/001/": "T1055.001",
		"https://attack.mitre.org/wiki/Technique/T1574/010": "T1574.010", "https://attack.mitre.org/groups/G0007": "G0007",
		"ta0001": "TA0001", "DET0001": "DET0001", "an12345": "AN12345", "Enterprise-Attack": "enterprise-attack",
		"course-of-action:T1066": "course-of-action:T1066", "x-mitre-matrix:mobile-attack": "x-mitre-matrix:mobile-attack",
		"mitre-ics-attack:s0017": "mitre-ics-attack:S0017",
		"":                       "", "T": "", "T1": "", "M1013.001": "", "X1234": "", "d3f:T1055": "", "x-mitre-matrix:T1055": "", "T1055.001.002": "",
	} {
		if got, ok := attack.ParseID(give); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, %t", give, got, ok)
		}
	}
}

func TestReadIndex(t *testing.T) {
	const index = `{"id":"i","collections":[{"id":"` + attack.ICS + `","name":"ICS","versions":[
		{"version":"9.0","url":"https://example.org/9.json","modified":"2030-01-01T00:00:00.000Z"},
		{"version":"10.0","url":"https://example.org/10-beta.json","modified":"2031-01-01T00:00:00.000Z"}]}]}`
	collections, err := attack.ReadIndex(strings.NewReader(index))
	if err != nil || len(collections) != 1 || collections[0].ID != attack.ICS || collections[0].Versions[0].URL != "https://example.org/10-beta.json" {
		t.Errorf("%v, %v", collections, err)
	}
	for _, document := range []string{
		"", "<html>", `{"objects":[]}`, `{"collections":[1]}`, `{"collections":[{"versions":[{"version":"1","url":"u"}]}]}`,
		`{"collections":[{"versions":[{"version":"1","modified":"2030-01-01T00:00:00Z"}]}]}`, `{"collections":[{"versions":1}]}`,
	} {
		if collections, err := attack.ReadIndex(strings.NewReader(document)); err == nil {
			t.Errorf("%s: %v", document, collections)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(file(f, "enterprise.json"))
	f.Add(file(f, "mobile.json"))
	f.Add(`{"object":{"type":"tool","id":"tool--1"},"ids":{"a":"b"}}`)
	f.Fuzz(func(t *testing.T, document string) {
		attack.Decode([]byte(document))
		attack.ParseID(document)
		records, _, _, _ := read(document)
		for _, record := range records {
			again, err := attack.Decode(record.Body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(record, again); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}
