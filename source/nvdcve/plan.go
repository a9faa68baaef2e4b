package nvdcve

import (
	"strconv"
	"strings"

	"vulnmirror/source"
	"vulnmirror/source/nvdupstream"
)

// Preview says which way a Fetch at this moment would go first, what it costs
// and where it begins. It needs no network.
func (s *Source) Preview(last source.Cursor) (source.Preview, error) {
	p, err := s.newPass(nil, nil, last)
	if err != nil {
		return source.Preview{}, err
	}
	w := p.first()
	return source.Preview{Way: w.Name, Requests: w.Requests, URLs: p.urls(w.Name)}, nil
}

// first is the way Fetch tries first.
func (p *pass) first() nvdupstream.Way {
	switch {
	case p.Method == "feeds":
		return nvdupstream.Way{Name: "feeds", Requests: p.feedRequests()}
	case p.Method == "api" && p.NeedsFull():
		return nvdupstream.Way{Name: "API, " + p.Plan, Requests: p.FullRequests()}
	case p.Method == "api":
		return nvdupstream.Way{Name: "API changes", Requests: p.DeltaRequests()}
	}
	return p.ways()[0]
}

// urls are the first addresses a way asks for.
func (p *pass) urls(name string) []string {
	switch {
	case name == "modified feed":
		return []string{feed(p.FeedBase, modified).Stem + ".meta"}
	case name == "API changes":
		return []string{p.DeltaURL()}
	case strings.HasPrefix(name, "API"):
		return []string{p.Endpoint}
	}
	var out []string
	for _, year := range p.years() {
		out = append(out, feed(p.FeedBase, strconv.Itoa(year)).Stem+".meta")
	}
	return append(out, feed(p.FeedBase, modified).Stem+".meta")
}
