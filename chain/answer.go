package chain

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// Answer is what a record is connected to: a graph whose edges lead away from it.
type Answer struct {
	Start Ref    `json:"start"`
	Nodes []Node `json:"nodes"` // each once, the start first, then by their distance from it
	Edges []Edge `json:"edges"` // by From in the order of nodes, then by step, then by the id of To
	// More says where there are more records than Limit.
	More []More `json:"more,omitempty"`
	// Dangling is how many of the nodes are Missing.
	Dangling int `json:"dangling"`
	// Warnings say what the answer may lack, and why.
	Warnings []Warning `json:"warnings,omitempty"`
}

// Ref names a record; it converts to store.Ref and back.
type Ref struct {
	Kind vuln.Kind `json:"kind"`
	ID   string    `json:"id"`
}

func (r Ref) String() string { return string(r.Kind) + " " + r.ID }

// Node is a record. A match criterion is one by what a CVE record says of it,
// whether the list of match criteria is held or not.
type Node struct {
	Ref
	// Title is what the record is called, of a CVE record that was read how its
	// description begins, of a match criterion the criterion. Often "".
	Title string `json:"title,omitempty"`
	// Status is set only where upstream gave the record up: its word for that,
	// such as "Deprecated", "revoked", "Rejected".
	Status string `json:"status,omitempty"`
	// Withdrawn: upstream was found to have it no longer.
	Withdrawn bool `json:"withdrawn,omitempty"`
	// Missing: others refer to it, and it is not held.
	Missing bool `json:"missing,omitempty"`
}

// Edge leads from a record to another, one step away from the start.
type Edge struct {
	From Ref    `json:"from"`
	To   Ref    `json:"to"`
	Step string `json:"step"` // Step.Name
	// Reversed: the step was taken back, from its To to its From.
	Reversed bool `json:"reversed,omitempty"`
	// Mark is that of the statements when all have it.
	Mark       Mark        `json:"mark,omitempty"`
	Statements []Statement `json:"statements"` // at least one
}

// Statement is why there is an edge: what one record says.
type Statement struct {
	By      Ref    `json:"by"`                // who says so, From or To of the edge as a rule
	Source  string `json:"source"`            // where that record is from
	Version string `json:"version,omitempty"` // the edition of the source that is held, if it has editions
	Rule    string `json:"rule"`              // vuln.Link.Rule, or the member of a CVE record
	Scorer  string `json:"scorer,omitempty"`  // who classified a CVE record, and whether as "Primary"
	// Names is the id that the statement has, when it is that of a record that
	// ATT&CK replaced by the one at the edge's end.
	Names string `json:"names,omitempty"`
	Mark  Mark   `json:"mark,omitempty"`
}

// More counts records that a step leads to and that are not in the answer.
type More struct {
	At       Ref       `json:"at"`
	Step     string    `json:"step"`               // Step.Name
	Reversed bool      `json:"reversed,omitempty"` // as of an Edge
	Kind     vuln.Kind `json:"kind"`               // of these records
	Count    int       `json:"count"`
}

// statement is what a record says.
func (w *walk) statement(by store.Ref, source, rule string) Statement {
	return Statement{By: Ref(by), Source: source, Version: w.releases[source], Rule: rule}
}

// answer puts together what the walk came to.
func (w *walk) answer() *Answer {
	edges := make([]*Edge, 0, len(w.order))
	for _, at := range w.order {
		edges = append(edges, w.edges[at])
	}
	edges = w.reaching(edges)
	leaving := make(map[Ref][]*Edge)
	for _, e := range edges {
		leaving[e.From] = append(leaving[e.From], e)
	}
	a := &Answer{Start: Ref(w.start), Edges: []Edge{}} // which JSON has as [], not null
	met := map[Ref]bool{a.Start: true}
	a.Nodes = []Node{{Ref: a.Start}}
	for i := 0; i < len(a.Nodes); i++ {
		at := a.Nodes[i].Ref
		slices.SortStableFunc(leaving[at], func(x, y *Edge) int {
			return cmp.Or(rank(x.Step, x.Reversed)-rank(y.Step, y.Reversed), byID(store.Ref(x.To), store.Ref(y.To)))
		})
		for _, e := range w.limited(a, leaving[at], leaving) {
			e.Mark = common(e.Statements)
			a.Edges = append(a.Edges, *e)
			if !met[e.To] {
				met[e.To] = true
				a.Nodes = append(a.Nodes, Node{Ref: e.To})
			}
		}
		w.none(a, at, leaving[at])
	}
	return a
}

// none notes the steps from a record that led nowhere only because there was no
// room.
func (w *walk) none(a *Answer, at Ref, edges []*Edge) {
	for _, out := range []bool{true, false} {
		for i := range steps {
			t := turn{&steps[i], out}
			n := w.unseen[group{store.Ref(at), t.Name, out}]
			led := slices.ContainsFunc(edges, func(e *Edge) bool { return e.Step == t.Name && e.Reversed != out })
			if n > 0 && !led {
				a.More = append(a.More, More{At: at, Step: t.Name, Reversed: !out, Kind: t.far(), Count: n})
			}
		}
	}
}

// rank is where in the chain a step is; those taken back come last.
func rank(step string, reversed bool) int {
	i := slices.IndexFunc(steps, func(s Step) bool { return s.Name == step })
	if reversed {
		i += len(steps)
	}
	return i
}

// reaching leaves the edges on paths to what was asked for.
func (w *walk) reaching(edges []*Edge) []*Edge {
	if len(w.o.To) == 0 {
		return edges
	}
	arriving := make(map[Ref][]*Edge)
	reach := make(map[Ref]bool)
	var pending []Ref
	mark := func(r Ref) {
		if !reach[r] {
			reach[r] = true
			pending = append(pending, r)
		}
	}
	for _, e := range edges {
		arriving[e.To] = append(arriving[e.To], e)
		if w.wanted(e.To.Kind) {
			mark(e.To)
		}
	}
	for g, n := range w.unseen {
		if n > 0 && w.wanted(turn{stepNamed(g.step), g.out}.far()) {
			mark(Ref(g.near))
		}
	}
	for len(pending) > 0 {
		at := pending[0]
		pending = pending[1:]
		for _, e := range arriving[at] {
			mark(e.From)
		}
	}
	return slices.DeleteFunc(edges, func(e *Edge) bool { return !reach[e.To] })
}

func (w *walk) wanted(k vuln.Kind) bool {
	return slices.Contains(w.o.To, k) || k == vuln.KindMatchCriteria && slices.Contains(w.o.To, vuln.KindCPE)
}

// limited leaves as many edges of a step as the limit allows, those first that
// lead on, and notes how many more there are. They leave from one record, in the
// order of steps.
func (w *walk) limited(a *Answer, edges []*Edge, leaving map[Ref][]*Edge) []*Edge {
	var out []*Edge
	for len(edges) > 0 {
		first := edges[0]
		n := slices.IndexFunc(edges, func(e *Edge) bool { return e.Step != first.Step || e.Reversed != first.Reversed })
		if n < 0 {
			n = len(edges)
		}
		kept := n
		if w.limit >= 0 {
			kept = min(n, w.limit)
		}
		preferred := slices.Clone(edges[:n])
		slices.SortStableFunc(preferred, func(x, y *Edge) int {
			return min(len(leaving[y.To]), 1) - min(len(leaving[x.To]), 1)
		})
		for _, e := range edges[:n] {
			if slices.Contains(preferred[:kept], e) {
				out = append(out, e)
			}
		}
		edges = edges[n:]
		more := n - kept + w.unseen[group{store.Ref(first.From), first.Step, !first.Reversed}]
		if more > 0 {
			a.More = append(a.More, More{At: first.From, Step: first.Step, Reversed: first.Reversed, Kind: first.To.Kind, Count: more})
		}
	}
	return out
}

// common returns the mark that all statements have.
func common(all []Statement) Mark {
	for _, s := range all {
		if s.Mark != all[0].Mark {
			return ""
		}
	}
	return all[0].Mark
}

// Node returns the node of a record.
func (a *Answer) Node(r Ref) (Node, bool) {
	i := slices.IndexFunc(a.Nodes, func(n Node) bool { return n.Ref == r })
	if i < 0 {
		return Node{}, false
	}
	return a.Nodes[i], true
}

// Paths yields every path from the start to where it goes on no further, in the
// order of edges; none leads to one record twice. There may be very many.
func (a *Answer) Paths() iter.Seq[[]Edge] {
	return func(yield func([]Edge) bool) {
		leaving := a.leaving()
		var path []Edge
		on := map[Ref]bool{a.Start: true}
		var follow func(at Ref) bool
		follow = func(at Ref) bool {
			end := true
			for _, e := range leaving[at] {
				if on[e.To] {
					continue
				}
				end = false
				on[e.To] = true
				path = append(path, e)
				if !follow(e.To) {
					return false
				}
				path = path[:len(path)-1]
				delete(on, e.To)
			}
			return !end || len(path) == 0 || yield(slices.Clone(path))
		}
		follow(a.Start)
	}
}

func (a *Answer) leaving() map[Ref][]Edge {
	out := make(map[Ref][]Edge)
	for _, e := range a.Edges {
		out[e.From] = append(out[e.From], e)
	}
	return out
}

// byID orders records by kind, then by id with the numbers in it as numbers.
func byID(a, b store.Ref) int {
	return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), natural(a.ID, b.ID), strings.Compare(a.ID, b.ID))
}

// natural compares texts with runs of digits as numbers.
func natural(a, b string) int {
	for a != "" && b != "" {
		na, nb := figures(a), figures(b)
		if na > 0 && nb > 0 {
			x, y := strings.TrimLeft(a[:na], "0"), strings.TrimLeft(b[:nb], "0")
			if c := cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y)); c != 0 {
				return c
			}
			a, b = a[na:], b[nb:]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

// figures returns how many digits a text begins with.
func figures(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }
