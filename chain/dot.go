package chain

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// WriteDOT writes the answer as a graph in the language of Graphviz
// (https://graphviz.org/doc/info/lang.html). Records that are not held, withdrawn
// or given up are grey, weaker connections are dashed; edges lead away from the
// start.
func (a *Answer) WriteDOT(out io.Writer) error {
	w := bufio.NewWriter(out)
	fmt.Fprintln(w, "digraph chain {\n\trankdir=LR;\n\tnode [shape=box];")
	more := make(map[Ref][]string)
	for _, m := range a.More {
		more[m.At] = append(more[m.At], fmt.Sprintf("%s more of kind %s", grouped(m.Count), m.Kind))
	}
	for _, n := range a.Nodes {
		lines := append([]string{n.name(), strings.TrimSpace(n.about())}, more[n.Ref]...)
		if lines[1] == "" {
			lines = append(lines[:1], lines[2:]...)
		}
		look := ""
		if n.Missing || n.Withdrawn || n.Status != "" {
			look = ", color=grey, fontcolor=grey"
		}
		fmt.Fprintf(w, "\t%s [label=%s%s];\n", quoted(n.Ref.String()), quoted(strings.Join(lines, "\n")), look)
	}
	for _, e := range a.Edges {
		var reasons []string
		for _, s := range e.Statements {
			reasons = append(reasons, s.why(e))
		}
		look := ""
		if e.Mark != "" {
			look = ", style=dashed"
		}
		fmt.Fprintf(w, "\t%s -> %s [label=%s%s];\n", quoted(e.From.String()), quoted(e.To.String()), quoted(strings.Join(reasons, "\n")), look)
	}
	fmt.Fprintln(w, "}")
	return w.Flush()
}

// quoted writes a string as DOT has it: a backslash begins an escape in labels.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", "").Replace(s) + `"`
}
