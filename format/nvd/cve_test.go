package nvd_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/nvd"
	"vulnmirror/vuln"
)

const invented = `{"id":"CVE-2024-10001","sourceIdentifier":"cna@example.org","published":"2024-05-06T07:08:09.010","lastModified":"2026-06-17T01:02:03.004","vulnStatus":"Analyzed","cveTags":[{"sourceIdentifier":"cna@example.org","tags":["disputed"]}],"descriptions":[{"lang":"en","value":"A spoon in Kitchen Drawer 2.1 bends."},{"lang":"es","value":"Una cuchara se dobla."}],"affected":[{"source":"cna@example.org"}],"metrics":{"cvssMetricV40":[{"source":"cna@example.org","type":"Secondary","cvssData":{"version":"4.0","vectorString":"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N","baseScore":0.0,"baseSeverity":"NONE"}}],"cvssMetricV31":[{"source":"nvd@nist.gov","type":"Primary","cvssData":{"version":"3.1","vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","baseScore":9.8,"baseSeverity":"CRITICAL"},"exploitabilityScore":3.9,"impactScore":5.9}],"cvssMetricV2":[{"source":"nvd@nist.gov","type":"Primary","cvssData":{"version":"2.0","vectorString":"AV:N/AC:L/Au:N/C:P/I:P/A:P","baseScore":7.5},"baseSeverity":"HIGH"}],"ssvcV203":[{"source":"x"}],"cvssMetricV50":[]},"cisaExploitAdd":"2024-06-01","cisaActionDue":"2024-06-22","cisaRequiredAction":"Use a fork.","cisaVulnerabilityName":"Kitchen Drawer Bending","weaknesses":[{"source":"nvd@nist.gov","type":"Primary","description":[{"lang":"en","value":"CWE-79"},{"lang":"en","value":"NVD-CWE-noinfo"}]}],"configurations":[{"operator":"AND","nodes":[{"operator":"OR","negate":false,"cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:kitchen:drawer:*:*:*:*:*:*:*:*","versionEndExcluding":"2.2","matchCriteriaId":"11111111-2222-3333-4444-555555555555"}]},{"operator":"OR","negate":true,"cpeMatch":[{"vulnerable":false,"criteria":"cpe:2.3:o:kitchen:floor:-:*:*:*:*:*:*:*","matchCriteriaId":"11111111-2222-3333-4444-666666666666"}]}]}],"references":[{"url":"https://www.kb.cert.org/vuls/id/1","source":"cna@example.org","tags":["Third Party Advisory"]},{"url":"https://www.kb.cert.org/vuls/id/1","source":"af854a3a-2127-422b-91ae-364da2661108"}],"brandNew":{"a":1}}`

func TestDecodeCVE(t *testing.T) {
	got, err := nvd.DecodeCVE([]byte(invented))
	if err != nil {
		t.Fatal(err)
	}
	scores := []vuln.Score{
		{Version: "4.0", Scorer: "cna@example.org", Type: "Secondary", Base: 0, Severity: "NONE", Vector: "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N"},
		{Version: "3.1", Scorer: "nvd@nist.gov", Type: "Primary", Base: 9.8, Severity: "CRITICAL", Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
		{Version: "2.0", Scorer: "nvd@nist.gov", Type: "Primary", Base: 7.5, Severity: "HIGH", Vector: "AV:N/AC:L/Au:N/C:P/I:P/A:P"},
	}
	want := vuln.Record{
		Kind: vuln.KindCVE, ID: "CVE-2024-10001", Status: "Analyzed", SourceIdentifier: "cna@example.org",
		Published: time.Date(2024, 5, 6, 7, 8, 9, 10e6, time.UTC), Modified: time.Date(2026, 6, 17, 1, 2, 3, 4e6, time.UTC),
		Text: []vuln.Text{{Lang: "en", Value: "A spoon in Kitchen Drawer 2.1 bends."}, {Lang: "es", Value: "Una cuchara se dobla."}},
		Facts: vuln.Facts{
			Best: &scores[1], Scores: scores,
			Weaknesses: []vuln.Weakness{{CWE: "CWE-79", Source: "nvd@nist.gov", Type: "Primary"}, {CWE: "NVD-CWE-noinfo", Source: "nvd@nist.gov", Type: "Primary"}},
			Tags:       []vuln.Tag{{Name: "disputed", Source: "cna@example.org"}},
			KEV:        &vuln.KEV{Added: "2024-06-01", Due: "2024-06-22", Action: "Use a fork.", Name: "Kitchen Drawer Bending"},
			References: []vuln.Reference{
				{URL: "https://www.kb.cert.org/vuls/id/1", Source: "cna@example.org", Tags: []string{"Third Party Advisory"}},
				{URL: "https://www.kb.cert.org/vuls/id/1", Source: "af854a3a-2127-422b-91ae-364da2661108"},
			},
			Criteria: []vuln.MatchCriteria{
				{Configuration: 0, ConfigurationOperator: "AND", Node: 0, Operator: "OR", Vulnerable: true, ID: "11111111-2222-3333-4444-555555555555", Criteria: "cpe:2.3:a:kitchen:drawer:*:*:*:*:*:*:*:*", VersionEndExcluding: "2.2"},
				{Configuration: 0, ConfigurationOperator: "AND", Node: 1, Operator: "OR", Negate: true, ID: "11111111-2222-3333-4444-666666666666", Criteria: "cpe:2.3:o:kitchen:floor:-:*:*:*:*:*:*:*"},
			},
			SourceIdentifiers: []string{"cna@example.org", "nvd@nist.gov", "af854a3a-2127-422b-91ae-364da2661108"},
			CertNote:          true,
		},
		Drift: []string{"field cve.brandNew", "field cve.metrics.cvssMetricV50"},
		Body:  []byte(invented),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeCVEKeepsARecordWithOneOddMember(t *testing.T) {
	odd := strings.Replace(invented, `"cveTags":[{"sourceIdentifier":"cna@example.org","tags":["disputed"]}]`, `"cveTags":"disputed"`, 1)
	got, err := nvd.DecodeCVE([]byte(odd))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Facts.Tags) != 0 || len(got.Facts.Scores) != 3 || string(got.Body) != odd {
		t.Errorf("only the tags should be missing: %+v", got.Facts)
	}
	if diff := cmp.Diff([]string{"field cve.brandNew", "field cve.metrics.cvssMetricV50", "shape of cve.cveTags"}, got.Drift); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeCVERefuses(t *testing.T) {
	for name, tc := range map[string]struct{ body, want string }{
		"no id":             {`{"lastModified":"2024-01-01T00:00:00.000"}`, "id"},
		"bad id":            {`{"id":"CVE-24-1","lastModified":"2024-01-01T00:00:00.000"}`, "CVE identifier"},
		"no lastModified":   {`{"id":"CVE-2024-0001"}`, "lastModified"},
		"odd lastModified":  {`{"id":"CVE-2024-0001","lastModified":"yesterday"}`, "yesterday"},
		"not an object":     {`[]`, "not a JSON object"},
		"id of other shape": {`{"id":7,"lastModified":"2024-01-01T00:00:00.000"}`, "id"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := nvd.DecodeCVE([]byte(tc.body)); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one with %q", err, tc.want)
			}
		})
	}
}

func TestDecodeCVEWithoutPublished(t *testing.T) {
	got, err := nvd.DecodeCVE([]byte(`{"id":"CVE-2014-0160","lastModified":"2024-01-01T00:00:00.000"}`))
	if err != nil || !got.Published.IsZero() {
		t.Errorf("got %+v, %v", got, err)
	}
}

func BenchmarkDecodeCVE(b *testing.B) {
	body := []byte(invented)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := nvd.DecodeCVE(body); err != nil {
			b.Fatal(err)
		}
	}
}
