package publishers

import (
	"bytes"
	"fmt"
	"strings"
)

// graph is an ontology, node by node.
type graph []node

// node is what is said about one thing; names have prefixes, or are whole.
type node struct {
	name, class string
	says        []statement
}

// statement is a property with a text, a node, or a restriction: that the verb
// holds towards some of that node.
type statement struct {
	property string
	text     string
	datatype string // of the text
	node     string
	verb     string
}

// prefixes of names, in the order they are written.
var prefixes = [][2]string{
	{"d3f", spaceD3F},
	{"dcterms", "http://purl.org/dc/terms/"},
	{"owl", "http://www.w3.org/2002/07/owl#"},
	{"rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"},
	{"rdfs", "http://www.w3.org/2000/01/rdf-schema#"},
	{"xsd", "http://www.w3.org/2001/XMLSchema#"},
}

// whole is a name without prefix.
func whole(name string) string {
	for _, p := range prefixes {
		if rest, ok := strings.CutPrefix(name, p[0]+":"); ok {
			return p[1] + rest
		}
	}
	return name
}

// jsonLD writes restrictions as nodes of their own, as upstream does.
func (g graph) jsonLD() []byte {
	context := object{}
	for _, p := range prefixes {
		context = append(context, p[0], p[1])
	}
	nodes := []object{}
	for i, n := range g {
		var blank []object
		values := map[string][]any{}
		var order []string
		for j, s := range n.says {
			if values[s.property] == nil {
				order = append(order, s.property)
			}
			label := fmt.Sprintf("_:N%04x%02x", i, j)
			values[s.property] = append(values[s.property], s.json(label))
			if s.verb != "" {
				blank = append(blank, object{
					"@id", label, "@type", "owl:Restriction",
					"owl:onProperty",
					object{"@id", s.verb},
					"owl:someValuesFrom",
					object{"@id", s.node},
				})
			}
		}
		o := object{"@id", n.name, "@type", n.class}
		for _, property := range order {
			if v := values[property]; len(v) == 1 {
				o = append(o, property, v[0])
			} else {
				o = append(o, property, v)
			}
		}
		nodes = append(append(nodes, o), blank...)
	}
	return indented(object{"@context", context, "@graph", nodes})
}

func (s statement) json(label string) any {
	switch {
	case s.verb != "":
		return object{"@id", label}
	case s.node != "":
		return object{"@id", s.node}
	case s.datatype != "":
		return object{"@type", s.datatype, "@value", s.text}
	}
	return s.text
}

func (g graph) turtle() []byte {
	var out bytes.Buffer
	for _, p := range prefixes {
		fmt.Fprintf(&out, "@prefix %s: <%s> .\n", strings.Replace(p[0], "d3f", "", 1), p[1])
	}
	for _, n := range g {
		fmt.Fprintf(&out, "\n%s a %s", short(n.name), n.class)
		for _, s := range n.says {
			fmt.Fprintf(&out, " ;\n    %s %s", short(s.property), s.turtle())
		}
		out.WriteString(" .\n")
	}
	return out.Bytes()
}

func (s statement) turtle() string {
	switch {
	case s.verb != "":
		return fmt.Sprintf("[ a owl:Restriction ;\n            owl:onProperty %s ;\n            owl:someValuesFrom %s ]", short(s.verb), short(s.node))
	case s.node != "":
		return short(s.node)
	}
	text := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s.text) + `"`
	if s.datatype != "" {
		text += "^^" + s.datatype
	}
	return text
}

// short is a name as Turtle has it, where D3FEND's own have an empty prefix.
func short(name string) string {
	if strings.HasPrefix(name, "http") {
		return "<" + name + ">"
	}
	return strings.TrimPrefix(name, "d3f")
}

func (g graph) rdfXML() []byte {
	root := el("rdf:RDF", "xmlns", spaceD3F, "xml:base", strings.TrimSuffix(spaceD3F, "#"))
	for _, p := range prefixes[1:] {
		root.attrs = append(root.attrs, "xmlns:"+p[0], p[1])
	}
	for _, n := range g {
		e := el(n.class, "rdf:about", whole(n.name))
		for _, s := range n.says {
			e = e.with(s.xml())
		}
		root = root.with(e)
	}
	return inXML(`<?xml version="1.0"?>`, root)()
}

func (s statement) xml() element {
	name := strings.TrimPrefix(s.property, "d3f:")
	switch {
	case s.verb != "":
		return el(name).with(el("owl:Restriction").with(
			el("owl:onProperty", "rdf:resource", whole(s.verb)), el("owl:someValuesFrom", "rdf:resource", whole(s.node))))
	case s.node != "":
		return el(name, "rdf:resource", whole(s.node))
	case s.datatype != "":
		return el(name, "rdf:datatype", whole(s.datatype)).say(s.text)
	}
	return el(name).say(s.text)
}
