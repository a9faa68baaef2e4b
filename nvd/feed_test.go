package nvd_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"

	"vulnmirror/nvd"
)

func packed(text string) io.Reader {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, text)
	z.Close()
	return &b
}

func TestReadFeedKeepsBytes(t *testing.T) {
	doc := document("NVD_CVE", "vulnerabilities", 0, 2, []string{`{"cve":` + fullCVE + `}`, simpleCVE(7, "2026-01-01T00:00:00.000")})
	for name, r := range map[string]io.Reader{"plain": strings.NewReader(doc), "gzip": packed(doc)} {
		var got []string
		for c, err := range nvd.ReadFeed[nvd.CVE](r) {
			same(t, name+" error", err, nil)
			got = append(got, c.String())
		}
		same(t, name, got, []string{fullCVE, `{"id":"CVE-2026-0007","lastModified":"2026-01-01T00:00:00.000"}`})
	}
}

func TestReadFeedOfEveryKind(t *testing.T) {
	count := func(n *int, err error) { *n++; same(t, "error", err, nil) }
	n := 0
	for _, err := range nvd.ReadFeed[nvd.CPE](strings.NewReader(document("NVD_CPE", "products", 1, 9, []string{wrap("cpe", fullCPE)}))) {
		count(&n, err)
	}
	for _, err := range nvd.ReadFeed[nvd.MatchCriteria](strings.NewReader(document("NVD_CPEMatchString", "matchStrings", 1, 9, []string{wrap("matchString", fullCriteria)}))) {
		count(&n, err)
	}
	for _, err := range nvd.ReadFeed[nvd.Source](strings.NewReader(document("NVD_SOURCE", "sources", 0, 1, []string{fullSource}))) {
		count(&n, err)
	}
	for _, err := range nvd.ReadFeed[nvd.Change](strings.NewReader(document("NVD_CVEHistory", "cveChanges", 0, 1, []string{wrap("change", fullChange)}))) {
		count(&n, err)
	}
	same(t, "records", n, 4)
}

func TestReadFeedNoticesDamage(t *testing.T) {
	good := document("NVD_CVE", "vulnerabilities", 0, 1, []string{simpleCVE(1, "2026-01-01T00:00:00.000")})
	for name, tc := range map[string]struct{ doc, want string }{
		"empty":         {"", "EOF"},
		"html":          {"<html>", "byte"},
		"cut short":     {good[:len(good)-3], "EOF"},
		"fewer records": {strings.Replace(good, `"resultsPerPage":1`, `"resultsPerPage":2`, 1), "holds 1 records and says it holds 2"},
		"another kind":  {document("NVD_CPE", "products", 0, 0, nil), "format NVD_CPE, expected NVD_CVE"},
		"bad gzip":      {"\x1f\x8b nonsense", "gzip"},
	} {
		var last error
		for _, err := range nvd.ReadFeed[nvd.CVE](strings.NewReader(tc.doc)) {
			if last != nil {
				t.Errorf("%s: goes on after %v", name, last)
			}
			last = err
		}
		if last == nil || !strings.Contains(last.Error(), tc.want) {
			t.Errorf("%s: error %v, want %q", name, last, tc.want)
		}
	}
	for range nvd.ReadFeed[nvd.CVE](strings.NewReader(good)) {
		break // a reader that stops is not asked again
	}
}

func BenchmarkReadFeed(b *testing.B) {
	var elements []string
	for i := range 1000 {
		elements = append(elements, `{"cve":`+strings.Replace(fullCVE, "2026-1001", fmt.Sprintf("2026-%d", 10000+i), 1)+`}`)
	}
	doc := document("NVD_CVE", "vulnerabilities", 0, len(elements), elements)
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		for c, err := range nvd.ReadFeed[nvd.CVE](strings.NewReader(doc)) {
			if err != nil || c.ID() == "" {
				b.Fatal(err)
			}
		}
	}
}
