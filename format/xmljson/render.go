package xmljson

import (
	"encoding/xml"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// renderer writes elements as JSON by one Mapping.
type renderer struct {
	depth      int
	home       string // the root's namespace
	namespaces map[string]string
	lists      map[string]bool // by parent/child
	parents    map[string]bool // of lists
}

func newRenderer(m Mapping) renderer {
	r := renderer{depth: m.Depth, namespaces: m.Namespaces, lists: make(map[string]bool), parents: make(map[string]bool)}
	for _, list := range m.Lists {
		parent, _, _ := strings.Cut(list, "/")
		r.lists[list], r.parents[parent] = true, true
	}
	return r
}

// name writes a resolved name.
func (r renderer) name(n xml.Name) string {
	if n.Space == "" || n.Space == XHTML || n.Space == r.home {
		return n.Local
	}
	prefix, known := r.namespaces[n.Space]
	switch {
	case !known:
		return "{" + n.Space + "}" + n.Local
	case prefix == "":
		return n.Local
	}
	return prefix + ":" + n.Local
}

// attributes returns those of a tag that are not declarations of namespaces.
func (r renderer) attributes(tag xml.StartElement) map[string]string {
	out := make(map[string]string)
	for _, a := range tag.Attr {
		if !declares(a) {
			out[r.name(a.Name)] = a.Value
		}
	}
	return out
}

func declares(a xml.Attr) bool {
	return a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns"
}

// element appends the JSON of an element.
func (r renderer) element(out []byte, n *node) []byte {
	object := members{out: out}
	for _, a := range n.tag.Attr {
		if !declares(a) {
			object.text("@"+r.name(a.Name), a.Value)
		}
	}
	children, text := n.children(), n.text()
	if object.count == 0 && len(children) == 0 && (text != "" || !r.parents[r.name(n.tag.Name)]) {
		return quoted(out, text)
	}
	switch {
	case n.mixed():
		object.text("#markup", r.markup(n))
	case len(children) > 0:
		r.children(&object, r.name(n.tag.Name), children)
	case text != "":
		object.text("#text", text)
	}
	return object.close()
}

// children appends the members of an element that is not mixed.
func (r renderer) children(object *members, parent string, children []*node) {
	var names, order []string
	byName := make(map[string][]*node)
	apart := false
	for _, child := range children {
		name := r.name(child.tag.Name)
		if byName[name] == nil {
			names = append(names, name)
		} else if order[len(order)-1] != name {
			apart = true
		}
		byName[name] = append(byName[name], child)
		order = append(order, name)
	}
	for _, name := range names {
		object.name(name)
		same := byName[name]
		if len(same) == 1 && !r.lists[parent+"/"+name] {
			object.out = r.element(object.out, same[0])
			continue
		}
		object.out = append(object.out, '[')
		for i, child := range same {
			if i > 0 {
				object.out = append(object.out, ',')
			}
			object.out = r.element(object.out, child)
		}
		object.out = append(object.out, ']')
	}
	if apart {
		object.name("#order")
		object.out = append(object.out, '[')
		for i, name := range order {
			if i > 0 {
				object.out = append(object.out, ',')
			}
			object.out = quoted(object.out, name)
		}
		object.out = append(object.out, ']')
	}
}

// members writes the object of an element. A name that XML lets occur twice,
// as an attribute of two namespaces with one prefix, gets marks until it is new.
type members struct {
	out   []byte
	used  []string
	count int
}

func (m *members) name(name string) {
	for slices.Contains(m.used, name) {
		name += "'"
	}
	m.used = append(m.used, name)
	if m.count == 0 {
		m.out = append(m.out, '{')
	} else {
		m.out = append(m.out, ',')
	}
	m.count++
	m.out = append(quoted(m.out, name), ':')
}

func (m *members) text(name, value string) {
	m.name(name)
	m.out = quoted(m.out, value)
}

func (m *members) close() []byte {
	if m.count == 0 {
		m.out = append(m.out, '{')
	}
	return append(m.out, '}')
}

// quoted appends a JSON string. XML is valid UTF-8 once it was read.
func quoted(out []byte, s string) []byte {
	out, err := jsontext.AppendQuote(out, s)
	if err != nil {
		panic("xmljson: text that is not UTF-8 passed the XML decoder: " + err.Error())
	}
	return out
}
