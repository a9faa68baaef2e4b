package xmljson

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// node is one element as read.
type node struct {
	tag     xml.StartElement
	content []piece
}

// piece is a child element, or the text before the next one.
type piece struct {
	child *node
	text  string
}

// read reads an element from after its start tag to its end tag.
func (r *Reader) read(tag xml.StartElement, depth int) (*node, error) {
	if depth > deepest {
		return nil, fmt.Errorf("more than %d elements inside each other", deepest)
	}
	n := &node{tag: tag.Copy()}
	for {
		token, err := r.dec.Token()
		if errors.Is(err, io.EOF) {
			return nil, io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			child, err := r.read(token, depth+1)
			if err != nil {
				return nil, err
			}
			n.content = append(n.content, piece{child: child})
		case xml.CharData:
			n.add(string(token))
		case xml.EndElement:
			return n, nil
		}
	}
}

// add appends text; a comment may have cut it in two.
func (n *node) add(text string) {
	if last := len(n.content) - 1; last >= 0 && n.content[last].child == nil {
		n.content[last].text += text
		return
	}
	n.content = append(n.content, piece{text: text})
}

// children returns the elements of the content.
func (n *node) children() []*node {
	var out []*node
	for _, p := range n.content {
		if p.child != nil {
			out = append(out, p.child)
		}
	}
	return out
}

// text returns the content's text without the white space at its ends.
func (n *node) text() string {
	var out strings.Builder
	for _, p := range n.content {
		out.WriteString(p.text)
	}
	return strings.TrimSpace(out.String())
}

// mixed reports whether text and elements stand side by side.
func (n *node) mixed() bool {
	elements := n.children()
	for _, child := range elements {
		if child.tag.Name.Space == XHTML {
			return true
		}
	}
	return len(elements) > 0 && n.text() != ""
}
