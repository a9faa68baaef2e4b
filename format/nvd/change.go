package nvd

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/vuln"
)

// documentChange is what DecodeCVEChange reads of a change object.
type documentChange struct {
	CVE, Event, ID   string
	SourceIdentifier string
	Created          string

	unknown []string
}

func (d *documentChange) member(name string) (any, bool) {
	switch name {
	case "cveId":
		return &d.CVE, true
	case "eventName":
		return &d.Event, true
	case "cveChangeId":
		return &d.ID, true
	case "sourceIdentifier":
		return &d.SourceIdentifier, true
	case "created":
		return &d.Created, true
	case "details":
		return nil, true
	}
	return nil, false
}

// UnmarshalJSONFrom reads a change object.
func (d *documentChange) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	return members(dec, d.member, &d.unknown)
}

// DecodeCVEChange reads one change object of the CVE change history API 2.0. A
// change is never changed itself, so its creation is also its modification; the
// name of the event is its Status.
func DecodeCVEChange(body []byte) (vuln.Record, error) {
	var d documentChange
	if err := read(body, &d); err != nil {
		return vuln.Record{}, err
	}
	r := vuln.Record{
		Kind: vuln.KindCVEChange, ID: d.ID, Status: d.Event, SourceIdentifier: d.SourceIdentifier,
		Drift: drift("change", d.unknown), Body: body,
	}
	id, err := vuln.ParseUUID(d.ID)
	if err != nil {
		return r, fmt.Errorf("cveChangeId %q is %w", d.ID, err)
	}
	r.ID = id.String()
	if !vuln.ValidCVE(d.CVE) {
		return r, fmt.Errorf("cveId %q is %w", d.CVE, vuln.ErrBadCVE)
	}
	r.Facts.Links = []vuln.Link{{Kind: vuln.KindCVE, ID: d.CVE, Rule: "cveId"}}
	if d.SourceIdentifier != "" {
		r.Facts.SourceIdentifiers = []string{d.SourceIdentifier}
	}
	return r, moments(&r, d.Created, d.Created)
}
