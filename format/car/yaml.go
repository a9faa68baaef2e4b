package car

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// nestingLimit bounds how deep a document may go; upstream's go 5 deep.
const nestingLimit = 50

// render turns a YAML document into a JSON object, with a member id in front
// unless id is "".
func render(text []byte, id string) ([]byte, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	if start := bytes.TrimSpace(text); bytes.HasPrefix(start, []byte("<")) {
		return nil, errors.New("HTML or XML instead of YAML")
	}
	if err := nesting(text); err != nil {
		return nil, err
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n") // the rest quotes the file
		return nil, errors.New("no YAML: " + first)
	}
	var document ast.Node
	for _, part := range file.Docs {
		switch {
		case part.Body == nil:
		case document != nil:
			return nil, errors.New("more than one YAML document")
		default:
			document = part.Body
		}
	}
	pairs, ok := pairs(document)
	if !ok {
		return nil, errors.New("the YAML document is no mapping")
	}
	out := []byte{'{'}
	if id != "" {
		out = append(quote(append(out, `"id":`...), id), ',')
	}
	if out, err = members(out, pairs, 0); err != nil {
		return nil, err
	}
	return append(out, '}'), nil
}

// nesting refuses text that could make the parser, which has no limit of its
// own, go deeper than the stack.
func nesting(text []byte) error {
	depth := 0
	for _, c := range text {
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(0, depth-1)
		}
		if depth > 1000 {
			return errors.New("too many brackets are open at once")
		}
	}
	return nil
}

// pairs returns the members of a mapping. A mapping of one pair may be the pair.
func pairs(node ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

func members(out []byte, pairs []*ast.MappingValueNode, depth int) ([]byte, error) {
	for i, pair := range pairs {
		if i > 0 {
			out = append(out, ',')
		}
		name, err := key(pair.Key)
		if err != nil {
			return nil, err
		}
		out = append(quote(out, name), ':')
		if out, err = value(out, pair.Value, depth+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func key(node ast.MapKeyNode) (string, error) {
	if text, ok := node.(*ast.StringNode); ok {
		return text.Value, nil
	}
	if _, ok := node.(ast.ScalarNode); ok && node.Type() != ast.MergeKeyType {
		return node.GetToken().Value, nil
	}
	return "", unexpected(node)
}

func value(out []byte, node ast.Node, depth int) ([]byte, error) {
	if depth > nestingLimit {
		return nil, fmt.Errorf("nested more than %d deep", nestingLimit)
	}
	if pairs, ok := pairs(node); ok {
		out, err := members(append(out, '{'), pairs, depth)
		return append(out, '}'), err
	}
	switch n := node.(type) {
	case nil, *ast.NullNode:
		return append(out, "null"...), nil
	case *ast.StringNode:
		return quote(out, n.Value), nil
	case *ast.LiteralNode:
		return quote(out, n.Value.Value), nil
	case *ast.BoolNode:
		return fmt.Appendf(out, "%t", n.Value), nil
	case *ast.IntegerNode, *ast.FloatNode:
		return number(out, node.GetToken().Value), nil
	case *ast.InfinityNode, *ast.NanNode:
		return quote(out, node.GetToken().Value), nil
	case *ast.SequenceNode:
		return sequence(out, n.Values, depth)
	case *ast.TagNode: // only says how to read what follows
		return value(out, n.Value, depth+1)
	}
	// Anchors and aliases would let a small file become a large record.
	return nil, unexpected(node)
}

func sequence(out []byte, values []ast.Node, depth int) ([]byte, error) {
	out = append(out, '[')
	for i, element := range values {
		if i > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = value(out, element, depth+1); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

// number keeps the spelling of a number where JSON has it, and is a text where
// JSON has not, as of 0x1F and 1_000.
func number(out []byte, spelled string) []byte {
	if jsontext.Value(spelled).IsValid() && jsontext.Value(spelled).Kind() == '0' {
		return append(out, spelled...)
	}
	return quote(out, spelled)
}

func quote(out []byte, text string) []byte {
	// It fails for damaged UTF-8 alone, which it replaces here.
	out, _ = jsontext.AppendQuote(out, strings.ToValidUTF8(text, "\ufffd"))
	return out
}

func unexpected(node ast.Node) error {
	at := node.GetToken().Position
	return fmt.Errorf("[%d:%d] %s is not expected here", at.Line, at.Column, node.Type())
}
