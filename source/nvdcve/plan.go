package nvdcve

import (
	"strconv"
	"strings"

	"vulnmirror/source"
)

// Preview says which way a Fetch at this moment would go first, what it costs
// and where it begins. It needs no network.
func (s *Source) Preview(last source.Cursor) (source.Preview, error) {
	p, err := s.newPass(nil, nil, last)
	if err != nil {
		return source.Preview{}, err
	}
	w := p.first()
	return source.Preview{Way: w.name, Requests: w.requests, URLs: p.urls(w.name)}, nil
}

// first is the way Fetch tries first.
func (p *pass) first() way {
	switch {
	case p.Method == "feeds":
		return way{name: "feeds", requests: p.feedRequests()}
	case p.Method == "api" && p.needsFull():
		return way{name: "API, " + p.Plan, requests: p.fullRequests()}
	case p.Method == "api":
		return way{name: "API changes", requests: deltaRequests(p.gap())}
	}
	return p.ways()[0]
}

// urls are the first addresses a way asks for.
func (p *pass) urls(name string) []string {
	switch {
	case name == "modified feed":
		return []string{feedURL + "nvdcve-2.0-" + modified + ".meta"}
	case name == "API changes":
		from := p.cursor.Watermark.Add(-p.Overlap)
		return []string{apiURL + "?" + window("lastMod", from, p.Now()).Encode()}
	case strings.HasPrefix(name, "API"):
		return []string{apiURL}
	}
	var out []string
	for _, year := range p.years() {
		out = append(out, feedURL+"nvdcve-2.0-"+strconv.Itoa(year)+".meta")
	}
	return append(out, feedURL+"nvdcve-2.0-"+modified+".meta")
}
