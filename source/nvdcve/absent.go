package nvdcve

import (
	"errors"
	"fmt"
	"strings"
)

// absent: upstream has no such feed.
type absent struct{ name, url string }

func (e *absent) Error() string {
	return fmt.Sprintf("feed %s: upstream has none (404 for %s); nvd.years chooses which to fetch", e.name, e.url)
}

// gather returns the errors there are, with one in the place of all feeds that
// upstream does not have: they have one cause and one remedy.
func gather(errs []error) []error {
	var out []error
	var names []string
	var first *absent
	for _, err := range errs {
		var a *absent
		switch {
		case err == nil:
		case errors.As(err, &a):
			names = append(names, a.name)
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
		return append(out, first)
	}
	return append(out, fmt.Errorf("feeds %s: upstream has none of them (404 for %s and the others); nvd.years chooses which to fetch",
		strings.Join(names, ", "), first.url))
}
