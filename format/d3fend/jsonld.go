package d3fend

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
)

// readJSON reads JSON-LD as upstream writes it: a context of prefixes, and a
// graph of nodes (https://www.w3.org/TR/json-ld11/, flattened and compacted).
func readJSON(r *bufio.Reader) (*graph, error) {
	list := jsonlist.NewReader(r, "@graph")
	g := newGraph()
	for {
		body, err := list.Next()
		if errors.Is(err, io.EOF) {
			return g, knownContext(list.Header("@context"))
		}
		if err != nil {
			return nil, &FormatError{"@graph", err}
		}
		if err := g.addObject(body); err != nil {
			return nil, &FormatError{"@graph", err}
		}
	}
}

// knownContext makes sure that the prefix d3f means what it should: names are
// not expanded.
func knownContext(context jsontext.Value) error {
	var names map[string]jsontext.Value
	if err := json.Unmarshal(context, &names); err != nil {
		return &FormatError{"@context", errors.New("no object of prefixes")}
	}
	if iri, _ := text(names["d3f"]); iri != namespace {
		return &FormatError{"@context", fmt.Errorf("the prefix d3f is %q, expected %s", iri, namespace)}
	}
	return nil
}

// addObject takes over one node of the graph.
func (g *graph) addObject(body []byte) error {
	var members map[string]jsontext.Value
	if err := jsonlist.Unmarshal(body, &members); err != nil {
		return err
	}
	name, ok := text(members["@id"])
	if !ok || name == "" {
		return fmt.Errorf("a node has no @id: %.80s", body)
	}
	n := g.node(compact(name))
	for property, of := range members {
		if property == "@id" {
			continue
		}
		for _, value := range values(of) {
			n.add(compact(property), plainValue(property, value))
		}
	}
	return nil
}

// plainValue writes a value the way that all forms share.
func plainValue(property string, value jsontext.Value) jsontext.Value {
	if name, ok := text(value); ok && property == "@type" {
		return quote(compact(name))
	}
	if value.Kind() != '{' {
		return bytes.Clone(value)
	}
	var members map[string]jsontext.Value
	if jsonlist.Unmarshal(value, &members) != nil {
		return bytes.Clone(value)
	}
	if name, ok := text(members["@id"]); ok && len(members) == 1 {
		return reference(compact(name))
	}
	if s, ok := text(members["@value"]); ok {
		datatype, _ := text(members["@type"])
		language, _ := text(members["@language"])
		return literal(s, compact(datatype), language)
	}
	return bytes.Clone(value)
}
