package nvd_test

// A record with every member a CVE record is known to have, one that is new,
// and spellings that decoding and encoding would change.
const fullCVE = `{"id":"CVE-2026-1001","sourceIdentifier":"psirt@maker.example","published":"2026-03-04T05:06:07.890","lastModified":"2026-06-18T01:02:03.004","vulnStatus":"Analyzed",` +
	`"cveTags":[{"sourceIdentifier":"psirt@maker.example","tags":["disputed"]}],` +
	`"descriptions":[{"lang":"es","value":"Desbordamiento"},{"lang":"en","value":"Buffer overflow in Maker Widget before 2.5 \u003cb\u003e"}],` +
	`"affected":[{"source":"psirt@maker.example","affectedData":[{"vendor":"Maker","product":"Widget","novel":1.50}]}],` +
	`"metrics":{"cvssMetricV40":[{"source":"psirt@maker.example","type":"Secondary","cvssData":{"version":"4.0","vectorString":"CVSS:4.0/AV:N","baseScore":9.3,"baseSeverity":"CRITICAL","Safety":"NOT_DEFINED"}}],` +
	`"cvssMetricV31":[{"source":"nvd@nist.gov","type":"Primary","cvssData":{"version":"3.1","vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","baseScore":9.80,"baseSeverity":"CRITICAL"},"exploitabilityScore":3.9,"impactScore":5.9}],` +
	`"cvssMetricV2":[{"source":"nvd@nist.gov","type":"Primary","cvssData":{"version":"2.0","vectorString":"AV:N/AC:L/Au:N/C:P/I:P/A:P","baseScore":7.5},"baseSeverity":"HIGH","exploitabilityScore":10.0,"impactScore":6.4}],` +
	`"ssvcV203":[{"source":"134c704f-9b21-4f2e-91b3-4a467353bcc0","ssvcData":{"options":[{"exploitation":"active"}]}}]},` +
	`"cisaExploitAdd":"2026-05-01","cisaActionDue":"2026-05-22","cisaRequiredAction":"Apply updates.","cisaVulnerabilityName":"Maker Widget Buffer Overflow",` +
	`"weaknesses":[{"source":"nvd@nist.gov","type":"Primary","description":[{"lang":"en","value":"CWE-120"}]}],` +
	`"configurations":[{"operator":"AND","nodes":[` +
	`{"operator":"OR","negate":false,"cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:maker:widget:*:*:*:*:*:*:*:*","versionStartIncluding":"2.0","versionEndExcluding":"2.5","matchCriteriaId":"00000000-0000-4000-8000-000000000001"}]},` +
	`{"operator":"OR","negate":false,"cpeMatch":[{"vulnerable":false,"criteria":"cpe:2.3:o:maker:base:-:*:*:*:*:*:*:*","matchCriteriaId":"00000000-0000-4000-8000-000000000002"}]}]}],` +
	`"references":[{"url":"https://maker.example/a?b=1&c=2","source":"psirt@maker.example","tags":["Vendor Advisory"]},{"url":"https://maker.example/a?b=1&c=2","source":"af854a3a-2127-422b-91ae-364da2661108"}],` +
	`"vendorComments":[{"organization":"Maker","comment":"Fixed.","lastModified":"2026-05-01T00:00:00"}],` +
	`"evaluatorComment":"Seen.","futureMember":{"a":[1,2.0e0]}}`

const fullCPE = `{"deprecated":true,"cpeName":"cpe:2.3:a:maker:widget:2.4:*:*:*:*:*:*:*","cpeNameId":"00000000-0000-4000-8000-0000000000a1","lastModified":"2026-02-01T00:00:00.000","created":"2020-01-01T00:00:00.000",` +
	`"titles":[{"title":"Maker ウィジェット 2.4","lang":"ja"},{"title":"Maker Widget 2.4","lang":"en"}],"refs":[{"ref":"https://maker.example/widget","type":"Product"}],` +
	`"deprecatedBy":[{"cpeName":"cpe:2.3:a:maker:widget:2.4.0:*:*:*:*:*:*:*","cpeNameId":"00000000-0000-4000-8000-0000000000a2"}],"deprecates":[],"hue":"green"}`

const fullCriteria = `{"matchCriteriaId":"00000000-0000-4000-8000-000000000001","criteria":"cpe:2.3:a:maker:widget:*:*:*:*:*:*:*:*","versionStartIncluding":"2.0","versionEndExcluding":"2.5","lastModified":"2026-01-01T00:00:00.000","cpeLastModified":"2026-02-01T00:00:00.000","created":"2020-01-01T00:00:00.000","status":"Active",` +
	`"matches":[{"cpeName":"cpe:2.3:a:maker:widget:2.4:*:*:*:*:*:*:*","cpeNameId":"00000000-0000-4000-8000-0000000000A1"}],"hue":"green"}`

const fullSource = `{"name":"Maker Inc.","contactEmail":"psirt@maker.example","sourceIdentifiers":["psirt@maker.example","00000000-0000-4000-8000-0000000000b1"],"lastModified":"2026-01-01T00:00:00.000","created":"2020-01-01T00:00:00.000",` +
	`"v3AcceptanceLevel":{"description":"Provider","lastModified":"2025-12-31T00:00:00.000"},"cweAcceptanceLevel":{"description":"Reference","lastModified":"2025-12-31T00:00:00.000"},"hue":"green"}`

const fullChange = `{"cveId":"CVE-2026-1001","eventName":"Initial Analysis","cveChangeId":"00000000-0000-4000-8000-0000000000c1","sourceIdentifier":"nvd@nist.gov","created":"2026-03-05T00:00:00.000",` +
	`"details":[{"action":"Added","type":"CVSS V3.1","newValue":"NIST AV:N"},{"action":"Changed","type":"Affected","oldValue":[{"a":1}],"newValue":{"b":2.0}}],"hue":"green"}`
