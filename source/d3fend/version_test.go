package d3fend

import (
	"strings"
	"testing"
)

func TestReadVersion(t *testing.T) {
	for _, tc := range []struct{ document, want string }{
		{`{"version":"1.6.0","ontology_hash_sha256":"e1546d43","release_date":"2026-08-31"}`, "1.6.0"},
		{`{"ontology_version":"1.4.0"}`, "1.4.0"},
		{`{"api":{"name":"d3fend"},"ontology":{"version":"v1.3.0"}}`, "1.3.0"},
		{`{"data":{"release":{"versionInfo":"0.10.0-BETA-2"}}}`, "0.10.0-BETA-2"},
		{`{"version":"../../etc"}`, ""},
		{`{"version":1}`, ""},
		{`{"error":"not now"}`, ""},
		{`<html>`, ""},
		{``, ""},
	} {
		got, err := readVersion(strings.NewReader(tc.document))
		if got != tc.want || (err == nil) != (tc.want != "") {
			t.Errorf("readVersion(%s) = %q, %v; want %q", tc.document, got, err, tc.want)
		}
	}
}

func FuzzReadVersion(f *testing.F) {
	f.Add(`{"version":"1.6.0"}`)
	f.Add(`{"ontology":{"version":"v1.3.0"}}`)
	f.Fuzz(func(t *testing.T, document string) {
		got, err := readVersion(strings.NewReader(document))
		if err == nil && (got == "" || strings.ContainsAny(got, "/\\?#% ")) {
			t.Errorf("readVersion(%q) is %q, which cannot be part of an address", document, got)
		}
	})
}
