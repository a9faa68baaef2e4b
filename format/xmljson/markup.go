package xmljson

import (
	"encoding/xml"
	"strings"
)

// In text only these need escapes; inside a tag the quote does as well.
var (
	escapeText  = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	escapeValue = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")
)

// markup writes the content of an element as markup.
func (r renderer) markup(n *node) string {
	var out strings.Builder
	r.content(&out, n)
	return strings.TrimSpace(out.String())
}

func (r renderer) content(out *strings.Builder, n *node) {
	for _, p := range n.content {
		if p.child == nil {
			escapeText.WriteString(out, p.text) //nolint:errcheck // a Builder takes everything
			continue
		}
		name := r.name(p.child.tag.Name)
		out.WriteString("<" + name)
		r.values(out, p.child.tag.Attr)
		if len(p.child.content) == 0 {
			out.WriteString("/>")
			continue
		}
		out.WriteByte('>')
		r.content(out, p.child)
		out.WriteString("</" + name + ">")
	}
}

func (r renderer) values(out *strings.Builder, attributes []xml.Attr) {
	for _, a := range attributes {
		if !declares(a) {
			out.WriteString(" " + r.name(a.Name) + `="` + escapeValue.Replace(a.Value) + `"`)
		}
	}
}
