package match

import (
	"vulnmirror/cpe"
	"vulnmirror/version"
)

// overlaps tells whether a criterion, by its name and bounds, and a pattern with
// its bounds describe some product both.
func overlaps(name cpe.Name, own version.Range, pattern cpe.Name, within version.Range) bool {
	if !name.Overlaps(pattern) {
		return false
	}
	v := pattern.Version()
	if v == cpe.Any {
		return own.Overlaps(within) && reaches(name.Version(), within)
	}
	return reaches(v, own)
}

// reaches tells whether bounds hold a version that a value covers. What a value
// with wildcards covers is taken to reach anywhere.
func reaches(v cpe.Value, within version.Range) bool {
	switch {
	case v == cpe.Any || v.Wild():
		return true
	case v == cpe.NA:
		return within.StartIncluding == "" && within.StartExcluding == ""
	}
	return within.Contains(version.Release{Version: string(v)})
}
