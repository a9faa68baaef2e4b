package match

import (
	"vulnmirror/cpe"
	"vulnmirror/version"
)

// overlaps tells whether the criterion and the pattern with its bounds describe
// some product both.
func (c *criterion) overlaps(pattern cpe.Name, within version.Range) bool {
	if !c.name.Overlaps(pattern) {
		return false
	}
	own := c.bounds()
	v := pattern.Version()
	if v == cpe.Any {
		return own.Overlaps(within) && reaches(c.name.Version(), within)
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
