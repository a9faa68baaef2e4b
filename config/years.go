package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Year feeds of NVD begin with firstYear; the others only stop slips of the
// finger.
const (
	leastYear = 1988
	firstYear = 2002
	lastYear  = 2099
)

// feedYears accepts years that NVD has feeds for.
func feedYears(v any) error {
	for _, s := range v.(*Years).spans {
		if s.first < firstYear {
			return fmt.Errorf("there is no feed for %d: the first, %d, holds the older records too", s.first, firstYear)
		}
	}
	return nil
}

// Years is a choice of years. The zero value chooses all of them.
type Years struct {
	text  string
	spans []span
}

// span is a range of years; last is 0 when it is open to the present.
type span struct{ first, last int }

// ParseYears reads years and ranges separated by commas: "2002-2006,2026",
// "2020-" for 2020 to the present, "" for all years.
func ParseYears(text string) (Years, error) {
	y := Years{text: strings.TrimSpace(text)}
	if y.text == "" {
		return y, nil
	}
	for part := range strings.SplitSeq(y.text, ",") {
		s, err := parseSpan(strings.TrimSpace(part))
		if err != nil {
			return Years{}, err
		}
		y.spans = append(y.spans, s)
	}
	return y, nil
}

func parseSpan(part string) (span, error) {
	from, to, isRange := strings.Cut(part, "-")
	first, err := parseYear(strings.TrimSpace(from))
	if err != nil {
		return span{}, err
	}
	if !isRange {
		return span{first, first}, nil
	}
	if to = strings.TrimSpace(to); to == "" {
		return span{first, 0}, nil
	}
	last, err := parseYear(to)
	if err != nil {
		return span{}, err
	}
	if last < first {
		return span{}, fmt.Errorf("the range %q runs backwards", part)
	}
	return span{first, last}, nil
}

func parseYear(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || len(s) != 4 {
		return 0, fmt.Errorf("%q is not a year: write something like 2002-2006,2026", s)
	}
	if n < leastYear {
		return 0, fmt.Errorf("the year %d is before %d", n, leastYear)
	}
	if n > lastYear {
		return 0, fmt.Errorf("the year %d is beyond %d", n, lastYear)
	}
	return n, nil
}

// String is the text the years were read from.
func (y Years) String() string { return y.text }

// List returns the years in ascending order, each once. now bounds what is open
// to the present; a year named outright is listed even when it lies ahead.
func (y Years) List(now time.Time) []int {
	present := now.UTC().Year()
	spans := y.spans
	if len(spans) == 0 {
		spans = []span{{firstYear, 0}}
	}
	var years []int
	for _, s := range spans {
		last := s.last
		if last == 0 {
			last = max(present, s.first)
		}
		for year := s.first; year <= last; year++ {
			years = append(years, year)
		}
	}
	slices.Sort(years)
	return slices.Compact(years)
}
