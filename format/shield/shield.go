// Package shield reads MITRE Shield, retired in October 2021, from the folder
// _data of https://github.com/MITRECND/mitrecnd.github.io (JSON), whatever
// folder of a tree it is in.
//
// A record is one element of techniques.json (DTE), tactics.json (DTA),
// opportunities.json (DOS), use_cases.json (DUC) or procedures.json (DPR), as it
// came. A technique's has two members more: technique_details, its value in
// technique_details.json, and attack_mapping, its rows of attack_mapping.json,
// both as they came; its body is thus complete by itself. The other files
// repeat what these say (mapping, tactic_details, tactic_matrix), are the site's
// menu (navigation) or ATT&CK's (attack_groups), and are not read.
//
// Upstream states no version and no dates.
package shield

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Release tells editions apart. Upstream has one, without version or date.
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

var identifier = regexp.MustCompile(`^(DTE|DTA|DOS|DUC|DPR)[-_ #]?(\d{1,4})$`)

// ParseID normalises an identifier: any case, with or without leading zeros.
func ParseID(s string) (string, bool) {
	match := identifier.FindStringSubmatch(strings.ToUpper(strings.TrimSpace(s)))
	if match == nil {
		return "", false
	}
	return match[1] + strings.Repeat("0", 4-len(match[2])) + match[2], true
}
