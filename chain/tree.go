package chain

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"vulnmirror/vuln"
)

// WriteTree writes the answer for people, in UTF-8: a line a record, below the one
// that leads to it, with the reason. An arrow tells who stated it: → the record
// above, ← the one in the line, · neither. What a record leads to is written in the
// one place that is nearest to the start.
func (a *Answer) WriteTree(out io.Writer) error {
	t := tree{
		Writer: bufio.NewWriter(out), leaving: a.leaving(),
		nodes: make(map[Ref]Node), more: make(map[Ref][]More), home: make(map[Ref]Ref), met: make(map[Ref]bool),
	}
	for _, n := range a.Nodes {
		t.nodes[n.Ref] = n
	}
	for _, m := range a.More {
		t.more[m.At] = append(t.more[m.At], m)
	}
	for _, e := range a.Edges {
		if _, has := t.home[e.To]; !has && e.To != a.Start {
			t.home[e.To] = e.From
		}
	}
	t.text(t.nodes[a.Start].name() + t.nodes[a.Start].about() + "\n")
	t.below(a.Start, "")
	for i, w := range a.Warnings {
		if i == 0 {
			t.text("\n")
		}
		t.text(strings.Map(printable, "warning: "+w.Source+": "+w.Text) + "\n")
	}
	return t.Flush()
}

// tree is a tree being written. What fails fails at Flush.
type tree struct {
	*bufio.Writer
	leaving map[Ref][]Edge
	nodes   map[Ref]Node
	more    map[Ref][]More
	home    map[Ref]Ref  // below which record it is written what one leads to
	met     map[Ref]bool // that was written
}

func (t *tree) text(s string) { fmt.Fprint(t.Writer, s) }

// name is how people know a record. Some kinds have the identifiers of CVE, and
// those of match criteria and scores tell nothing.
func (n Node) name() string {
	name := n.ID
	switch n.Kind {
	case vuln.KindKEV:
		name = "KEV " + n.ID
	case vuln.KindMSRC:
		name = "MSRC " + n.ID
	case vuln.KindMSKB:
		name = "KB" + n.ID
	case vuln.KindMatchCriteria, vuln.KindEPSS:
		name = cmp.Or(n.Title, n.ID)
	}
	return strings.Map(printable, name)
}

// about is what is said of a record beside its name.
func (n Node) about() string {
	var out string
	if title := strings.Map(printable, n.Title); title != "" && title != n.name() {
		out = "  " + title
	}
	switch {
	case n.Missing:
		out += "  (not held)"
	case n.Withdrawn:
		out += "  (withdrawn)"
	case n.Status != "":
		out += "  (" + strings.Map(printable, n.Status) + ")"
	}
	return out
}

// printable keeps what upstream writes from moving the cursor.
func printable(r rune) rune {
	if unicode.IsControl(r) {
		return ' '
	}
	return r
}

// below writes what a record leads to.
func (t *tree) below(at Ref, indent string) {
	t.met[at] = true
	all := t.items(at)
	for i, x := range all {
		branch, deeper := "├─ ", "│  "
		if i == len(all)-1 {
			branch, deeper = "└─ ", "   "
		}
		if x.more > 0 {
			t.text(indent + branch + "… and " + grouped(x.more) + " more\n")
			continue
		}
		to, where := x.edge.To, ""
		here := !t.met[to] && t.home[to] == at
		if leads := len(t.leaving[to])+len(t.more[to]) > 0; leads && t.met[to] {
			where = "  (see above)"
		} else if leads && !here {
			where = "  (see below)"
		}
		n := t.nodes[to]
		t.text(indent + branch + n.name() + n.about() + "  " + x.edge.why() + where + "\n")
		if here {
			t.below(to, indent+deeper)
		}
	}
}

// item is a line of a tree: an edge, or how many more there are.
type item struct {
	edge Edge
	more int
}

// items lists what a record leads to, step by step.
func (t *tree) items(at Ref) []item {
	more := slices.Clone(t.more[at])
	var out []item
	edges := t.leaving[at]
	for i, e := range edges {
		out = append(out, item{edge: e})
		if i < len(edges)-1 && edges[i+1].Step == e.Step && edges[i+1].Reversed == e.Reversed {
			continue
		}
		more = slices.DeleteFunc(more, func(m More) bool {
			of := m.Step == e.Step && m.Reversed == e.Reversed
			if of {
				out = append(out, item{more: m.Count})
			}
			return of
		})
	}
	for _, m := range more {
		out = append(out, item{more: m.Count})
	}
	return out
}

// why is the reason of a step in a line.
func (e Edge) why() string {
	var reasons []string
	for _, s := range e.Statements {
		reasons = append(reasons, s.why(e))
	}
	if len(reasons) > 3 {
		reasons = append(reasons[:3], fmt.Sprintf("and %d more", len(e.Statements)-3))
	}
	return "[" + strings.Join(reasons, "; ") + "]"
}

func (s Statement) why(e Edge) string {
	out := "· "
	switch s.By {
	case e.From:
		out = "→ "
	case e.To:
		out = "← "
	}
	out += s.Rule
	if s.Scorer != "" {
		out += " by " + s.Scorer
	}
	if s.Names != "" {
		out += ", as " + s.Names
	}
	if s.Mark != "" && string(s.Mark) != s.Rule {
		out += ", " + string(s.Mark)
	}
	out += ", " + s.Source
	if s.Version != "" {
		out += " " + s.Version
	}
	return strings.Map(printable, out)
}

// grouped spells a number with a comma every three digits.
func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
