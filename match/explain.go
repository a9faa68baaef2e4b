package match

import "vulnmirror/cpe"

// Explanation shows how a configuration came to its value: the nodes, and in
// them the criteria that the inventory has, or may have, an answer to.
type Explanation struct {
	Configuration int    `json:"configuration"` // index in the record, from 0
	Operator      string `json:"operator,omitempty"`
	Negate        bool   `json:"negate,omitempty"`
	Value         Truth  `json:"value"`
	Nodes         []Node `json:"nodes"`
}

// Node is a node of a configuration.
type Node struct {
	Node     int    `json:"node"` // index in the configuration, from 0
	Operator string `json:"operator"`
	Negate   bool   `json:"negate,omitempty"`
	Value    Truth  `json:"value"`
	Of       int    `json:"of"` // how many criteria the node has
	Criteria []Term `json:"criteria,omitempty"`
}

// Term is a criterion of a node that describes a CPE of the inventory, or may.
type Term struct {
	Criteria              string   `json:"criteria"`
	MatchCriteriaID       string   `json:"matchCriteriaId,omitempty"`
	VersionStartIncluding string   `json:"versionStartIncluding,omitempty"`
	VersionStartExcluding string   `json:"versionStartExcluding,omitempty"`
	VersionEndIncluding   string   `json:"versionEndIncluding,omitempty"`
	VersionEndExcluding   string   `json:"versionEndExcluding,omitempty"`
	Vulnerable            bool     `json:"vulnerable"`
	Value                 Truth    `json:"value"`
	CPE                   string   `json:"cpe"`              // the one of the inventory
	Listed                bool     `json:"listed,omitempty"` // upstream's list of names decided
	Open                  []string `json:"open,omitempty"`   // what the CPE leaves open, where the value is unknown
}

// explain shows the configurations that have a criterion of own, which are
// those found for name.
func (r *run) explain(s statement, own map[key]finding, name cpe.Name) []Explanation {
	var out []Explanation
	for i := range s {
		c := &s[i]
		if !c.mentions(own) {
			continue
		}
		e := Explanation{Configuration: c.index, Operator: c.operator, Negate: c.negate, Value: c.value(r.inventory)}
		for j := range c.nodes {
			e.Nodes = append(e.Nodes, r.explainNode(&c.nodes[j], own, name))
		}
		out = append(out, e)
	}
	return out
}

func (c *configuration) mentions(own map[key]finding) bool {
	for i := range c.nodes {
		for _, t := range c.nodes[i].terms {
			if _, ok := own[t.key]; ok {
				return true
			}
		}
	}
	return false
}

func (r *run) explainNode(n *node, own map[key]finding, name cpe.Name) Node {
	out := Node{Node: n.index, Operator: n.operator, Negate: n.negate, Value: n.value(r.inventory), Of: len(n.terms)}
	for _, t := range n.terms {
		held, ok := r.has[t.key]
		if !ok {
			continue
		}
		s := t.key.Value()
		term := Term{
			Criteria: s.criteria, MatchCriteriaID: s.id,
			VersionStartIncluding: s.startIncluding, VersionStartExcluding: s.startExcluding,
			VersionEndIncluding: s.endIncluding, VersionEndExcluding: s.endExcluding,
			Vulnerable: t.vulnerable, Value: held.truth, CPE: r.names[held.name].String(),
		}
		if f, ok := own[t.key]; ok {
			term.Value, term.CPE, term.Listed = f.truth, name.String(), f.listed
			if f.truth == Unknown {
				term.Open = f.open(name)
			}
		}
		out.Criteria = append(out.Criteria, term)
	}
	return out
}

// open names the attributes in which a criterion fixes what a name leaves open.
func (c *criterion) open(name cpe.Name) []string {
	var out []string
	for a := range cpe.Attribute(cpe.Attributes) {
		bounded := a == cpe.Version && c.within.bounded() && (name.At(a) == cpe.Any || name.At(a).Wild())
		if bounded || covers(c.name.At(a), name.At(a)) == Unknown {
			out = append(out, a.String())
		}
	}
	return out
}
