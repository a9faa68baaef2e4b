package nvdapi

import "strings"

// A parameter is one row of the API's parameter table.
type parameter struct {
	name string // as NVD's documentation spells it
	flag bool   // set by its presence; takes no value
	// read takes the value into the request. For a flag it is called only when
	// the flag is set, with "". An error is always a problem.
	read func(*request, string) error
}

// parameters are the 34 parameters of the CVE API 2.0, and vulnStatus, a second
// spelling of vulnStatuses that other servers of this API document.
// Source: https://nvd.nist.gov/developers/vulnerabilities; cveIds, vulnStatuses
// and the kev dates as clients of 2025 and 2026 send them.
var parameters = []parameter{
	{name: "cveId", read: (*request).readCVE},
	{name: "cveIds", read: (*request).readCVEs},
	{name: "cveTag", read: (*request).readTag},
	{name: "cweId", read: (*request).readWeakness},
	{name: "vulnStatuses", read: (*request).readStatuses},
	{name: "vulnStatus", read: (*request).readStatuses},
	{name: "noRejected", flag: true, read: (*request).dropRejected},
	{name: "sourceIdentifier", read: (*request).readSource},

	{name: "cpeName", read: cpeMatching("cpeName")},
	{name: "isVulnerable", flag: true, read: cpeMatching("isVulnerable")},
	{name: "virtualMatchString", read: cpeMatching("virtualMatchString")},
	{name: "versionStart", read: cpeMatching("versionStart")},
	{name: "versionStartType", read: cpeMatching("versionStartType")},
	{name: "versionEnd", read: cpeMatching("versionEnd")},
	{name: "versionEndType", read: cpeMatching("versionEndType")},

	{name: "cvssV2Metrics", read: cvss2.readMetrics},
	{name: "cvssV2Severity", read: cvss2.readSeverity},
	{name: "cvssV3Metrics", read: cvss3.readMetrics},
	{name: "cvssV3Severity", read: cvss3.readSeverity},
	{name: "cvssV4Metrics", read: cvss4.readMetrics},
	{name: "cvssV4Severity", read: cvss4.readSeverity},

	{name: "hasKev", flag: true, read: func(r *request, _ string) error { r.query.InKEV = true; return nil }},
	{name: "hasCertAlerts", flag: true, read: func(r *request, _ string) error { r.query.CertAlert = true; return nil }},
	{name: "hasCertNotes", flag: true, read: func(r *request, _ string) error { r.query.CertNote = true; return nil }},
	{name: "hasOval", flag: true, read: func(r *request, _ string) error { r.query.OVAL = true; return nil }},

	{name: "keywordSearch", read: (*request).readKeywords},
	{name: "keywordExactMatch", flag: true, read: func(r *request, _ string) error { r.exact = true; return nil }},

	{name: "kevStartDate", read: date("kevStartDate", func(r *request) *end { return &r.kev.from })},
	{name: "kevEndDate", read: date("kevEndDate", func(r *request) *end { return &r.kev.to })},
	{name: "lastModStartDate", read: date("lastModStartDate", func(r *request) *end { return &r.modified.from })},
	{name: "lastModEndDate", read: date("lastModEndDate", func(r *request) *end { return &r.modified.to })},
	{name: "pubStartDate", read: date("pubStartDate", func(r *request) *end { return &r.published.from })},
	{name: "pubEndDate", read: date("pubEndDate", func(r *request) *end { return &r.published.to })},

	{name: "resultsPerPage", read: (*request).readPageSize},
	{name: "startIndex", read: (*request).readStart},
}

// byName finds a parameter by its name in lower case.
var byName = indexByName(parameters)

func indexByName(ps []parameter) map[string]int {
	index := make(map[string]int, len(ps))
	for i, p := range ps {
		index[strings.ToLower(p.name)] = i
	}
	return index
}

// cpeMatching refuses the parameters that select by CPE.
func cpeMatching(name string) func(*request, string) error {
	return func(*request, string) error {
		return problem("CPE matching is not available in this version yet: " + name + " cannot be answered.")
	}
}
