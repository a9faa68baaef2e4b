package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"vulnmirror/vuln"
)

// since reads a point in the past as people type it: a date, a time, or an age
// such as 7d or 36h. "" is the zero time.
func since(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t, nil
	}
	if t, err := vuln.ParseTime(text); err == nil {
		return t, nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 {
			return now.UTC().AddDate(0, 0, -n), nil
		}
	}
	if age, err := time.ParseDuration(text); err == nil && age >= 0 {
		return now.UTC().Add(-age), nil
	}
	return time.Time{}, fmt.Errorf("%q is no date (2026-01-31), time (2026-01-31T12:00:00Z) or age (7d, 36h)", text)
}
