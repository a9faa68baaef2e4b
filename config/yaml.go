package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// setting is one value found in a configuration file.
type setting struct {
	key    Key
	origin Origin
	texts  []string
}

// yamlReader walks the syntax tree itself instead of decoding into a struct:
// every value then keeps its line and column, and the table stays the one list
// of keys. Reasons never quote a value, which may be a secret in the wrong place.
type yamlReader struct {
	file     string
	settings []setting
	problems []Problem
}

// readYAML reads a configuration file. Its problems all carry a line and column.
func readYAML(file string, content []byte) ([]setting, []Problem) {
	r := &yamlReader{file: file}
	tree, err := parser.ParseBytes(content, 0)
	if err != nil {
		r.syntax(err)
		return nil, r.problems
	}
	for i, doc := range tree.Docs {
		if doc.Body == nil {
			continue
		}
		if i > 0 && len(r.settings)+len(r.problems) > 0 {
			r.problem(doc.Body, "", errors.New("only one YAML document can be given"))
			break
		}
		r.section("", doc.Body)
	}
	return r.settings, r.problems
}

func (r *yamlReader) syntax(err error) {
	origin := Origin{Kind: FromFile, Name: r.file, Line: 1, Column: 1}
	// err's own text shows the lines around the place, and so perhaps a secret.
	reason := errors.New("it is not YAML")
	var at yaml.Error
	if errors.As(err, &at) {
		reason = fmt.Errorf("it is not YAML: %s", at.GetMessage())
		origin = r.origin(at.GetToken())
	}
	r.problems = append(r.problems, Problem{Origin: origin, Reason: reason})
}

// section reads the keys below a prefix, "" at the top of the file.
func (r *yamlReader) section(prefix string, node ast.Node) {
	switch n := node.(type) {
	case *ast.MappingNode:
		for _, entry := range n.Values {
			r.entry(prefix, entry)
		}
	case *ast.MappingValueNode:
		r.entry(prefix, n)
	case *ast.NullNode:
		// A section whose keys are all commented out.
	default:
		if prefix == "" {
			r.problem(node, "", errors.New("a configuration file holds keys and values, such as `data: ./data`"))
			return
		}
		r.problem(node, prefix, fmt.Errorf("it is a section and takes keys of its own, such as %s", firstOf(prefix).Name))
	}
}

func (r *yamlReader) entry(prefix string, entry *ast.MappingValueNode) {
	name := prefix
	if part, ok := entry.Key.(*ast.StringNode); !ok {
		r.problem(entry.Key, prefix, errors.New("a key must be plain text"))
		return
	} else if prefix == "" {
		name = part.Value
	} else {
		name += "." + part.Value
	}
	if key, ok := Lookup(name); ok && !(isSection(name) && isMapping(entry.Value)) {
		r.value(key, entry)
		return
	}
	if isSection(name) || isFamilySection(name) && isMapping(entry.Value) {
		r.section(name, entry.Value)
		return
	}
	if whole, ok := aliases[name]; ok {
		key, _ := Lookup(whole)
		r.value(key, entry)
		return
	}
	r.problem(entry.Key, name, unknownKey(name))
}

// aliases are what keys are called that are sections too, where other keys of
// the section stand beside them.
var aliases = map[string]string{"store.url": "store", "sources.enabled": "sources"}

func (r *yamlReader) value(key Key, entry *ast.MappingValueNode) {
	if _, empty := entry.Value.(*ast.NullNode); empty {
		return
	}
	earlier := slices.IndexFunc(r.settings, func(s setting) bool { return s.key.Name == key.Name })
	if earlier >= 0 {
		r.problem(entry.Key, key.Name, fmt.Errorf("it is already set in line %d", r.settings[earlier].origin.Line))
		return
	}
	texts, at, err := key.texts(entry.Value)
	if err != nil {
		r.problem(at, key.Name, err)
		return
	}
	r.settings = append(r.settings, setting{key, r.origin(entry.Value.GetToken()), texts})
}

// texts takes apart a node that has the type the key wants. On an error it
// returns the node at fault.
func (k Key) texts(node ast.Node) ([]string, ast.Node, error) {
	if !k.isList() {
		text, err := k.scalar(node)
		return []string{text}, node, err
	}
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		return nil, node, errors.New("it wants a list, such as [" + k.Example + "]")
	}
	texts := make([]string, 0, len(list.Values))
	for _, item := range list.Values {
		text, err := k.scalar(item)
		if err != nil {
			return nil, item, err
		}
		texts = append(texts, text)
	}
	return texts, nil, nil
}

// scalar returns a scalar's text when it has a type that the key takes.
func (k Key) scalar(node ast.Node) (string, error) {
	wants := func(got string) error { return fmt.Errorf("it wants %s, not %s", k.wants(), got) }
	_, isInt := k.field(new(Config)).(*int)
	_, isBool := k.field(new(Config)).(*bool)
	switch n := node.(type) {
	case *ast.StringNode:
		if isInt || isBool {
			return "", wants("text")
		}
		return n.Value, nil
	case *ast.LiteralNode:
		if isInt || isBool {
			return "", wants("text")
		}
		return strings.TrimRight(n.Value.Value, "\n"), nil
	case *ast.IntegerNode:
		if isBool {
			return "", wants("a number")
		}
		// The digits as written: a year or a key may look like a number.
		return n.Token.Value, nil
	case *ast.FloatNode:
		if isBool || isInt {
			return "", wants("a fraction")
		}
		return n.Token.Value, nil
	case *ast.BoolNode:
		if !isBool {
			return "", wants(n.Token.Value + ` (text needs quotes: "` + n.Token.Value + `")`)
		}
		return fmt.Sprint(n.Value), nil
	case *ast.MappingNode, *ast.MappingValueNode:
		return "", wants("a section")
	case *ast.SequenceNode:
		return "", wants("a list")
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		return "", errors.New("anchors, aliases and tags are not understood here; write the value itself")
	default:
		return "", wants("this")
	}
}

// wants is the key's type for the middle of a sentence.
func (k Key) wants() string {
	switch t := k.Type(); {
	case strings.HasPrefix(t, "list"):
		return "text in its list"
	case t == "duration" || t == "whole number":
		return "a " + t
	default:
		return t
	}
}

func (r *yamlReader) problem(node ast.Node, key string, reason error) {
	r.problems = append(r.problems, Problem{Origin: r.origin(node.GetToken()), Key: key, Reason: reason})
}

func (r *yamlReader) origin(t *token.Token) Origin {
	o := Origin{Kind: FromFile, Name: r.file, Line: 1, Column: 1}
	if t != nil && t.Position != nil {
		o.Line, o.Column = max(1, t.Position.Line), max(1, t.Position.Column)
	}
	return o
}

func isMapping(node ast.Node) bool {
	switch node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return true
	}
	return false
}

func isSection(name string) bool {
	return name != "" && (name == "sources" || slices.ContainsFunc(Keys(), func(k Key) bool { return k.Section() == name }))
}

func firstOf(section string) Key {
	keys := Keys()
	for _, f := range families() {
		keys = append(keys, f.Key)
	}
	return keys[slices.IndexFunc(keys, func(k Key) bool { return k.Section() == section })]
}
