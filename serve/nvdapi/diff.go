package nvdapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// detail is one line of a change: values are as the records spell them.
type detail struct {
	Action string          `json:"action"`
	Type   string          `json:"type"`
	Old    json.RawMessage `json:"oldValue,omitempty"`
	New    json.RawMessage `json:"newValue,omitempty"`
}

// NVD's names for the members that its own history has names for; others go by
// the name of the member.
var detailTypes = map[string]string{
	"descriptions":   "Description",
	"configurations": "CPE Configuration",
	"weaknesses":     "CWE",
	"references":     "Reference",
	"cveTags":        "Tag",
	"affected":       "Affected",
	"cvssMetricV2":   "CVSS V2",
	"cvssMetricV30":  "CVSS V3",
	"cvssMetricV31":  "CVSS V3.1",
	"cvssMetricV40":  "CVSS V4.0",
}

// details compares two versions of a cve object member by member, in the order
// of the members' names. Lists are compared by what they have, in whatever
// order. lastModified, which every change changes, is left out.
func details(before, after []byte) ([]detail, error) {
	old, err := members(before)
	if err != nil {
		return nil, err
	}
	now, err := members(after)
	if err != nil {
		return nil, err
	}
	out := []detail{}
	for _, name := range names(old, now) {
		kind, ok := detailTypes[name]
		if !ok {
			kind = name
		}
		out = append(out, compare(kind, old[name], now[name])...)
	}
	return out, nil
}

// members are the members of a record, with those of metrics among them.
func members(body []byte) (map[string]json.RawMessage, error) {
	var all, metrics map[string]json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, fmt.Errorf("version of a record: %w", err)
	}
	if json.Unmarshal(all["metrics"], &metrics) == nil {
		delete(all, "metrics")
		maps.Copy(all, metrics)
	}
	delete(all, "lastModified")
	return all, nil
}

func names(a, b map[string]json.RawMessage) []string {
	all := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(all)
	return slices.Compact(all)
}

// compare tells how a member changed; nil means that it was not there.
func compare(kind string, old, now json.RawMessage) []detail {
	if bytes.Equal(old, now) {
		return nil
	}
	before, was := elements(old)
	after, is := elements(now)
	switch {
	case was && is:
		return exchange(kind, without(before, after), without(after, before))
	case old == nil:
		return []detail{{Action: "Added", Type: kind, New: now}}
	case now == nil:
		return []detail{{Action: "Removed", Type: kind, Old: old}}
	}
	return []detail{{Action: "Changed", Type: kind, Old: old, New: now}}
}

// elements are those of a list. No list is as good as an empty one.
func elements(value json.RawMessage) (list []json.RawMessage, ok bool) {
	if value == nil {
		return nil, true
	}
	return list, value[0] == '[' && json.Unmarshal(value, &list) == nil
}

// exchange is a change where one element took the place of one, else so many
// that went and so many that came.
func exchange(kind string, gone, come []json.RawMessage) []detail {
	if len(gone) == 1 && len(come) == 1 {
		return []detail{{Action: "Changed", Type: kind, Old: gone[0], New: come[0]}}
	}
	var out []detail
	for _, value := range gone {
		out = append(out, detail{Action: "Removed", Type: kind, Old: value})
	}
	for _, value := range come {
		out = append(out, detail{Action: "Added", Type: kind, New: value})
	}
	return out
}

// without returns the elements of list that others lacks.
func without(list, others []json.RawMessage) []json.RawMessage {
	has := make(map[string]bool, len(others))
	for _, value := range others {
		has[string(value)] = true
	}
	return slices.DeleteFunc(slices.Clone(list), func(value json.RawMessage) bool { return has[string(value)] })
}
