package publishers

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// log4shell is the vulnerability that everybody publishes something about.
const log4shell = "CVE-2021-44228"

// inventedCVEs are identifiers that need not exist anywhere else.
func inventedCVEs() []string {
	var out []string
	for year := 2021; year <= 2026; year++ {
		for n := range 8 {
			out = append(out, fmt.Sprintf("CVE-%d-%d", year, 90001+n))
		}
	}
	return out
}

// cvesOf returns all there are, in order of their years and numbers.
func cvesOf(o Options) []string {
	out := slices.Clone(o.CVEs())
	if !slices.Contains(out, log4shell) {
		out = append(out, log4shell)
	}
	slices.SortFunc(out, byNumber)
	return slices.Compact(out)
}

func byNumber(a, b string) int {
	ya, na := number(a)
	yb, nb := number(b)
	return cmp.Or(cmp.Compare(ya, yb), cmp.Compare(na, nb))
}

func number(cve string) (year, n int) {
	parts := strings.SplitN(cve, "-", 3)
	if len(parts) < 3 {
		return 0, 0
	}
	year, _ = strconv.Atoi(parts[1]) // what is no number sorts first
	n, _ = strconv.Atoi(parts[2])
	return year, n
}

// someCVEs picks n identifiers for a matter.
func (a author) someCVEs(matter string, n int, from []string) []string {
	if len(from) == 0 {
		return nil
	}
	d := a.dice("cves " + matter)
	var out []string
	for range n {
		if cve := pick(d, from); !slices.Contains(out, cve) {
			out = append(out, cve)
		}
	}
	slices.SortFunc(out, byNumber)
	return out
}
