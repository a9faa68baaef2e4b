package vuln

import (
	"fmt"
	"time"
)

// TimeLayout is how NVD spells times in API 2.0 answers: UTC, exactly three
// fraction digits, no zone.
const TimeLayout = "2006-01-02T15:04:05.000"

// FormatTime spells t as NVD does; the zero time gives "".
func FormatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(TimeLayout)
}

// ParseTime reads a time as NVD's records spell it: any number of fraction
// digits, with or without a zone; without one it is UTC. The result is UTC.
func ParseTime(s string) (time.Time, error) {
	t, err := time.Parse("2006-01-02T15:04:05", s)
	if err != nil {
		t, err = time.Parse(time.RFC3339, s)
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("time %q: expected YYYY-MM-DDThh:mm:ss[.fff][Z]", s)
	}
	return t.UTC(), nil
}
