// Package car reads MITRE's Cyber Analytics Repository: the YAML of
// https://github.com/mitre-attack/car, in whatever folder of a tree its folders
// are. Records are the files analytics/CAR-*.yaml, data_model/*.yaml (what
// analytics speak of, such as processes) and sensors/*.yaml (what observes it).
//
// A body is the YAML document as a JSON object: members in the order of the
// file, texts as YAML reads them, numbers as they are spelled, null, true and
// false for YAML's, and no other types (a date is a text). Upstream gives
// analytics an id, such as CAR-2013-01-002; the others are known by their files,
// and to their bodies a member "id" is added in front: data_model/process,
// sensors/sysmon_11.0. Comments, and how YAML was laid out, are not kept.
//
// docs/data/*.json in that repository says less (no sub-techniques) and is
// declared legacy there; it is not read. Upstream numbers no releases.
package car

import (
	"regexp"
	"strings"
	"time"
)

// Release tells editions apart. Upstream has none but its commits.
type Release struct {
	Version string
	Date    time.Time
}

// RecordError concerns one file; those after it can be read.
type RecordError struct {
	File string // in the tree
	Err  error  // with line and column, if it is no YAML
}

func (e *RecordError) Error() string { return e.File + ": " + e.Err.Error() }

// Unwrap returns the reason.
func (e *RecordError) Unwrap() error { return e.Err }

var (
	analyticID = regexp.MustCompile(`^(?:CAR[- _]?)?(\d{4})[- _](\d{2})[- _](\d{3})$`)
	objectID   = regexp.MustCompile(`^(data_model|sensors)/[a-z0-9_.-]+$`)
	address    = regexp.MustCompile(`^https?://car\.mitre\.org/(?:wiki/)?`)
)

// ParseID normalises an identifier: CAR-2013-01-002, car-2013-01-002,
// 2013-01-002, data_model/process, or the address of its page on car.mitre.org.
func ParseID(s string) (string, bool) {
	s = address.ReplaceAllString(strings.TrimSpace(s), "")
	s = strings.Trim(strings.TrimPrefix(s, "analytics/"), "/")
	if match := analyticID.FindStringSubmatch(strings.ToUpper(s)); match != nil {
		return "CAR-" + match[1] + "-" + match[2] + "-" + match[3], true
	}
	if s = strings.ToLower(s); objectID.MatchString(s) {
		return s, true
	}
	return "", false
}
