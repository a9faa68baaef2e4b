package d3fend

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// listMember is the member of a body that has a technique's row.
const listMember = "d3fend.csv"

// readList reads d3fend.csv. It has no names of classes: they are the labels
// without their spaces. A technique is below the one that stands one column to
// the left, in the nearest row above.
func readList(in io.Reader) (*graph, error) {
	table := csv.NewReader(in)
	head, err := table.Read()
	if err != nil {
		return nil, &FormatError{"line 1", ended(err)}
	}
	columns := make(map[string]int)
	var levels []int
	for i, name := range head {
		columns[name] = i
		if strings.HasPrefix(name, "D3FEND Technique") {
			levels = append(levels, i)
		}
	}
	for _, must := range []string{"ID", "D3FEND Tactic", "D3FEND Technique", "Definition"} {
		if _, ok := columns[must]; !ok {
			return nil, &FormatError{"line 1", fmt.Errorf("no column %q", must)}
		}
	}
	g := newGraph()
	above := make([]string, len(levels))
	for {
		fields, err := table.Read()
		if errors.Is(err, io.EOF) {
			return g, nil
		}
		if err != nil {
			return nil, &FormatError{"row " + fmt.Sprint(len(g.names)+1), err}
		}
		depth := slices.IndexFunc(levels, func(i int) bool { return fields[i] != "" })
		if depth < 0 {
			return nil, &FormatError{"row " + fmt.Sprint(len(g.names)+1), errors.New("no technique")}
		}
		label := fields[levels[depth]]
		above[depth] = nameOf(label)
		parent := "d3f:DefensiveTechnique"
		if depth > 0 {
			parent = above[depth-1]
		}
		n := g.node(above[depth])
		n.add("@type", quote("owl:Class"))
		n.add("rdfs:label", quote(label))
		n.add("rdfs:subClassOf", reference(parent))
		n.add("d3f:d3fend-id", quote(fields[columns["ID"]]))
		if tactic := fields[columns["D3FEND Tactic"]]; tactic != "" {
			n.add("d3f:enables", reference(nameOf(tactic)))
		}
		if definition := fields[columns["Definition"]]; definition != "" {
			n.add("d3f:definition", quote(definition))
		}
		row, err := rowObject(head, fields)
		if err != nil {
			return nil, &FormatError{"row " + fmt.Sprint(len(g.names)), err}
		}
		n.add(listMember, row)
	}
}

func rowObject(head, fields []string) (jsontext.Value, error) {
	row := make(map[string]string)
	for i, name := range head {
		row[name] = fields[i]
	}
	return json.Marshal(row, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
}

func nameOf(label string) string { return "d3f:" + strings.Join(strings.Fields(label), "") }
