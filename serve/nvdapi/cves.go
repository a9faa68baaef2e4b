package nvdapi

import (
	"slices"

	"vulnmirror/format/nvd"
	"vulnmirror/vuln"
)

// cves is the CVE API.
func cves() endpoint {
	return endpoint{
		path: PathCVEs, kind: vuln.KindCVE, most: 2000,
		format: nvd.FormatCVE, array: "vulnerabilities", inner: "cve",
		parameters: cveParameters, finish: finishCVEs, resolve: resolvePlatform,
	}
}

// cveParameters are the 34 parameters of the CVE API 2.0 but for those of
// paging, and vulnStatus, a second spelling of vulnStatuses that other servers
// of this API document.
// Source: https://nvd.nist.gov/developers/vulnerabilities; cveIds, vulnStatuses
// and the kev dates as clients of 2025 and 2026 send them.
var cveParameters = slices.Concat([]parameter{
	{name: "cveId", read: (*request).readCVE},
	{name: "cveIds", read: (*request).readCVEs},
	{name: "cveTag", read: (*request).readTag},
	{name: "cweId", read: (*request).readWeakness},
	{name: "vulnStatuses", read: (*request).readStatuses},
	{name: "vulnStatus", read: (*request).readStatuses},
	{name: "noRejected", flag: true, read: (*request).dropRejected},
	{name: "sourceIdentifier", read: (*request).readSource},

	{name: "cpeName", read: (*request).readPlatformName},
	{name: "isVulnerable", flag: true, read: func(r *request, _ string) error { r.platform.vulnerable = true; return nil }},
	{name: "virtualMatchString", read: (*request).readMatchString},
	{name: "versionStart", read: bound(func(p *platform) *versionBound { return &p.start })},
	{name: "versionStartType", read: boundType("versionStartType", func(p *platform) *versionBound { return &p.start })},
	{name: "versionEnd", read: bound(func(p *platform) *versionBound { return &p.end })},
	{name: "versionEndType", read: boundType("versionEndType", func(p *platform) *versionBound { return &p.end })},

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

	{name: "kevStartDate", read: date("kevStartDate", func(r *request) *end { return &r.kev.from })},
	{name: "kevEndDate", read: date("kevEndDate", func(r *request) *end { return &r.kev.to })},
	{name: "pubStartDate", read: date("pubStartDate", func(r *request) *end { return &r.published.from })},
	{name: "pubEndDate", read: date("pubEndDate", func(r *request) *end { return &r.published.to })},
}, keywords, lastModified)

func finishCVEs(r *request) error {
	if r.id != "" && r.query.IDs != nil {
		return problem("cveId and cveIds cannot be combined.")
	}
	if err := r.platform.check(); err != nil {
		return err
	}
	var err error
	if r.query.Published, err = r.published.span("pubStartDate", "pubEndDate"); err != nil {
		return err
	}
	if r.query.KEVAdded, err = r.kev.span("kevStartDate", "kevEndDate"); err != nil {
		return err
	}
	return nil
}
