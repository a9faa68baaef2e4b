package publishers

import (
	"bytes"
	"encoding/xml"
)

// element is an XML element, with a text or with elements in it.
type element struct {
	name  string
	attrs []string // names and values by turns
	text  string
	in    []element
}

// el makes an element of its name and attributes.
func el(name string, attrs ...string) element { return element{name: name, attrs: attrs} }

func (e element) say(text string) element {
	e.text = text
	return e
}

func (e element) with(in ...element) element {
	e.in = append(e.in[:len(e.in):len(e.in)], in...)
	return e
}

// inXML writes a document when it is asked for; declared is its first line.
func inXML(declared string, root element) func() []byte {
	return func() []byte {
		out := bytes.NewBufferString(declared + "\n")
		root.write(out, "")
		return out.Bytes()
	}
}

func (e element) write(out *bytes.Buffer, margin string) {
	out.WriteString(margin + "<" + e.name)
	for i := 0; i < len(e.attrs); i += 2 {
		out.WriteString(" " + e.attrs[i] + `="` + escaped(e.attrs[i+1]) + `"`)
	}
	if e.text == "" && len(e.in) == 0 {
		out.WriteString("/>\n")
		return
	}
	out.WriteString(">" + escaped(e.text))
	if len(e.in) > 0 {
		out.WriteString("\n")
		for _, in := range e.in {
			in.write(out, margin+"   ")
		}
		out.WriteString(margin)
	}
	out.WriteString("</" + e.name + ">\n")
}

func escaped(s string) string {
	var out bytes.Buffer
	must(xml.EscapeText(&out, []byte(s)))
	return out.String()
}
