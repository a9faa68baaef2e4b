package nvd

import (
	"encoding/json"
	"time"
)

// CPE is a view over one name of the CPE dictionary (schema cpe_api_json_2.0,
// defCpe).
type CPE struct{ object }

var cpeMembers = readers{
	"cpeName": as[string], "cpeNameId": as[string], "deprecated": as[bool],
	"created": asTime, "lastModified": asTime,
	"titles": as[[]documentTitle], "refs": as[[]CPEReference],
	"deprecatedBy": as[[]CPEName], "deprecates": as[[]CPEName],
}

// Name returns the CPE 2.3 formatted string. Package cpe of this module reads
// it.
func (c CPE) Name() string { return c.text("cpeName") }

// ID returns the cpeNameId, a UUID.
func (c CPE) ID() string { return c.text("cpeNameId") }

// Deprecated tells whether other names are to be used instead.
func (c CPE) Deprecated() bool { return read[bool](c.object, "deprecated") }

// DeprecatedBy returns the names to be used instead.
func (c CPE) DeprecatedBy() []CPEName { return read[[]CPEName](c.object, "deprecatedBy") }

// Deprecates returns the names this one is to be used instead of.
func (c CPE) Deprecates() []CPEName { return read[[]CPEName](c.object, "deprecates") }

// Created returns when the name came into the dictionary, in UTC.
func (c CPE) Created() time.Time { return c.time("created") }

// LastModified returns when the entry last changed, in UTC.
func (c CPE) LastModified() time.Time { return c.time("lastModified") }

// Titles returns the title in each language there is.
func (c CPE) Titles() []Text {
	titles := read[[]documentTitle](c.object, "titles")
	out := make([]Text, len(titles))
	for i, t := range titles {
		out[i] = Text{Lang: t.Lang, Value: t.Title}
	}
	return out
}

// Title returns the English title, or the first there is.
func (c CPE) Title() string { return english(c.Titles()) }

// References returns the links of the entry.
func (c CPE) References() []CPEReference { return read[[]CPEReference](c.object, "refs") }

// Unknown returns the members this package does not know; nil when there are
// none.
func (c CPE) Unknown() map[string]json.RawMessage { return c.unknown(cpeMembers) }

// Problems tells which members are not of the shape expected, and so read as
// the zero value though they are there.
func (c CPE) Problems() []error { return c.problems(cpeMembers) }

type documentTitle struct {
	Title string `json:"title"`
	Lang  string `json:"lang"`
}

// CPEName names an entry of the CPE dictionary.
type CPEName struct {
	Name string `json:"cpeName"`
	ID   string `json:"cpeNameId"`
}

// CPEReference is one link of an entry.
type CPEReference struct {
	URL  string `json:"ref"`
	Type string `json:"type"` // e.g. "Vendor", "Change Log"; may be empty
}

// MatchCriteria is a view over one match criterion with the names of the
// dictionary that it describes (schema cpematch_api_json_2.0, defMatchString).
type MatchCriteria struct{ object }

var criteriaMembers = readers{
	"matchCriteriaId": as[string], "criteria": as[string], "status": as[string],
	"versionStartIncluding": as[string], "versionStartExcluding": as[string],
	"versionEndIncluding": as[string], "versionEndExcluding": as[string],
	"created": asTime, "lastModified": asTime, "cpeLastModified": asTime,
	"matches": as[[]CPEName],
}

// ID returns the matchCriteriaId, a UUID.
func (m MatchCriteria) ID() string { return m.text("matchCriteriaId") }

// Criteria returns the CPE 2.3 match string.
func (m MatchCriteria) Criteria() string { return m.text("criteria") }

// Versions returns the bounds on the version.
func (m MatchCriteria) Versions() VersionRange {
	return VersionRange{
		StartIncluding: m.text("versionStartIncluding"), StartExcluding: m.text("versionStartExcluding"),
		EndIncluding: m.text("versionEndIncluding"), EndExcluding: m.text("versionEndExcluding"),
	}
}

// Status is "Active" when a CVE record uses the criterion, else "Inactive".
func (m MatchCriteria) Status() string { return m.text("status") }

// Created returns when the criterion was made, in UTC.
func (m MatchCriteria) Created() time.Time { return m.time("created") }

// LastModified returns when the criterion last changed, in UTC.
func (m MatchCriteria) LastModified() time.Time { return m.time("lastModified") }

// NamesModified returns when the list of names last changed, in UTC; the zero
// time when the NVD does not say.
func (m MatchCriteria) NamesModified() time.Time { return m.time("cpeLastModified") }

// Names returns the names of the dictionary that the criterion describes, which
// may be many thousands.
func (m MatchCriteria) Names() []CPEName { return read[[]CPEName](m.object, "matches") }

// Unknown returns the members this package does not know; nil when there are
// none.
func (m MatchCriteria) Unknown() map[string]json.RawMessage { return m.unknown(criteriaMembers) }

// Problems tells which members are not of the shape expected, and so read as
// the zero value though they are there.
func (m MatchCriteria) Problems() []error { return m.problems(criteriaMembers) }
