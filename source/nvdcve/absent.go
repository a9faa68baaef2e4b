package nvdcve

import (
	"errors"
	"fmt"
	"strings"

	"vulnmirror/source/nvdupstream"
)

// gather returns the errors there are, with one in the place of all feeds that
// upstream does not have: they have one cause and one remedy.
func gather(errs []error) []error {
	var out []error
	var names []string
	var first *nvdupstream.Absent
	for _, err := range errs {
		var a *nvdupstream.Absent
		switch {
		case err == nil:
		case errors.As(err, &a):
			names = append(names, a.Name)
			if first == nil {
				first = a
			}
		default:
			out = append(out, err)
		}
	}
	switch len(names) {
	case 0:
		return out
	case 1:
		return append(out, fmt.Errorf("%w; nvd.years chooses which to fetch", first))
	}
	return append(out, fmt.Errorf("feeds %s: upstream has none of them (404 for %s and the others); nvd.years chooses which to fetch",
		strings.Join(names, ", "), first.URL))
}
