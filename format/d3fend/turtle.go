package d3fend

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// turtle parses RDF 1.1 Turtle (https://www.w3.org/TR/turtle/) into a graph.
type turtle struct {
	lexer
	graph    *graph
	prefixes map[string]string
	base     string
	depth    int // of brackets and parentheses that are open
}

// readTurtle reads a Turtle document.
func readTurtle(in *bufio.Reader) (*graph, error) {
	content, err := io.ReadAll(in)
	if err != nil {
		return nil, err
	}
	t := &turtle{lexer: lexer{rest: string(content), line: 1}, graph: newGraph(), prefixes: make(map[string]string)}
	if err := t.document(); err != nil {
		return nil, &FormatError{fmt.Sprintf("line %d", t.line), err}
	}
	return t.graph, nil
}

func (t *turtle) document() error {
	for {
		next, err := t.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case next.is('@'), next.keyword("PREFIX"), next.keyword("BASE"):
			err = t.directive(next)
		default:
			err = t.triples(next)
		}
		if err != nil {
			return ended(err)
		}
	}
}

// directive reads @prefix and @base, and the same as SPARQL writes them.
func (t *turtle) directive(first lexeme) error {
	prefix := ""
	if strings.EqualFold(first.text, "prefix") {
		name, err := t.next()
		if err != nil {
			return err
		}
		if name.kind != 'n' || !strings.HasSuffix(name.text, ":") {
			return fmt.Errorf("%s where a prefix belongs", name)
		}
		prefix = name.text
	} else if !strings.EqualFold(first.text, "base") {
		return fmt.Errorf("%s is no directive", first)
	}
	iri, err := t.next()
	if err != nil {
		return err
	}
	if iri.kind != '<' {
		return fmt.Errorf("%s where an IRI belongs", iri)
	}
	if prefix == "" {
		t.base = t.resolve(iri.text)
	} else {
		t.prefixes[prefix] = t.resolve(iri.text)
	}
	if first.kind == '@' {
		return t.expect('.')
	}
	return nil
}

// triples reads what is said of one subject, up to the full stop.
func (t *turtle) triples(first lexeme) error {
	switch {
	case first.is('['):
		n, err := t.nameless()
		if err != nil {
			return err
		}
		// A node without a name, that none refers to, is part of no record.
		if next, err := t.peek(); err != nil || next.is('.') {
			return errors.Join(err, t.expect('.'))
		}
		return t.properties(n, '.')
	default:
		name, err := t.name(first)
		if err != nil {
			return err
		}
		return t.properties(t.graph.node(name), '.')
	}
}

// properties reads properties and their values up to the end.
func (t *turtle) properties(n node, end byte) error {
	for {
		next, err := t.next()
		switch {
		case err != nil:
			return err
		case next.is(end):
			return nil
		case next.is(';'):
			continue
		}
		property := "@type"
		if !next.word("a") {
			if property, err = t.name(next); err != nil {
				return err
			}
			if property == "rdf:type" {
				property = "@type"
			}
		}
		if err := t.objects(n, property); err != nil {
			return err
		}
	}
}

// objects reads the values of one property, which commas part.
func (t *turtle) objects(n node, property string) error {
	for {
		value, err := t.object()
		if err != nil {
			return err
		}
		if property == "@type" {
			value = quote(named(value))
		}
		n.add(property, value)
		next, err := t.peek()
		if err != nil {
			return err
		}
		if !next.is(',') {
			return nil
		}
		if _, err := t.next(); err != nil {
			return err
		}
	}
}

func (t *turtle) object() (jsontext.Value, error) {
	next, err := t.next()
	if err != nil {
		return nil, err
	}
	switch {
	case next.is('['):
		n, err := t.nameless()
		if err != nil {
			return nil, err
		}
		return n.embedded()
	case next.is('('):
		return t.collection()
	case next.kind == '"':
		return t.literal(next.text)
	case next.kind == '0':
		return literal(next.text, numeric(next.text), ""), nil
	case next.word("true"), next.word("false"):
		return jsontext.Value(next.text), nil
	}
	name, err := t.name(next)
	return reference(name), err
}

// literal reads what may follow a text: its language or its datatype.
func (t *turtle) literal(s string) (jsontext.Value, error) {
	next, err := t.peek()
	if err != nil {
		return nil, err
	}
	switch {
	case next.is('@'):
		_, err := t.next()
		return literal(s, "", next.text), err
	case next.kind == '^':
		if _, err := t.next(); err != nil {
			return nil, err
		}
		of, err := t.next()
		if err != nil {
			return nil, err
		}
		datatype, err := t.name(of)
		return literal(s, datatype, ""), err
	}
	return literal(s, "", ""), nil
}

func (t *turtle) nameless() (node, error) {
	if err := t.open(); err != nil {
		return nil, err
	}
	defer t.closed()
	n := make(node)
	return n, t.properties(n, ']')
}

func (t *turtle) collection() (jsontext.Value, error) {
	if err := t.open(); err != nil {
		return nil, err
	}
	defer t.closed()
	var elements []jsontext.Value
	for {
		next, err := t.peek()
		if err != nil {
			return nil, err
		}
		if next.is(')') {
			_, err := t.next()
			return slices.Concat(jsontext.Value(`{"@list":`), array(elements), jsontext.Value("}")), err
		}
		element, err := t.object()
		if err != nil {
			return nil, err
		}
		elements = append(elements, element)
	}
}

func (t *turtle) open() error {
	if t.depth++; t.depth > 50 {
		return errors.New("brackets are nested more than 50 deep")
	}
	return nil
}

func (t *turtle) closed() { t.depth-- }

// name returns what a lexeme names, with a prefix of upstream's context.
func (t *turtle) name(l lexeme) (string, error) {
	switch l.kind {
	case '<':
		return compact(t.resolve(l.text)), nil
	case 'n':
		prefix, local, found := strings.Cut(l.text, ":")
		switch iri, known := t.prefixes[prefix+":"]; {
		case prefix == "_" && found:
			return l.text, nil
		case known && found:
			return compact(iri + unescapedName(local)), nil
		}
	}
	return "", fmt.Errorf("%s where a name belongs", l)
}

// resolve completes a relative IRI as far as ontologies need it.
func (t *turtle) resolve(iri string) string {
	if iri == "" || strings.HasPrefix(iri, "#") {
		return strings.TrimSuffix(t.base, "#") + iri
	}
	return iri
}

func (t *turtle) expect(punctuation byte) error {
	next, err := t.next()
	if err == nil && !next.is(punctuation) {
		err = fmt.Errorf("%s where %q belongs", next, punctuation)
	}
	return err
}

// embedded returns a node as the value that it is where it stands.
func (n node) embedded() (jsontext.Value, error) {
	return json.Marshal(map[string][]jsontext.Value(n), json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
}

// numeric returns the datatype of a number written without one.
func numeric(s string) string {
	switch {
	case strings.ContainsAny(s, "eE"):
		return "xsd:double"
	case strings.Contains(s, "."):
		return "xsd:decimal"
	}
	return "xsd:integer"
}

// ended makes the end of input inside a statement an error that nobody takes for
// the end of the document.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
