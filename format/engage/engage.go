// Package engage reads MITRE Engage from the folder Data/json of
// https://github.com/mitre/engage, whatever folder of a tree it is in.
//
// A record is one element of goals.json (EGO, and SGO for strategic ones),
// approaches.json (EAP, SAP) or activities.json (EAC, SAC), as it came, with
// members added that hold what other files say of it, as it came too:
//
//   - goal_details, approach_details or activity_details, its value in the file
//     of that name, null when it has none;
//   - goal_approach_mappings of a goal, approach_activity_mappings of an approach
//     and attack_mapping of an activity: its rows there.
//
// The vulnerabilities of adversaries (EAV) have no file of their own; a record
// of one is the element {"eav", "id"} where it first stands in a list
// "vulnerabilities" of activity_details.json. The other files repeat what these
// say, or ATT&CK, and are not read.
//
// Upstream states no version and no dates in these files.
package engage

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Release tells editions apart. These files have neither version nor date.
type Release struct {
	Version string
	Date    time.Time
}

// RecordError concerns one record; those after it can be read.
type RecordError struct {
	File     string // in the tree
	Position int    // of the element in the file, from 0
	ID       string // "" when unknown
	Err      error
}

func (e *RecordError) Error() string {
	if e.ID == "" {
		return fmt.Sprintf("%s: element %d: %v", e.File, e.Position, e.Err)
	}
	return fmt.Sprintf("%s: element %d (%s): %v", e.File, e.Position, e.ID, e.Err)
}

// Unwrap returns the reason.
func (e *RecordError) Unwrap() error { return e.Err }

// FileError ends the reading: a file is missing, or is not what its name says.
type FileError struct {
	File string // in the tree
	Err  error
}

func (e *FileError) Error() string { return e.File + ": " + e.Err.Error() }

// Unwrap returns the reason.
func (e *FileError) Unwrap() error { return e.Err }

var identifier = regexp.MustCompile(`^(EAC|SAC|EAP|SAP|EGO|SGO|EAV)[-_ #]?(\d{1,4})$`)

// ParseID normalises an identifier: any case, with or without leading zeros.
func ParseID(s string) (string, bool) {
	match := identifier.FindStringSubmatch(strings.ToUpper(strings.TrimSpace(s)))
	if match == nil {
		return "", false
	}
	return match[1] + strings.Repeat("0", 4-len(match[2])) + match[2], true
}
