package nvd

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"vulnmirror/vuln"
)

// parameters are those of one request, in order.
type parameters []parameter

// parameter is one of them; a flag has no value.
type parameter struct{ name, value string }

func (p *parameters) set(name, value string) {
	if value != "" {
		*p = append(*p, parameter{name, value})
	}
}

func (p *parameters) flag(name string, on bool) {
	if on {
		*p = append(*p, parameter{name, ""})
	}
}

func (p *parameters) extra(more url.Values) {
	for _, name := range slices.Sorted(maps.Keys(more)) {
		for _, value := range more[name] {
			*p = append(*p, parameter{name, value})
		}
	}
}

// with returns p and more, and leaves p alone.
func (p parameters) with(more ...parameter) parameters { return slices.Concat(p, more) }

// inURL spells a space as %20, as NVD's documentation asks, and leaves the
// colons and commas of times and lists readable.
var inURL = strings.NewReplacer("+", "%20", "%3A", ":", "%2C", ",")

// encode spells the parameters as a query. Flags stand alone, since NVD has
// refused "hasKev=".
func (p parameters) encode() string {
	parts := make([]string, len(p))
	for i, one := range p {
		parts[i] = url.QueryEscape(one.name)
		if one.value != "" {
			parts[i] += "=" + inURL.Replace(url.QueryEscape(one.value))
		}
	}
	return strings.Join(parts, "&")
}

func parseCVE(id string) (string, error) {
	normal, err := vuln.ParseCVE(id)
	if err != nil {
		return "", fmt.Errorf("%q is %w", id, err)
	}
	return normal, nil
}
