package nvd

import (
	"encoding/json"
	"time"
)

// Change is a view over one entry of a CVE record's history (schema
// cve_history_api_json_2.0, change_item).
type Change struct{ object }

var changeMembers = readers{
	"cveId": as[string], "eventName": as[string], "cveChangeId": as[string], "sourceIdentifier": as[string],
	"created": asTime, "details": as[[]Detail],
}

// ID returns the cveChangeId, a UUID.
func (c Change) ID() string { return c.text("cveChangeId") }

// CVE returns the identifier of the record that changed.
func (c Change) CVE() string { return c.text("cveId") }

// Event returns what happened, e.g. "Initial Analysis".
func (c Change) Event() string { return c.text("eventName") }

// SourceIdentifier names who made the change.
func (c Change) SourceIdentifier() string { return c.text("sourceIdentifier") }

// Created returns when it happened, in UTC; the zero time when not stated.
func (c Change) Created() time.Time { return c.time("created") }

// Details returns what was changed, piece by piece; there may be nothing.
func (c Change) Details() []Detail { return read[[]Detail](c.object, "details") }

// Unknown returns the members this package does not know; nil when there are
// none.
func (c Change) Unknown() map[string]json.RawMessage { return c.unknown(changeMembers) }

// Problems tells which members are not of the shape expected, and so read as
// the zero value though they are there.
func (c Change) Problems() []error { return c.problems(changeMembers) }

// Detail is one piece of a change. Values are strings mostly, and since 2026
// arrays and objects too, so they are kept as they came; nil where there is
// none.
type Detail struct {
	Action string          `json:"action"` // "Added", "Removed", "Changed" or ""
	Type   string          `json:"type"`   // e.g. "CVSS V3.1", "Reference"
	Old    json.RawMessage `json:"oldValue"`
	New    json.RawMessage `json:"newValue"`
}
