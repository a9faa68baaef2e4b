package nvdapi

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"vulnmirror/format/nvd"
	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/vuln"
)

// bodies are records in the shapes that matter here. Some are spelled as no
// encoder would: what goes in must come out.
var bodies = []string{
	`{"id":"CVE-1999-0095","sourceIdentifier":"cve@mitre.org","published":"1988-10-01T04:00:00.000","lastModified":"2025-04-03T01:03:51.193","vulnStatus":"Deferred","cveTags":[],"descriptions":[{"lang":"en","value":"The debug command in a mail program is enabled."}],"metrics":{"cvssMetricV2":[{"source":"nvd@nist.gov","type":"Primary","cvssData":{"version":"2.0","vectorString":"AV:N\/AC:L\/Au:N\/C:C\/I:C\/A:C","baseScore":10.0},"baseSeverity":"HIGH"}]},"weaknesses":[{"source":"nvd@nist.gov","type":"Primary","description":[{"lang":"en","value":"NVD-CWE-Other"}]}],"references":[{"url":"http:\/\/example.com\/1","source":"cve@mitre.org"}]}`,
	`{"id":"CVE-2021-44228","sourceIdentifier":"security@apache.org","published":"2021-12-10T10:15:09.143","lastModified":"2025-01-15T12:00:00.000","vulnStatus":"Analyzed","cveTags":[],"unknown":{"n":1.0e2,"t":"\u00e9"},"descriptions":[{"lang":"en","value":"A logging library looks up names an attacker controls."},{"lang":"es","value":"Una biblioteca de registro."}],"metrics":{"cvssMetricV31":[{"source":"nvd@nist.gov","type":"Primary","cvssData":{"version":"3.1","vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H","baseScore":10.0,"baseSeverity":"CRITICAL"},"exploitabilityScore":3.9,"impactScore":6.0}]},"cisaExploitAdd":"2025-01-20","cisaActionDue":"2025-02-10","cisaRequiredAction":"Apply updates.","cisaVulnerabilityName":"Lookup","weaknesses":[{"source":"security@apache.org","type":"Secondary","description":[{"lang":"en","value":"CWE-502"}]}],"references":[]}`,
	`{"id":"CVE-2024-0002","sourceIdentifier":"a@example.com","published":"2024-01-01T00:00:00.000","lastModified":"2025-01-31T23:59:59.999","vulnStatus":"Rejected","cveTags":[],"descriptions":[{"lang":"en","value":"Rejected reason: not used."}],"metrics":{},"references":[]}`,
	`{"id":"CVE-2024-0001","sourceIdentifier":"a@example.com","published":"2024-01-01T00:00:00.000","lastModified":"2025-01-01T00:00:00.000","vulnStatus":"Awaiting Analysis","cveTags":[{"sourceIdentifier":"a@example.com","tags":["disputed"]}],"descriptions":[{"lang":"en","value":"A buffer overflows in circles."}],"metrics":{},"references":[]}`,
}

// record decodes a body, or ends the test.
func record(t testing.TB, body string) vuln.Record {
	t.Helper()
	r, err := nvd.DecodeCVE([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Source = "nvd-cve"
	return r
}

// many makes n records like the ones of a usual size, each a second younger
// than the one before.
func many(t testing.TB, n int) []vuln.Record {
	t.Helper()
	published := time.Date(2023, 5, 1, 0, 0, 0, 0, time.UTC)
	filler := make([]byte, 0, 3600)
	for i := range 60 {
		filler = fmt.Appendf(filler, `{"url":"https://example.com/advisory/%d/%d","source":"a@example.com"},`, i*7919, i)
	}
	all := make([]vuln.Record, n)
	for i := range all {
		at := vuln.FormatTime(published.Add(time.Duration(i) * time.Second))
		all[i] = record(t, fmt.Sprintf(`{"id":"CVE-2023-%04d","sourceIdentifier":"a@example.com","published":"%s","lastModified":"%s",`+
			`"vulnStatus":"Analyzed","cveTags":[],"descriptions":[{"lang":"en","value":"Number %d of many."}],"metrics":{},"references":[%s]}`,
			i+1000, at, at, i, filler[:len(filler)-1]))
	}
	return all
}

// mirror makes a store of the bodies above and extra, of one complete load.
func mirror(t testing.TB, extra ...vuln.Record) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(filepath.Join(t.TempDir(), "vulnmirror.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	batch := &store.Batch{Origin: store.Origin{Source: "nvd-cve", Filename: "test", Fetched: noon}, Records: extra, Last: true}
	for _, body := range bodies {
		batch.Records = append(batch.Records, record(t, body))
	}
	if _, err := s.Apply(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	setSource(t, s, store.SourceState{Source: "nvd-cve", Completed: noon})
	return s
}

func setSource(t testing.TB, s *sqlite.Store, state store.SourceState) {
	t.Helper()
	if err := s.SetSource(t.Context(), state); err != nil {
		t.Fatal(err)
	}
}
