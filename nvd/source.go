package nvd

import (
	"encoding/json"
	"time"
)

// Source is a view over one of those who report and assess: what hides behind a
// source identifier (schema source_api_json_2.0, defSource).
type Source struct{ object }

var sourceMembers = readers{
	"name": as[string], "contactEmail": as[string], "sourceIdentifiers": as[[]string],
	"created": asTime, "lastModified": asTime,
	"v2AcceptanceLevel": as[AcceptanceLevel], "v3AcceptanceLevel": as[AcceptanceLevel],
	"v4AcceptanceLevel": as[AcceptanceLevel], "cweAcceptanceLevel": as[AcceptanceLevel],
}

// Name returns the organisation's name.
func (s Source) Name() string { return s.text("name") }

// ContactEmail returns the address to write to.
func (s Source) ContactEmail() string { return s.text("contactEmail") }

// Identifiers returns every source identifier it is known by.
func (s Source) Identifiers() []string { return read[[]string](s.object, "sourceIdentifiers") }

// Created returns when the NVD entered the source, in UTC.
func (s Source) Created() time.Time { return s.time("created") }

// LastModified returns when the entry last changed, in UTC.
func (s Source) LastModified() time.Time { return s.time("lastModified") }

// AcceptanceLevels returns how far the NVD accepts what the source states, by
// subject: "v2", "v3" and "v4" for scores of that version of CVSS, "cwe" for
// weaknesses. Subjects without a level are left out.
func (s Source) AcceptanceLevels() map[string]AcceptanceLevel {
	out := make(map[string]AcceptanceLevel)
	for _, subject := range [...]string{"v2", "v3", "v4", "cwe"} {
		if level := read[AcceptanceLevel](s.object, subject+"AcceptanceLevel"); level != (AcceptanceLevel{}) {
			out[subject] = level
		}
	}
	return out
}

// Unknown returns the members this package does not know; nil when there are
// none.
func (s Source) Unknown() map[string]json.RawMessage { return s.unknown(sourceMembers) }

// Problems tells which members are not of the shape expected, and so read as
// the zero value though they are there.
func (s Source) Problems() []error { return s.problems(sourceMembers) }

// AcceptanceLevel is how far the NVD accepts a source's statements.
type AcceptanceLevel struct {
	Description  string `json:"description"` // e.g. "Contributor"
	LastModified string `json:"lastModified"`
}
