package match

import (
	"unique"

	"vulnmirror/vuln"
)

// statement is a record's applicability statement: it concerns a product when
// one of its configurations does.
type statement []configuration

type configuration struct {
	index       int // in the record
	all, negate bool
	operator    string // as upstream spells it, maybe ""
	nodes       []node
}

type node struct {
	index       int // in the configuration
	all, negate bool
	operator    string
	terms       []term
}

// term is one use of a criterion.
type term struct {
	key        key
	vulnerable bool
}

// key tells criteria apart, as they are in a record's body and as a store
// returns them. Those of statements and of products are the same in memory.
type key = unique.Handle[spelling]

// spelling is all that makes a criterion, as upstream spells it.
type spelling struct{ id, criteria, startIncluding, startExcluding, endIncluding, endExcluding string }

func keyOf(m *vuln.MatchCriteria) key { return unique.Make(spell(m)) }

func spell(m *vuln.MatchCriteria) spelling {
	return spelling{m.ID, m.Criteria, m.VersionStartIncluding, m.VersionStartExcluding, m.VersionEndIncluding, m.VersionEndExcluding}
}

// newStatement puts criteria, in the order of their places, together again. An
// operator that is not AND is OR: NVD leaves it out where there is one node.
func newStatement(criteria []vuln.MatchCriteria) statement {
	var s statement
	for i := range criteria {
		m := &criteria[i]
		if len(s) == 0 || s[len(s)-1].index != m.Configuration {
			s = append(s, configuration{
				index: m.Configuration, all: m.ConfigurationOperator == "AND",
				negate: m.ConfigurationNegate, operator: m.ConfigurationOperator,
			})
		}
		c := &s[len(s)-1]
		if len(c.nodes) == 0 || c.nodes[len(c.nodes)-1].index != m.Node {
			c.nodes = append(c.nodes, node{index: m.Node, all: m.Operator == "AND", negate: m.Negate, operator: m.Operator})
		}
		n := &c.nodes[len(c.nodes)-1]
		n.terms = append(n.terms, term{keyOf(m), m.Vulnerable})
	}
	return s
}

// weight is roughly how many bytes the statement takes.
func (s statement) weight() int64 {
	total := int64(200)
	for _, c := range s {
		for _, n := range c.nodes {
			total += 100
			for _, t := range n.terms {
				total += 180 + int64(len(t.key.Value().criteria)) // shared with others or not
			}
		}
	}
	return total
}

// world tells whether the inventory has what a criterion describes.
type world func(key) Truth

func (n *node) value(w world) Truth {
	value := False
	if n.all {
		value = True
	}
	for _, t := range n.terms {
		if n.all {
			value = value.And(w(t.key))
		} else {
			value = value.Or(w(t.key))
		}
	}
	return value.NotIf(n.negate)
}

func (c *configuration) value(w world) Truth {
	value := False
	if c.all {
		value = True
	}
	for i := range c.nodes {
		if c.all {
			value = value.And(c.nodes[i].value(w))
		} else {
			value = value.Or(c.nodes[i].value(w))
		}
	}
	return value.NotIf(c.negate)
}

// through is the configuration's value as far as it owes it to a term of the
// node n: what else would make an OR true does not count, what an AND needs
// besides does. value is the term's.
func (c *configuration) through(n *node, value Truth, w world) Truth {
	if n.all || n.negate {
		value = n.value(w)
	}
	switch {
	case c.negate:
		return c.value(w)
	case c.all:
		for i := range c.nodes {
			if other := &c.nodes[i]; other != n {
				value = value.And(other.value(w))
			}
		}
	}
	return value
}

// judge tells how a statement concerns one CPE of the inventory. own is what
// criteria say of that CPE alone, w of the whole inventory.
func (s statement) judge(own, w world) verdict {
	var v verdict
	for i := range s {
		c := &s[i]
		for j := range c.nodes {
			n := &c.nodes[j]
			for _, t := range n.terms {
				if truth := own(t.key); truth != False {
					v.consider(t.vulnerable, certainty(truth, c.through(n, truth.Or(w(t.key)), w)))
				}
			}
		}
	}
	return v
}

// verdict is how a record concerns a CPE, where the CPE is marked as vulnerable
// and where it is not.
type verdict struct{ vulnerable, context Certainty }

func (v *verdict) consider(vulnerable bool, c Certainty) {
	if vulnerable {
		v.vulnerable = max(v.vulnerable, c)
	} else {
		v.context = max(v.context, c)
	}
}

// certainty puts together what a criterion says of a CPE and what its
// configuration comes to.
func certainty(criterion, configuration Truth) Certainty {
	switch {
	case criterion == False || configuration == False:
		return none
	case criterion == Unknown:
		return Possible
	case configuration == Unknown:
		return Conditional
	}
	return Certain
}

// Certainty is how sure it is that a record concerns a CPE of the inventory.
type Certainty uint8

// The certainties.
const (
	none Certainty = iota
	// Possible: the CPE leaves open what the criterion fixes.
	Possible
	// Conditional: the criterion describes the CPE, and it is unknown whether
	// what its configuration asks for besides is there.
	Conditional
	// Certain: the criterion describes the CPE and its configuration is met.
	Certain
)

// String returns "possible", "conditional" or "certain".
func (c Certainty) String() string {
	return [...]string{"none", "possible", "conditional", "certain"}[c]
}

// MarshalText is String, for JSON.
func (c Certainty) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
