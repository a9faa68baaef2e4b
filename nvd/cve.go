package nvd

import (
	"encoding/json"
	"time"
)

// CVE is a view over one CVE record (schema cve_api_json_2.0, cve_item).
type CVE struct{ object }

var cveMembers = readers{
	"id": as[string], "sourceIdentifier": as[string], "vulnStatus": as[string],
	"published": asTime, "lastModified": asTime,
	"cveTags": as[[]Tags], "descriptions": as[[]Text],
	"metrics":    readMetrics,
	"weaknesses": as[[]Weakness], "configurations": as[[]Configuration], "references": as[[]Reference],
	"cisaExploitAdd": as[string], "cisaActionDue": as[string],
	"cisaRequiredAction": as[string], "cisaVulnerabilityName": as[string],
	"affected": as[[]Affected], "vendorComments": as[[]VendorComment],
	"evaluatorComment": as[string], "evaluatorSolution": as[string], "evaluatorImpact": as[string],
}

// ID returns the CVE identifier, e.g. CVE-2021-44228.
func (c CVE) ID() string { return c.text("id") }

// SourceIdentifier names who reported the vulnerability: an address or a UUID,
// as [Client.Sources] explains them.
func (c CVE) SourceIdentifier() string { return c.text("sourceIdentifier") }

// Status returns vulnStatus in the NVD's spelling, e.g. "Awaiting Analysis".
// New ones appear without notice.
func (c CVE) Status() string { return c.text("vulnStatus") }

// Published returns when the NVD published the record, in UTC. A historical
// record has no such time.
func (c CVE) Published() time.Time { return c.time("published") }

// LastModified returns when the record last changed, in UTC.
func (c CVE) LastModified() time.Time { return c.time("lastModified") }

// Descriptions returns the description in each language there is.
func (c CVE) Descriptions() []Text { return read[[]Text](c.object, "descriptions") }

// Description returns the English description, or the first there is.
func (c CVE) Description() string { return english(c.Descriptions()) }

// Tags returns the CVE tags, such as "disputed", by who set them.
func (c CVE) Tags() []Tags { return read[[]Tags](c.object, "cveTags") }

// Weaknesses returns the CWE classifications.
func (c CVE) Weaknesses() []Weakness { return read[[]Weakness](c.object, "weaknesses") }

// Configurations returns which platforms the record concerns; none before the
// NVD analysed it.
func (c CVE) Configurations() []Configuration {
	return read[[]Configuration](c.object, "configurations")
}

// References returns the links. The same address is listed again for every
// source that supplied it.
func (c CVE) References() []Reference { return read[[]Reference](c.object, "references") }

// KEV returns what CISA's catalogue of known exploited vulnerabilities says;
// false when the record is not in it.
func (c CVE) KEV() (KEV, bool) {
	k := KEV{
		Added: c.text("cisaExploitAdd"), Due: c.text("cisaActionDue"),
		Action: c.text("cisaRequiredAction"), Name: c.text("cisaVulnerabilityName"),
	}
	return k, k.Added != ""
}

// Affected returns what the record's sources say is affected, in the words of
// the CVE record format. Records have it since June 2026.
func (c CVE) Affected() []Affected { return read[[]Affected](c.object, "affected") }

// VendorComments returns the comments vendors made on the record.
func (c CVE) VendorComments() []VendorComment {
	return read[[]VendorComment](c.object, "vendorComments")
}

// Unknown returns the members this package does not know; nil when there are
// none.
func (c CVE) Unknown() map[string]json.RawMessage { return c.unknown(cveMembers) }

// Problems tells which members are not of the shape expected, and so read as
// the zero value though they are there.
func (c CVE) Problems() []error { return c.problems(cveMembers) }

// Text is a text in one language.
type Text struct {
	Lang  string `json:"lang"` // BCP 47 as the NVD spells it, e.g. "en"
	Value string `json:"value"`
}

func english(texts []Text) string {
	for _, t := range texts {
		if t.Lang == "en" {
			return t.Value
		}
	}
	if len(texts) > 0 {
		return texts[0].Value
	}
	return ""
}

// Tags are the CVE tags one source set.
type Tags struct {
	Source string   `json:"sourceIdentifier"`
	Tags   []string `json:"tags"`
}

// Weakness is one source's classification of the record.
type Weakness struct {
	Source      string `json:"source"`
	Type        string `json:"type"`        // "Primary" or "Secondary"
	Description []Text `json:"description"` // e.g. CWE-79, NVD-CWE-noinfo
}

// Reference is one link of a record.
type Reference struct {
	URL    string   `json:"url"`
	Source string   `json:"source"`
	Tags   []string `json:"tags"`
}

// KEV is an entry of CISA's catalogue as the NVD repeats it. Dates are
// YYYY-MM-DD.
type KEV struct{ Added, Due, Action, Name string }

// Affected is what one source says is affected.
type Affected struct {
	Source string            `json:"source"`
	Data   []json.RawMessage `json:"affectedData"` // "affected" of the CVE record format, as it came
}

// VendorComment is a statement of a vendor.
type VendorComment struct {
	Organization string `json:"organization"`
	Comment      string `json:"comment"`
	LastModified string `json:"lastModified"` // 0 to 9 fraction digits, UTC
}
