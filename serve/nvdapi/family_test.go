package nvdapi

import (
	"testing"

	"vulnmirror/format/nvd"
	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/vuln"
)

const (
	serverRange  = "11111111-1111-4111-8111-111111111111" // server before 2.0
	serverExact  = "22222222-2222-4222-8222-222222222222" // server 3.0, by no list
	systemAny    = "33333333-3333-4333-8333-333333333333" // every system, not vulnerable
	unusedRange  = "44444444-4444-4444-8444-444444444444" // used by no CVE record
	retiredRange = "55555555-5555-4555-8555-555555555555" // withdrawn

	nameOne   = "AAAAAAAA-0000-4000-8000-000000000001" // server 1.0
	nameTwo   = "AAAAAAAA-0000-4000-8000-000000000002" // server 1.5
	nameThree = "AAAAAAAA-0000-4000-8000-000000000003" // tool 7
)

// families are records of all kinds, by their format. Spellings vary on purpose.
var families = map[string][]string{
	nvd.FormatCVE: {
		`{"id":"CVE-2025-1001","sourceIdentifier":"a@example.com","published":"2025-02-01T00:00:00.000","lastModified":"2025-02-02T00:00:00.000","vulnStatus":"Analyzed","cveTags":[],"descriptions":[{"lang":"en","value":"The server falls over."}],"metrics":{},` +
			`"configurations":[{"operator":"AND","nodes":[{"operator":"OR","negate":false,"cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:example:server:*:*:*:*:*:*:*:*","versionEndExcluding":"2.0","matchCriteriaId":"` + serverRange + `"}]},` +
			`{"operator":"OR","negate":false,"cpeMatch":[{"vulnerable":false,"criteria":"cpe:2.3:o:example:system:*:*:*:*:*:*:*:*","matchCriteriaId":"` + systemAny + `"}]}]}],"references":[]}`,
		`{"id":"CVE-2025-1002","sourceIdentifier":"a@example.com","published":"2025-02-03T00:00:00.000","lastModified":"2025-02-04T00:00:00.000","vulnStatus":"Analyzed","cveTags":[],"descriptions":[{"lang":"en","value":"The server leaks."}],"metrics":{},` +
			`"configurations":[{"nodes":[{"operator":"OR","negate":false,"cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:example:server:3.0:*:*:*:*:*:*:*","matchCriteriaId":"` + serverExact + `"}]}]}],"references":[]}`,
	},
	nvd.FormatCPE: {
		`{"deprecated":false,"cpeName":"cpe:2.3:a:example:server:1.0:*:*:*:*:*:*:*","cpeNameId":"` + nameOne + `","lastModified":"2025-01-02T00:00:00.000","created":"2025-01-01T00:00:00.000","titles":[{"title":"Example Server 1.0","lang":"en"}],"refs":[{"ref":"https:\/\/example.com\/changelog","type":"Change Log"}]}`,
		`{"deprecated":true,"cpeName":"cpe:2.3:a:example:server:1.5:*:*:*:*:*:*:*","cpeNameId":"` + nameTwo + `","lastModified":"2025-02-02T00:00:00.000","created":"2025-01-01T00:00:01.000","titles":[{"title":"Example Server 1.5","lang":"en"}],"deprecatedBy":[{"cpeName":"cpe:2.3:a:example:server:1.0:*:*:*:*:*:*:*","cpeNameId":"` + nameOne + `"}]}`,
		`{"deprecated":false,"cpeName":"cpe:2.3:a:other:tool:7:*:*:*:*:*:*:*","cpeNameId":"` + nameThree + `","lastModified":"2025-01-02T00:00:00.000","created":"2025-01-01T00:00:02.000","titles":[{"title":"Other Tool 7 \u2122","lang":"en"},{"title":"Werkzeug","lang":"de"}]}`,
	},
	nvd.FormatCPEMatch: {
		`{"matchCriteriaId":"` + serverRange + `","criteria":"cpe:2.3:a:example:server:*:*:*:*:*:*:*:*","versionEndExcluding":"2.0","lastModified":"2025-01-05T00:00:00.000","cpeLastModified":"2025-01-05T00:00:00.000","created":"2025-01-05T00:00:00.000","status":"Active","matches":[{"cpeName":"cpe:2.3:a:example:server:1.0:*:*:*:*:*:*:*","cpeNameId":"` + nameOne + `"},{"cpeName":"cpe:2.3:a:example:server:1.5:*:*:*:*:*:*:*","cpeNameId":"` + nameTwo + `"}]}`,
		`{"matchCriteriaId":"` + systemAny + `","criteria":"cpe:2.3:o:example:system:*:*:*:*:*:*:*:*","lastModified":"2025-01-06T00:00:00.000","created":"2025-01-06T00:00:00.000","status":"Active"}`,
		`{"matchCriteriaId":"` + unusedRange + `","criteria":"cpe:2.3:a:other:tool:*:*:*:*:*:*:*:*","versionStartIncluding":"5","lastModified":"2025-01-07T00:00:00.000","cpeLastModified":"2025-03-07T00:00:00.000","created":"2025-01-07T00:00:00.000","status":"Inactive","matches":[{"cpeName":"cpe:2.3:a:other:tool:7:*:*:*:*:*:*:*","cpeNameId":"` + nameThree + `"}]}`,
		`{"matchCriteriaId":"` + retiredRange + `","criteria":"cpe:2.3:a:other:tool:4:*:*:*:*:*:*:*","lastModified":"2025-01-08T00:00:00.000","created":"2025-01-08T00:00:00.000","status":"Active"}`,
	},
	nvd.FormatSource: {
		`{"name":"Example","contactEmail":"mail@example.com","sourceIdentifiers":["a@example.com","b@example.com"],"lastModified":"2025-01-01T00:00:00.000","created":"2019-09-09T16:18:45.930","v3AcceptanceLevel":{"description":"Contributor","lastModified":"2025-01-01T00:00:00.000"}}`,
		`{"name":"Other","contactEmail":"mail@example.org","sourceIdentifiers":["11111111-2222-4333-8444-555555555555"],"lastModified":"2025-06-01T00:00:00.000","created":"2019-09-09T16:18:46.000"}`,
	},
	nvd.FormatCVEChange: {
		`{"cveId":"CVE-2025-1001","eventName":"New CVE Received","cveChangeId":"C0000000-0000-4000-8000-000000000001","sourceIdentifier":"a@example.com","created":"2025-02-01T00:00:00.000","details":[{"action":"Added","type":"Affected","newValue":[{"vendor":"Example"}]}]}`,
		`{"cveId":"CVE-2025-1001","eventName":"Initial Analysis","cveChangeId":"C0000000-0000-4000-8000-000000000002","sourceIdentifier":"nvd@nist.gov","created":"2025-02-02T00:00:00.000","details":[]}`,
		`{"cveId":"CVE-2025-1002","eventName":"New CVE Received","cveChangeId":"C0000000-0000-4000-8000-000000000003","sourceIdentifier":"a@example.com","created":"2025-02-03T00:00:00.000","details":[]}`,
	},
}

// suppliers are the sources of each kind.
var suppliers = map[vuln.Kind][]string{
	vuln.KindCVE: {"nvd-cve"}, vuln.KindCPE: {"nvd-cpe"}, vuln.KindMatchCriteria: {"nvd-cpematch"},
	vuln.KindNVDSource: {"nvd-source"}, vuln.KindCVEChange: {"nvd-cvehistory"},
}

// load puts records of one format into a store, as its source would.
func load(t testing.TB, s *sqlite.Store, format string, change func(*vuln.Record), bodies ...string) {
	t.Helper()
	source := suppliers[nvd.Kind(format)][0]
	batch := &store.Batch{Origin: store.Origin{Source: source, Filename: format, Fetched: noon}, Last: true}
	for _, body := range bodies {
		r, err := nvd.Decode(format, []byte(body))
		if err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		r.Source = source
		if change != nil {
			change(&r)
		}
		batch.Records = append(batch.Records, r)
	}
	if _, err := s.Apply(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
}

// family makes a store with records of all kinds; one match criterion has been
// withdrawn and one CVE record is converted.
func family(t testing.TB) *sqlite.Store {
	t.Helper()
	s := mirror(t)
	for format, bodies := range families {
		load(t, s, format, nil, bodies...)
		setSource(t, s, store.SourceState{Source: suppliers[nvd.Kind(format)][0], Completed: noon})
	}
	load(t, s, nvd.FormatCVE, func(r *vuln.Record) { r.Converted = true },
		`{"id":"CVE-2003-0001","sourceIdentifier":"cve@mitre.org","published":"2003-01-17T05:00:00.000","lastModified":"2019-04-30T14:27:00.000","descriptions":[{"lang":"en","value":"An older format."}],"metrics":{},`+
			`"configurations":[{"nodes":[{"operator":"OR","negate":false,"cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:example:server:1.0:*:*:*:*:*:*:*","matchCriteriaId":"66666666-6666-4666-8666-666666666666"}]}]}],"references":[]}`)
	if _, err := s.Withdraw(t.Context(), store.Withdrawal{
		Kind: vuln.KindMatchCriteria, Source: "nvd-cpematch", At: noon, UpTo: noon,
		Keep: func(id string) bool { return id != retiredRange },
	}); err != nil {
		t.Fatal(err)
	}
	return s
}
