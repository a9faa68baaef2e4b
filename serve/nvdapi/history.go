package nvdapi

import (
	"context"
	"strings"

	"vulnmirror/format/nvd"
	"vulnmirror/vuln"
)

// cveHistory is the CVE change history API.
// Source: https://nvd.nist.gov/developers/vulnerabilities.
func cveHistory() endpoint {
	return endpoint{
		path: PathCVEHistory, kind: vuln.KindCVEChange, most: 5000,
		format: nvd.FormatCVEChange, array: "cveChanges", inner: "change",
		parameters: []parameter{
			{name: "cveId", read: (*request).readChangeOf},
			{name: "changeStartDate", read: date("changeStartDate", func(r *request) *end { return &r.changed.from })},
			{name: "changeEndDate", read: date("changeEndDate", func(r *request) *end { return &r.changed.to })},
			{name: "eventName", read: (*request).readEvent},
		},
		finish: finishHistory, derive: deriveChanges,
	}
}

func (r *request) readChangeOf(value string) error {
	id, ok := cveID(value)
	if !ok {
		return invalid("cveId")
	}
	r.cve = id
	r.query.LinksTo = &vuln.Link{Kind: vuln.KindCVE, ID: id}
	return nil
}

// The names of the events that deriving a history makes out.
const (
	eventModified     = "CVE Modified"
	eventRejected     = "CVE Rejected"
	eventUnrejected   = "CVE Unrejected"
	eventKEV          = "CVE CISA KEV Update"
	eventStatusChange = "CVE Status Change"
)

// events are the names seen so far; NVD publishes no list.
var events = []string{
	"New CVE Received", "Initial Analysis", "Reanalysis", eventModified, "Modified Analysis", "CVE Translated",
	"Vendor Comment", "CVE Source Update", "CPE Deprecation Remap", "CWE Remap", "Reference Tag Update",
	eventRejected, eventUnrejected, eventKEV, eventStatusChange, "Data Remediation",
}

// readEvent accepts names that are not known yet, as records will have them.
func (r *request) readEvent(value string) error {
	if strings.TrimSpace(value) == "" {
		return invalid("eventName")
	}
	if strings.EqualFold(value, "CVE Received") { // NVD's documentation of the parameter says so
		value = "New " + value
	}
	for _, known := range events {
		if strings.EqualFold(value, known) {
			value = known
		}
	}
	r.query.Statuses = []string{value}
	return nil
}

func finishHistory(r *request) (err error) {
	r.query.Published, err = r.changed.span("changeStartDate", "changeEndDate")
	return err
}

// derivedHeader tells what an answer was derived from.
const derivedHeader = "X-Vulnmirror-Derived"

// derived answers from records of another kind.
func (h *handler) derived(ctx context.Context, r *request, p *page) error {
	bodies, err := r.of.derive(ctx, h, r)
	if err != nil {
		return err
	}
	p.to.Header()[derivedHeader] = fromVersions
	p.total = len(bodies)
	bodies = bodies[min(r.start, len(bodies)):]
	bodies = bodies[:min(r.size, len(bodies))]
	p.count = len(bodies)
	for _, body := range bodies {
		if err := p.add(body); err != nil {
			return err
		}
	}
	return nil
}
