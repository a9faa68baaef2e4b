package chain

import (
	"context"
	"regexp"
	"slices"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// artifacts infers from D3FEND's ontology what counters a technique of ATT&CK or
// a weakness of CWE: they are nodes there as well (rule), these do something to
// an artifact, and countermeasures do something to the same artifact. D3FEND's
// reasoner, which makes its table, also knows that artifacts are special cases of
// others; so this finds less.
type artifacts struct{ rule string }

const ruleReference = "kb-reference" // techniques of D3FEND have one, nothing else does

// structural are the properties that do not say what something does.
var structural = []string{"rdfs:subClassOf", "rdf:type", "rdfs:seeAlso", "owl:disjointWith", ruleReference}

// offensive are the nodes that stand for ATT&CK's techniques and CWE's weaknesses.
var offensive = regexp.MustCompile(`^d3f:(?:T\d{4}|CWE-\d)`)

// act is that a node of the ontology does something to another.
type act struct {
	from, to store.Ref
	verb     string
	source   string
}

func (f artifacts) find(ctx context.Context, w *walk, t turn, refs []store.Ref) ([]hit, error) {
	if !t.out {
		return f.back(ctx, w, t, refs)
	}
	nodes, err := w.acts(ctx, store.LinkQuery{To: refs, Kinds: d3fendOnly}, f.rule)
	if err != nil || len(nodes) == 0 {
		return nil, err
	}
	done, err := w.acts(ctx, store.LinkQuery{From: froms(nodes), Kinds: d3fendOnly})
	if err != nil || len(done) == 0 {
		return nil, err
	}
	countered, err := w.acts(ctx, store.LinkQuery{To: tos(done), Kinds: d3fendOnly})
	if err != nil {
		return nil, err
	}
	if countered, err = w.countermeasures(ctx, countered); err != nil {
		return nil, err
	}
	return w.join(t, nodes, done, countered), nil
}

// back goes from countermeasures to techniques.
func (f artifacts) back(ctx context.Context, w *walk, t turn, refs []store.Ref) ([]hit, error) {
	countered, err := w.acts(ctx, store.LinkQuery{From: refs, Kinds: d3fendOnly})
	if err != nil || len(countered) == 0 {
		return nil, err
	}
	if countered, err = w.countermeasures(ctx, countered); err != nil || len(countered) == 0 {
		return nil, err
	}
	done, err := w.acts(ctx, store.LinkQuery{To: tos(countered), Kinds: d3fendOnly})
	if err != nil {
		return nil, err
	}
	done = slices.DeleteFunc(done, func(a act) bool { return !offensive.MatchString(a.from.ID) })
	if len(done) == 0 {
		return nil, nil
	}
	nodes, err := w.acts(ctx, store.LinkQuery{From: froms(done), Kinds: []vuln.Kind{t.far()}}, f.rule)
	if err != nil {
		return nil, err
	}
	return w.join(t, nodes, done, countered), nil
}

var d3fendOnly = []vuln.Kind{vuln.KindD3FEND}

// acts asks for links with the rules, or with any that says what something does.
func (w *walk) acts(ctx context.Context, q store.LinkQuery, rules ...string) ([]act, error) {
	var out []act
	for link, err := range w.links.Links(ctx, q) {
		if err != nil {
			return nil, err
		}
		if len(rules) == 0 && slices.Contains(structural, link.Rule) || len(rules) > 0 && !slices.Contains(rules, link.Rule) {
			continue
		}
		out = append(out, act{link.From, link.To, link.Rule, link.Source})
	}
	return out, nil
}

// countermeasures leaves what techniques of D3FEND do.
func (w *walk) countermeasures(ctx context.Context, all []act) ([]act, error) {
	all = slices.DeleteFunc(all, func(a act) bool { return offensive.MatchString(a.from.ID) })
	if len(all) == 0 {
		return nil, nil
	}
	referring, err := w.acts(ctx, store.LinkQuery{From: froms(all), Kinds: d3fendOnly}, ruleReference)
	if err != nil {
		return nil, err
	}
	techniques := make(map[store.Ref]bool)
	for _, a := range referring {
		techniques[a.from] = true
	}
	return slices.DeleteFunc(all, func(a act) bool { return !techniques[a.from] }), nil
}

// join makes a hit of every technique or weakness, what its node does to an
// artifact, and what a countermeasure does to it.
func (w *walk) join(t turn, nodes, done, countered []act) []hit {
	against, doing := make(map[store.Ref][]act), make(map[store.Ref][]act)
	for _, a := range countered {
		against[a.to] = append(against[a.to], a)
	}
	for _, a := range done {
		doing[a.from] = append(doing[a.from], a)
	}
	var hits []hit
	for _, node := range nodes {
		for _, d := range doing[node.from] {
			for _, c := range against[d.to] {
				h := hit{turn: t, near: node.to, far: c.from}
				if !t.out {
					h.near, h.far = h.far, h.near
				}
				h.Statement = w.statement(c.from, c.source, c.verb+" "+d.to.ID+", which "+node.from.ID+" "+d.verb)
				h.Mark = Inferred
				hits = append(hits, h)
			}
		}
	}
	return hits
}

func froms(acts []act) []store.Ref {
	return distinct(acts, func(a act) store.Ref { return a.from })
}

func tos(acts []act) []store.Ref {
	return distinct(acts, func(a act) store.Ref { return a.to })
}

func distinct(acts []act, end func(act) store.Ref) []store.Ref {
	seen := make(map[store.Ref]bool)
	var out []store.Ref
	for _, a := range acts {
		if ref := end(a); !seen[ref] {
			seen[ref] = true
			out = append(out, ref)
		}
	}
	return out
}
