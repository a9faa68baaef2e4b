package d3fend

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	rdfNamespace = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	xmlNamespace = "http://www.w3.org/XML/1998/namespace"
)

// rdfxml parses RDF/XML (https://www.w3.org/TR/rdf-syntax-grammar/), in which
// elements are nodes and the properties of nodes by turns.
type rdfxml struct {
	dec   *xml.Decoder
	graph *graph
	base  string
}

// readRDFXML reads an RDF/XML document.
func readRDFXML(in *bufio.Reader) (*graph, error) {
	x := &rdfxml{dec: xml.NewDecoder(in), graph: newGraph()}
	x.dec.Entity = make(map[string]string)
	if err := x.document(); err != nil {
		line, _ := x.dec.InputPos()
		return nil, &FormatError{fmt.Sprintf("line %d", line), err}
	}
	return x.graph, nil
}

func (x *rdfxml) document() error {
	root := false
	for {
		token, err := x.dec.Token()
		switch {
		case errors.Is(err, io.EOF) && root:
			return nil
		case errors.Is(err, io.EOF):
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		}
		switch t := token.(type) {
		case xml.Directive:
			x.entities(string(t))
		case xml.StartElement:
			if t.Name != (xml.Name{Space: rdfNamespace, Local: "RDF"}) {
				return fmt.Errorf("the root is <%s>, expected <rdf:RDF>", t.Name.Local)
			}
			root = true
			x.base, _ = attribute(t, xmlNamespace, "base")
			if err := x.nodes(); err != nil {
				return err
			}
		}
	}
}

var entity = regexp.MustCompile(`<!ENTITY\s+([\w.-]+)\s+(?:"([^"&]*)"|'([^'&]*)')\s*>`)

// entities takes over the abbreviations of namespaces that editors declare. They
// cannot refer to each other, and so not grow.
func (x *rdfxml) entities(directive string) {
	for _, match := range entity.FindAllStringSubmatch(directive, -1) {
		x.dec.Entity[match[1]] = match[2] + match[3]
	}
}

// nodes reads elements that are nodes, up to the end of the one around them.
func (x *rdfxml) nodes() error {
	for {
		token, err := x.dec.Token()
		if err != nil {
			return ended(err)
		}
		switch t := token.(type) {
		case xml.EndElement:
			return nil
		case xml.StartElement:
			if _, err := x.node(t, 0); err != nil {
				return err
			}
		}
	}
}

// node reads an element that is a node, and returns it as the value of a
// property: a reference, or, when it has no name, the node.
func (x *rdfxml) node(tag xml.StartElement, depth int) (jsontext.Value, error) {
	if depth > 50 {
		return nil, errors.New("elements are nested more than 50 deep")
	}
	name, n := x.name(tag), make(node)
	if name != "" {
		n = x.graph.node(name)
	}
	if tag.Name != (xml.Name{Space: rdfNamespace, Local: "Description"}) {
		n.add("@type", quote(compact(tag.Name.Space+tag.Name.Local)))
	}
	for _, a := range tag.Attr {
		switch {
		case a.Name.Space == rdfNamespace && a.Name.Local == "type":
			n.add("@type", quote(compact(a.Value)))
		case a.Name.Space != "" && a.Name.Space != "xmlns" && a.Name.Space != rdfNamespace && a.Name.Space != xmlNamespace:
			n.add(compact(a.Name.Space+a.Name.Local), quote(a.Value))
		}
	}
	if err := x.properties(n, depth); err != nil {
		return nil, err
	}
	if name != "" {
		return reference(name), nil
	}
	return n.embedded()
}

// name returns the name or label that an element gives its node, "" for none.
func (x *rdfxml) name(tag xml.StartElement) string {
	if iri, ok := attribute(tag, rdfNamespace, "about"); ok {
		return compact(x.resolve(iri))
	}
	if id, ok := attribute(tag, rdfNamespace, "ID"); ok {
		return compact(x.resolve("#" + id))
	}
	if label, ok := attribute(tag, rdfNamespace, "nodeID"); ok {
		return "_:" + label
	}
	return ""
}

// properties reads the elements inside a node, up to its end.
func (x *rdfxml) properties(n node, depth int) error {
	for {
		token, err := x.dec.Token()
		if err != nil {
			return ended(err)
		}
		switch t := token.(type) {
		case xml.EndElement:
			return nil
		case xml.StartElement:
			property := compact(t.Name.Space + t.Name.Local)
			value, err := x.value(t, depth)
			if err != nil {
				return err
			}
			if property == "rdf:type" {
				property, value = "@type", quote(named(value))
			}
			n.add(property, value)
		}
	}
}

// value reads an element that is a property, and returns its value.
func (x *rdfxml) value(tag xml.StartElement, depth int) (jsontext.Value, error) {
	if iri, ok := attribute(tag, rdfNamespace, "resource"); ok {
		return reference(compact(x.resolve(iri))), x.dec.Skip()
	}
	if label, ok := attribute(tag, rdfNamespace, "nodeID"); ok {
		return reference("_:" + label), x.dec.Skip()
	}
	switch kind, _ := attribute(tag, rdfNamespace, "parseType"); kind {
	case "Resource":
		n := make(node)
		if depth > 50 {
			return nil, errors.New("elements are nested more than 50 deep")
		}
		if err := x.properties(n, depth+1); err != nil {
			return nil, err
		}
		return n.embedded()
	case "Collection":
		return x.collection(depth)
	}
	return x.content(tag, depth)
}

func (x *rdfxml) collection(depth int) (jsontext.Value, error) {
	var elements []jsontext.Value
	for {
		token, err := x.dec.Token()
		if err != nil {
			return nil, ended(err)
		}
		switch t := token.(type) {
		case xml.EndElement:
			return slices.Concat(jsontext.Value(`{"@list":`), array(elements), jsontext.Value("}")), nil
		case xml.StartElement:
			element, err := x.node(t, depth+1)
			if err != nil {
				return nil, err
			}
			elements = append(elements, element)
		}
	}
}

// content reads a text, or a node that stands where it is referred to.
func (x *rdfxml) content(tag xml.StartElement, depth int) (jsontext.Value, error) {
	var chars strings.Builder
	var inner jsontext.Value
	for {
		token, err := x.dec.Token()
		if err != nil {
			return nil, ended(err)
		}
		switch t := token.(type) {
		case xml.CharData:
			chars.Write(t)
		case xml.StartElement:
			if inner, err = x.node(t, depth+1); err != nil {
				return nil, err
			}
		case xml.EndElement:
			if inner != nil {
				return inner, nil
			}
			datatype, _ := attribute(tag, rdfNamespace, "datatype")
			language, _ := attribute(tag, xmlNamespace, "lang")
			return literal(chars.String(), compact(datatype), language), nil
		}
	}
}

func (x *rdfxml) resolve(iri string) string {
	if iri == "" || strings.HasPrefix(iri, "#") {
		return strings.TrimSuffix(x.base, "#") + iri
	}
	return iri
}

func attribute(tag xml.StartElement, space, local string) (string, bool) {
	for _, a := range tag.Attr {
		if a.Name.Local == local && (a.Name.Space == space || a.Name.Space == "xml" && space == xmlNamespace) {
			return a.Value, true
		}
	}
	return "", false
}
