package d3fend

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// bodyLimit bounds a body, and so how often a nameless node may be repeated; the
// largest of upstream's have 10 KiB.
const bodyLimit = 1 << 20

// node is a node of the graph: values by property, properties with a prefix. The
// property "@type" has names, any other JSON-LD's values: texts, numbers, truth
// values, {"@id"}, {"@value", "@type" or "@language"}, {"@list"}, or a node
// without name.
type node map[string][]jsontext.Value

func (n node) add(property string, value jsontext.Value) {
	n[property] = append(n[property], value)
}

// graph holds nodes by name, those without one by "_:" and a label.
type graph struct {
	names []string // in the order they were met first
	nodes map[string]node
}

func newGraph() *graph { return &graph{nodes: make(map[string]node)} }

// node returns the node of that name, new if it was not met yet.
func (g *graph) node(name string) node {
	n, ok := g.nodes[name]
	if !ok {
		n = make(node)
		g.nodes[name] = n
		g.names = append(g.names, name)
	}
	return n
}

// body renders a named node.
func (g *graph) body(name string) ([]byte, error) {
	left := bodyLimit
	out, err := g.object(name, g.nodes[name], nil, &left)
	if err != nil {
		return nil, err
	}
	if err := out.Canonicalize(); err != nil {
		return nil, err
	}
	return out, nil
}

// object renders a node as a JSON object. open are the labels of the nameless
// nodes it is inside of, left how many bytes the body may still have.
func (g *graph) object(name string, n node, open []string, left *int) (jsontext.Value, error) {
	members := make(map[string]jsontext.Value)
	if name != "" {
		members["@id"] = quote(name)
	}
	for property, values := range n {
		rendered := make([]jsontext.Value, len(values))
		for i, value := range values {
			var err error
			if rendered[i], err = g.value(value, open, left); err != nil {
				return nil, err
			}
			if *left -= len(rendered[i]); *left < 0 {
				return nil, fmt.Errorf("more than %d MiB", bodyLimit>>20)
			}
		}
		slices.SortFunc(rendered, func(a, b jsontext.Value) int { return bytes.Compare(a, b) })
		rendered = slices.CompactFunc(rendered, func(a, b jsontext.Value) bool { return bytes.Equal(a, b) })
		if len(rendered) == 1 {
			members[property] = rendered[0]
		} else {
			members[property] = array(rendered)
		}
	}
	return json.Marshal(members, json.Deterministic(true))
}

// value renders a value of a property, canonically so that values compare.
func (g *graph) value(value jsontext.Value, open []string, left *int) (jsontext.Value, error) {
	out := value
	if value.Kind() == '{' {
		var members map[string]jsontext.Value
		if err := json.Unmarshal(value, &members); err != nil {
			return nil, err
		}
		var err error
		if out, err = g.nested(value, members, open, left); err != nil {
			return nil, err
		}
	}
	out = slices.Clone(out)
	if err := out.Canonicalize(); err != nil {
		return nil, err
	}
	return out, nil
}

func (g *graph) nested(value jsontext.Value, members map[string]jsontext.Value, open []string, left *int) (jsontext.Value, error) {
	if _, literal := members["@value"]; literal {
		return value, nil
	}
	if list, ok := members["@list"]; ok {
		return g.list(list, open, left)
	}
	if len(open) > 50 {
		return nil, errors.New("nodes without names are nested more than 50 deep")
	}
	label, named := text(members["@id"])
	switch {
	case named && !strings.HasPrefix(label, "_:"):
		return value, nil
	case named && slices.Contains(open, label):
		return nil, errors.New("a node without a name contains itself")
	}
	n := g.nameless(label, members)
	open = append(slices.Clip(open), label)
	if elements, ok := g.elements(n); ok {
		return g.list(array(elements), open, left)
	}
	return g.object("", n, open, left)
}

// nameless returns the node of that label, or the one whose members stand where
// it is referred to.
func (g *graph) nameless(label string, members map[string]jsontext.Value) node {
	if label != "" {
		return g.nodes[label]
	}
	n := make(node)
	for property, of := range members {
		n[property] = values(of)
	}
	return n
}

// elements returns what a list has that is written as a chain of nodes
// (https://www.w3.org/TR/rdf-schema/#ch_collectionvocab), as not every form has
// lists of its own.
func (g *graph) elements(n node) ([]jsontext.Value, bool) {
	var out []jsontext.Value
	for links := 0; len(n["rdf:first"]) == 1 && len(n["rdf:rest"]) == 1 && links < 10_000; links++ {
		out = append(out, n["rdf:first"][0])
		rest := n["rdf:rest"][0]
		name := named(rest)
		if name == "rdf:nil" {
			return out, true
		}
		var members map[string]jsontext.Value
		if rest.Kind() != '{' || json.Unmarshal(rest, &members) != nil {
			return nil, false
		}
		n = g.nameless(name, members)
	}
	return nil, false
}

func (g *graph) list(list jsontext.Value, open []string, left *int) (jsontext.Value, error) {
	elements := values(list)
	for i, element := range elements {
		var err error
		if elements[i], err = g.value(element, append(slices.Clip(open), ""), left); err != nil {
			return nil, err
		}
	}
	return slices.Concat(jsontext.Value(`{"@list":`), array(elements), jsontext.Value("}")), nil
}

// values returns the elements of an array, or the one value there is.
func values(value jsontext.Value) []jsontext.Value {
	var out []jsontext.Value
	if value.Kind() != '[' || json.Unmarshal(value, &out) != nil {
		return []jsontext.Value{value}
	}
	return out
}

func array(elements []jsontext.Value) jsontext.Value {
	out := jsontext.Value{'['}
	for i, element := range elements {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, element...)
	}
	return append(out, ']')
}

// text returns a JSON string's text.
func text(value jsontext.Value) (string, bool) {
	var s string
	return s, value.Kind() == '"' && json.Unmarshal(value, &s) == nil
}

func quote(s string) jsontext.Value {
	out, _ := jsontext.AppendQuote(nil, strings.ToValidUTF8(s, "\ufffd"))
	return out
}

// reference is a value that is another node.
func reference(name string) jsontext.Value {
	return slices.Concat(jsontext.Value(`{"@id":`), quote(name), jsontext.Value("}"))
}

// whole numbers are those that JSON spells the same and no reader rounds.
var whole = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,14})$`)

// literal is a value that is a text of a datatype or in a language. JSON's own
// types stand for what they are in JSON-LD.
func literal(s, datatype, language string) jsontext.Value {
	switch {
	case language != "":
		return slices.Concat(jsontext.Value(`{"@language":`), quote(language), jsontext.Value(`,"@value":`), quote(s), jsontext.Value("}"))
	case datatype == "" || datatype == "xsd:string":
		return quote(s)
	case datatype == "xsd:boolean" && (s == "true" || s == "false"), datatype == "xsd:integer" && whole.MatchString(s):
		return jsontext.Value(s)
	}
	return slices.Concat(jsontext.Value(`{"@type":`), quote(datatype), jsontext.Value(`,"@value":`), quote(s), jsontext.Value("}"))
}
