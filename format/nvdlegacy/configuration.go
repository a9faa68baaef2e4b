package nvdlegacy

import (
	"slices"

	"vulnmirror/cpe"
)

// legacyNode is a node of configurations; early feeds 1.0 called cpe_match cpe.
type legacyNode struct {
	Operator string        `json:"operator"`
	Negate   bool          `json:"negate"`
	Children []legacyNode  `json:"children"`
	Matches  []legacyMatch `json:"cpe_match"`
	Early    []legacyMatch `json:"cpe"`
}

// legacyMatch is one of cpe_match, and of the match feed's matches.
type legacyMatch struct {
	Vulnerable bool         `json:"vulnerable"`
	CPE23      string       `json:"cpe23Uri"`
	CPE22      string       `json:"cpe22Uri"`
	Names      []legacyName `json:"cpe_name"`
	bounds
}

type legacyName struct {
	CPE23 string `json:"cpe23Uri"`
	CPE22 string `json:"cpe22Uri"`
}

// bounds are spelled the same before and after.
type bounds struct {
	StartIncluding string `json:"versionStartIncluding,omitzero"`
	StartExcluding string `json:"versionStartExcluding,omitzero"`
	EndIncluding   string `json:"versionEndIncluding,omitzero"`
	EndExcluding   string `json:"versionEndExcluding,omitzero"`
}

// The members of configurations 2.0, in NVD's order.
type (
	configBody struct {
		Operator string     `json:"operator,omitzero"`
		Negate   bool       `json:"negate,omitzero"`
		Nodes    []nodeBody `json:"nodes"`
	}
	nodeBody struct {
		Operator string      `json:"operator"`
		Negate   bool        `json:"negate"`
		CPEMatch []matchBody `json:"cpeMatch"`
	}
	matchBody struct {
		Vulnerable bool   `json:"vulnerable"`
		Criteria   string `json:"criteria"`
		bounds
		ID string `json:"matchCriteriaId"`
	}
)

// mostAlternatives bounds what a nest of nodes may be spelled out to.
const mostAlternatives = 256

// configurations converts the top nodes. One that cannot be spelled out in two
// levels within bounds is left out and reported.
func configurations(nodes []legacyNode) (out []configBody, drift []string) {
	for _, n := range nodes {
		switch {
		case len(n.Children) == 0:
			if leaf := n.leaf(n.Negate); len(leaf.CPEMatch) > 0 {
				out = append(out, configBody{Nodes: []nodeBody{leaf}})
			}
		case n.flat():
			c := configBody{Operator: n.Operator, Negate: n.Negate}
			for _, child := range n.Children {
				c.Nodes = append(c.Nodes, child.leaf(child.Negate))
			}
			out = append(out, c.plain())
		default:
			cases, ok := n.alternatives(false)
			if !ok {
				drift = append(drift, "configurations nested beyond what 2.0 can say")
				continue
			}
			for _, all := range cases {
				out = append(out, configBody{Operator: "AND", Nodes: all}.plain())
			}
		}
	}
	return out, drift
}

// plain leaves out the operator between nodes where there is one node, as NVD
// does.
func (c configBody) plain() configBody {
	if len(c.Nodes) == 1 {
		c.Operator = ""
	}
	return c
}

// flat tells whether the node has the two levels that 2.0 has too.
func (n *legacyNode) flat() bool {
	return len(n.Matches)+len(n.Early) == 0 &&
		!slices.ContainsFunc(n.Children, func(c legacyNode) bool { return len(c.Children) > 0 })
}

// alternatives spells a nest of nodes out: any of the lists, all nodes of it.
// Configurations are alternatives of each other, so this says the same.
func (n *legacyNode) alternatives(negate bool) ([][]nodeBody, bool) {
	negate = negate != n.Negate
	var parts [][][]nodeBody
	if leaf := n.leaf(negate); len(leaf.CPEMatch) > 0 || len(n.Children) == 0 {
		parts = append(parts, [][]nodeBody{{leaf}})
	}
	for i := range n.Children {
		part, ok := n.Children[i].alternatives(negate)
		if !ok {
			return nil, false
		}
		parts = append(parts, part)
	}
	// Not all of them is any not of them, and the other way about.
	if (n.Operator == "AND") == negate {
		either := slices.Concat(parts...)
		return either, len(either) <= mostAlternatives
	}
	all := parts[0]
	for _, part := range parts[1:] {
		if len(all)*len(part) > mostAlternatives {
			return nil, false
		}
		var next [][]nodeBody
		for _, a := range all {
			for _, b := range part {
				next = append(next, slices.Concat(a, b))
			}
		}
		all = next
	}
	return all, true
}

// leaf converts the criteria of the node itself.
func (n *legacyNode) leaf(negate bool) nodeBody {
	out := nodeBody{Operator: n.Operator, Negate: negate, CPEMatch: []matchBody{}}
	for _, m := range slices.Concat(n.Matches, n.Early) {
		criteria := formatted(m.CPE23, m.CPE22)
		out.CPEMatch = append(out.CPEMatch, matchBody{m.Vulnerable, criteria, m.bounds, criteriaID(criteria, m.bounds)})
	}
	return out
}

// formatted returns a name as a formatted string: the one given, or else the
// one made from its URI, "" when that is none.
func formatted(name, uri string) string {
	if name != "" || uri == "" {
		return name
	}
	n, err := cpe.ParseURI(uri)
	if err != nil {
		return ""
	}
	return n.String()
}
