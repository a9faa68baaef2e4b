package nvdlegacy_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/nvdlegacy"
	"vulnmirror/vuln"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestDocuments reads each document in testdata and compares all there is to
// know of its records with the golden file beside it.
func TestDocuments(t *testing.T) {
	for name, form := range map[string]nvdlegacy.Form{
		"cve-1.0.json":      nvdlegacy.CVE10,
		"cve-1.1.json":      nvdlegacy.CVE11,
		"cve-2.0.json":      nvdlegacy.CVE20,
		"cpematch-1.0.json": nvdlegacy.Match10,
		"cpe-2.2.xml":       nvdlegacy.Dictionary22,
		"cpe-2.3.xml":       nvdlegacy.Dictionary23,
	} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			// Reading byte by byte must make no difference.
			d, err := nvdlegacy.Open(iotest.OneByteReader(bytes.NewReader(text)))
			if err != nil {
				t.Fatal(err)
			}
			if d.Form() != form {
				t.Errorf("recognised as %s, want %s", d.Form(), form)
			}
			golden := filepath.Join("testdata", name+".golden")
			got := dump(t, d)
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

// dump spells out a whole document, record by record.
func dump(t *testing.T, d *nvdlegacy.Document) string {
	t.Helper()
	var b strings.Builder
	for {
		r, err := d.Next()
		var unreadable *nvdlegacy.RecordError
		switch {
		case errors.Is(err, io.EOF):
			fmt.Fprintf(&b, "made %s, %d records\n", vuln.FormatTime(d.Made()), d.Count())
			return b.String()
		case errors.As(err, &unreadable):
			fmt.Fprintf(&b, "refused %s\n\n", err)
			continue
		case err != nil:
			t.Fatal(err)
		}
		facts, err := json.MarshalIndent(r.Facts, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s converted=%t status=%q by=%q\npublished=%s modified=%s drift=%q\ntext=%q\n%s\n%s\n\n",
			r.Kind, r.ID, r.Converted, r.Status, r.SourceIdentifier,
			vuln.FormatTime(r.Published), vuln.FormatTime(r.Modified), r.Drift, r.Text, r.Body, facts)
	}
}

// end reads a document to its end and returns how it ended.
func end(text string) error {
	d, err := nvdlegacy.Open(strings.NewReader(text))
	for err == nil {
		_, err = d.Next()
		var unreadable *nvdlegacy.RecordError
		if errors.As(err, &unreadable) {
			err = nil
		}
	}
	return err
}

// cves is a feed 1.1 that says it has n records and has one for each text.
func cves(n string, texts ...string) string {
	var items []string
	for i, text := range texts {
		items = append(items, fmt.Sprintf(`{"cve":{"CVE_data_meta":{"ID":"CVE-2020-%04d"},"description":{"description_data":[{"lang":"en","value":"%s"}]}},"lastModifiedDate":"2020-01-01T00:00Z"}`, i, text))
	}
	return `{"CVE_data_numberOfCVEs":"` + n + `","CVE_Items":[` + strings.Join(items, ",") + `]}`
}

func TestBadDocuments(t *testing.T) {
	page := `{"resultsPerPage":%d,"startIndex":0,"totalResults":9,"format":"NVD_CVE","version":"2.0","timestamp":"x","vulnerabilities":[{"cve":{"id":"CVE-2020-0001"}}]}`
	dictionary, err := os.ReadFile("testdata/cpe-2.3.xml")
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ text, want string }{
		"nothing":            {"", "empty"},
		"white space":        {" \r\n", "empty"},
		"web page":           {"\n<!-- x --><!DOCTYPE html><html><head><title>403\n &amp; gone</title>", `web page, not data (its title is "403 & gone")`},
		"web page, XHTML":    {`<?xml version="1.0"?><html><body/></html>`, "web page"},
		"other XML":          {"<?xml version='1.0'?><cvrfdoc><a/></cvrfdoc>", "its root is <cvrfdoc>"},
		"bad XML":            {"<cpe-list", "not well-formed XML"},
		"text":               {"hello", "neither JSON nor XML"},
		"list":               {"[1]", "JSON list"},
		"UTF-16":             {"\xff\xfe{\x00", "UTF-16"},
		"packed again":       {"\x1f\x8b\x08", "packed, as gzip"},
		"packed with xz":     {"\xfd7zXZ\x00", "packed, as xz"},
		"meta":               {"lastModifiedDate:2025", "describes other files"},
		"other JSON":         {`{"type":"bundle","objects":[{}]}`, `members "type", "objects"`},
		"others' matches":    {`{"matches":[{"vulnerability":{}}]}`, "JSON of another kind"},
		"empty object":       {`{}`, "says nothing"},
		"bad JSON":           {`{"a":x}`, "not valid JSON"},
		"cut among first":    {`{"CVE_data_type":"CVE","CVE_da`, "cut short"},
		"cut in record":      {cves("2", "a", "b")[:200], "cut short"},
		"cut after record":   {strings.TrimSuffix(cves("1", "a"), "]}"), "cut short"},
		"more after the end": {cves("1", "a") + "{}", "more data"},
		"second array":       {`{"CVE_Items":[],"CVE_Items":[]}`, "second"},
		"not an array":       {`{"CVE_data_timestamp":"2020-01-01T00:00Z","CVE_Items":[],"CVE_Items":7}`, "expected an array"},
		"count is text":      {cves("many"), "expected a number"},
		"time is text":       {`{"CVE_data_timestamp":"now","CVE_Items":[]}`, "YYYY-MM-DD"},
		"too few":            {cves("3", "a", "b"), "says it has 3 records and holds 2"},
		"too many":           {cves("1", "a", "b"), "says it has 1 records and holds 2"},
		"short page":         {fmt.Sprintf(page, 2), "says it has 2 records and holds 1"},
		"no UTF-8":           {cves("2", "fine", "caf\xe9"), "1 bytes are not UTF-8, the first in CVE-2020-0001"},
		"replaced":           {cves("4", "plain", "caf\ufffd", "\\ufffdber", "na\ufffdve"), "3 characters in 3 records, beginning with CVE-2020-0001"},
		"dictionary cut":     {string(dictionary[:len(dictionary)-40]), "cut short"},
		"two dictionaries":   {string(dictionary) + string(dictionary), "no place"},
		"two roots":          {"<cpe-list/><html/>", "no place"},
	} {
		t.Run(name, func(t *testing.T) {
			err := end(tc.text)
			if errors.Is(err, io.EOF) || err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("ended with %v, want %q", err, tc.want)
			}
		})
	}
}

func TestGoodDocuments(t *testing.T) {
	// Most of what stands beyond ASCII is well.
	healthy := strings.Repeat("é", 40)
	for name, text := range map[string]string{
		"no records":               cves("0"),
		"byte order mark":          "\ufeff" + cves("1", "a"),
		"no count":                 `{"CVE_Items":[{}]}`,
		"replaced in few records":  cves("2", "\ufffd\ufffd\ufffd", "\ufffd"),
		"replaced by the reporter": cves("4", healthy, "\ufffd", "\ufffd", "\ufffd"),
		"no match criteria":        `{"matches" : [ ]}`,
		"empty dictionary":         "<cpe-list/>",
	} {
		if err := end(text); !errors.Is(err, io.EOF) {
			t.Errorf("%s: ended with %v", name, err)
		}
	}
}

// spaces never ends.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestARecordHasBounds(t *testing.T) {
	d, err := nvdlegacy.Open(io.MultiReader(strings.NewReader(`{"CVE_Items":[`), spaces{}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Next(); err == nil || !strings.Contains(err.Error(), "more than 32 MiB") {
		t.Errorf("ended with %v", err)
	}
}
