package nvd_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/nvd"
)

// pretty is indented and carries CRLF, as the feeds do.
var pretty = strings.ReplaceAll(`{
  "resultsPerPage" : 2,
  "startIndex" : 0,
  "totalResults" : 7,
  "format" : "NVD_CVE",
  "version" : "2.0",
  "timestamp" : "2026-03-12T06:00:02.4492019",
  "vulnerabilities" : [ {
    "cve" : {
      "id" : "CVE-2026-0001",
      "news" : { "b" : 1.0, "a" : [ ], "a" : "x  \"y\\ z" }
    }
  }, {
    "cve" : {"id":"CVE-2026-0002","u":"\u00e9\/"}, "extra" : null
  } ]
}`, "\n", "\r\n")

func readAll(t *testing.T, document string) ([]string, nvd.Header, error) {
	t.Helper()
	r := nvd.NewReader(strings.NewReader(document))
	var bodies []string
	for {
		body, err := r.Next()
		if errors.Is(err, io.EOF) {
			return bodies, r.Header(), nil
		}
		if err != nil {
			return bodies, r.Header(), err
		}
		bodies = append(bodies, string(body))
	}
}

func TestReaderKeepsWhatIsInsideRecords(t *testing.T) {
	bodies, header, err := readAll(t, pretty)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`{"id":"CVE-2026-0001","news":{"b":1.0,"a":[],"a":"x  \"y\\ z"}}`,
		`{"id":"CVE-2026-0002","u":"\u00e9\/"}`,
	}
	if diff := cmp.Diff(want, bodies); diff != "" {
		t.Error(diff)
	}
	if want := (nvd.Header{ResultsPerPage: 2, TotalResults: 7, Format: "NVD_CVE", Version: "2.0", Timestamp: "2026-03-12T06:00:02.4492019"}); header != want {
		t.Errorf("header %+v, want %+v", header, want)
	}
}

func TestReaderRefuses(t *testing.T) {
	page := `{"resultsPerPage":1,"startIndex":0,"totalResults":1,"format":"NVD_CVE","version":"2.0","timestamp":"2026-01-01T00:00:00.000","vulnerabilities":[{"cve":{"id":"CVE-2026-0001"}}]}`
	for name, tc := range map[string]struct{ document, want string }{
		"nothing":             {"", "unexpected EOF"},
		"HTML":                {"<html><body>Request forbidden by administrative rules.</body></html>", "byte 0"},
		"cut anywhere":        {page[:len(page)-3], "unexpected EOF"},
		"trailing comma":      {strings.Replace(page, "]}", ",]}", 1), "byte"},
		"more after the end":  {page + "{}", "after the document's end"},
		"an array":            {"[]", "expected a JSON object"},
		"no records member":   {`{"resultsPerPage":0}`, "none of the arrays"},
		"records not a list":  {`{"vulnerabilities":{}}`, "expected an array"},
		"two lists":           {strings.Replace(page, `]}`, `],"vulnerabilities":[]}`, 1), "second"},
		"record not object":   {strings.Replace(page, `{"cve":{"id":"CVE-2026-0001"}}`, `7`, 1), "expected an object"},
		"element without cve": {strings.Replace(page, `"cve"`, `"vce"`, 1), `no "cve"`},
		"total a string":      {strings.Replace(page, `"totalResults":1`, `"totalResults":"1"`, 1), "whole number"},
		"count missing":       {strings.Replace(page, `"resultsPerPage":1,`, ``, 1), `no "resultsPerPage"`},
		"format missing":      {strings.Replace(page, `"format":"NVD_CVE",`, ``, 1), `no "format"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := readAll(t, tc.document)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one with %q", err, tc.want)
			}
		})
	}
}

func TestReaderNoticesEveryCut(t *testing.T) {
	for n := range len(pretty) - 1 {
		if _, _, err := readAll(t, pretty[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes were taken for a whole document", n, len(pretty))
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add(pretty)
	f.Add(`{"vulnerabilities":[{"cve":{}}]}`)
	f.Fuzz(func(t *testing.T, document string) {
		r := nvd.NewReader(strings.NewReader(document))
		for {
			body, err := r.Next()
			if err != nil {
				return
			}
			if strings.ContainsAny(string(body[:1]), " \t\r\n") {
				t.Errorf("body begins with white space: %q", body)
			}
			if _, err := nvd.DecodeCVE(body); err == nil {
				if _, _, err := nvd.Identify(nvd.FormatCVE, body); err != nil {
					t.Errorf("DecodeCVE accepts what Identify refuses: %v\n%s", err, body)
				}
			}
		}
	})
}
