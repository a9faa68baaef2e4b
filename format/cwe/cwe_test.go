package cwe_test

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

	"vulnmirror/format/cwe"
	"vulnmirror/vuln"
)

var update = flag.Bool("update", false, "write the golden files anew")

// read returns what a document holds, records with their errors in between.
func read(document string) (records []vuln.Record, faults []error, release cwe.Release, err error) {
	r := cwe.NewReader(strings.NewReader(document))
	for {
		body, err := r.Next()
		var single *cwe.RecordError
		switch {
		case errors.Is(err, io.EOF):
			return records, faults, r.Release(), nil
		case errors.As(err, &single):
			faults = append(faults, err)
			continue
		case err != nil:
			return records, faults, r.Release(), err
		}
		record, err := cwe.Decode(body)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		records = append(records, record)
	}
}

func TestGolden(t *testing.T) {
	for _, name := range []string{"catalogue.xml", "entries.json"} {
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

// Where both shapes state the same, they must decode the same.
func TestShapesAgree(t *testing.T) {
	const xml = `<Weakness_Catalog xmlns="http://cwe.mitre.org/cwe-7"><Weaknesses>
		<Weakness ID="90001" Name="Milk" Abstraction="Base" Structure="Simple" Status="Draft"><Description>It  boils.</Description>
		<Related_Weaknesses><Related_Weakness Nature="PeerOf" CWE_ID="90002"/></Related_Weaknesses>
		<Related_Attack_Patterns><Related_Attack_Pattern CAPEC_ID="9001"/></Related_Attack_Patterns>
		<Content_History><Submission><Submission_Date>2030-02-03</Submission_Date></Submission></Content_History></Weakness>
		</Weaknesses></Weakness_Catalog>`
	const plain = `{"Weaknesses":[{"ID":"90001","Name":"Milk","Abstraction":"Base","Structure":"Simple","Status":"Draft","Description":"It  boils.",
		"RelatedWeaknesses":[{"Nature":"PeerOf","CweID":"90002"}],"RelatedAttackPatterns":["9001"],
		"ContentHistory":[{"Type":"Submission","SubmissionDate":"2030-02-03"}]}]}`
	var got [2]vuln.Record
	for i, document := range []string{xml, plain} {
		records, faults, _, err := read(document)
		if err != nil || len(records) != 1 || faults != nil {
			t.Fatalf("%d records, %v, %v", len(records), faults, err)
		}
		got[i], got[i].Body = records[0], nil
	}
	if diff := cmp.Diff(got[0], got[1]); diff != "" {
		t.Errorf("-XML +JSON:\n%s", diff)
	}
}

func TestWhatIsNotCWEIsRefused(t *testing.T) {
	for name, document := range map[string]string{
		"empty":          "",
		"a page":         "<!DOCTYPE html><html><title>Not found</title></html>",
		"other XML":      `<Attack_Pattern_Catalog xmlns="http://capec.mitre.org/capec-3"/>`,
		"another's":      `<Weakness_Catalog xmlns="http://example.org/"/>`,
		"cut short":      `<Weakness_Catalog xmlns="http://cwe.mitre.org/cwe-7"><Weaknesses><Weakness ID="1" Name="a"/>`,
		"an error":       `{"error":"busy"}`,
		"a version":      `{"ContentVersion":"4.1"}`,
		"JSON cut short": `{"Weaknesses":[{"ID":"1"`,
		"a zip":          "PK\x03\x04",
	} {
		records, _, _, err := read(document)
		var format *cwe.FormatError
		if !errors.As(err, &format) || records != nil {
			t.Errorf("%s: %d records, %v", name, len(records), err)
		}
	}
}

func TestReadVersion(t *testing.T) {
	release, err := cwe.ReadVersion(strings.NewReader(`{"ContentVersion":"9.1","ContentDate":"2031-04-30","TotalWeaknesses":1}`))
	if err != nil || release.Version != "9.1" || release.Date.Format("2006-01-02") != "2031-04-30" {
		t.Errorf("%v, %v", release, err)
	}
	for _, document := range []string{"", `{"error":"no"}`, `{"ContentVersion":1}`, `{"a":1}`, `<html>`} {
		if release, err := cwe.ReadVersion(strings.NewReader(document)); err == nil {
			t.Errorf("%s: %v", document, release)
		}
	}
}

func TestParseID(t *testing.T) {
	for give, want := range map[string]string{
		"79": "CWE-79", "cwe-79": "CWE-79", " CWE79 ": "CWE-79", "CWE-079": "CWE-79", "CWE-79: Cross-site Scripting": "CWE-79",
		"d3f:CWE-79": "CWE-79", "CWE\u201179": "CWE-79", "https://cwe.mitre.org/data/definitions/79.html": "CWE-79",
		"": "", "CWE": "", "CWE-": "", "CWE-79a": "", "NVD-CWE-Other": "", "CAPEC-79": "", "CWE-0": "", "CWE-12345678": "",
	} {
		if got, ok := cwe.ParseID(give); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %t", give, got, ok)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"catalogue.xml", "entries.json"} {
		document, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(document))
	}
	f.Add(`{"Weakness":{"@ID":"1"}}`)
	f.Fuzz(func(t *testing.T, document string) {
		cwe.Decode([]byte(document))
		records, _, _, _ := read(document)
		for _, record := range records {
			again, err := cwe.Decode(record.Body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(record, again); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}
