// Package xmljson renders XML documents in JSON, element by element, so that
// records published as XML can be stored and asked like those published as JSON.
// The rendering leaves nothing out that an XML reader would see (Extensible
// Markup Language 1.0, Namespaces in XML 1.0), and the same content always gives
// the same bytes:
//
//   - An element with neither attributes nor children is a string: its text. All
//     others are objects; parents of a Mapping's Lists are objects even when empty.
//   - Attributes come first, each a member "@name", in document order. Declarations
//     of namespaces are left out: names are resolved.
//   - Children are members by their name, in the order they first occur. One is a
//     value, several of one name are an array; those of Lists are always an array.
//     Where children of one name are not side by side, the member "#order" lists
//     the names of all children as they stand in the document.
//   - Text beside attributes is the member "#text".
//   - Mixed content, that is text and elements side by side or any XHTML, is the
//     member "#markup": the element's content as markup, with & < > and quotes
//     escaped as XML demands and empty elements as <br/>.
//   - White space at both ends of text and of markup, and between the children of
//     an element that is not mixed, is layout and left out. All else inside stays.
//   - Names of the root's namespace and of XHTML are written without a prefix, others
//     with the one the Mapping gives their namespace, "" for none; of a namespace the
//     Mapping does not list a name is written {namespace}name.
//   - All values are strings. Comments, processing instructions and document type
//     declarations are left out; entities other than XML's own five are refused.
package xmljson

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"vulnmirror/format/jsonlist"
)

// XHTML is the namespace whose elements are always kept as markup.
const XHTML = "http://www.w3.org/1999/xhtml"

// deepest is how many elements may be open at once; real documents have about
// ten.
const deepest = 200

// Mapping tells how the documents of one format are rendered.
type Mapping struct {
	// Depth says which elements Reader.Next renders: 0 is the root, 1 its
	// children. Elements above are entered, and of them only the root's
	// attributes are kept.
	Depth int
	// Namespaces gives the prefix that names of a namespace are written with, ""
	// for none, as those of the root's namespace, of no namespace and XHTML are.
	Namespaces map[string]string
	// Lists names the elements that the format lets occur more than once, as
	// "parent/child" in rendered names. They are arrays however many there are, so
	// that what reads the JSON meets one shape.
	Lists []string
}

// Element is one rendered element.
type Element struct {
	Path   []string // names from the root to the element
	Offset int64    // of the byte after the element's start tag
	Body   []byte   // JSON without insignificant white space, in memory of its own
}

// Name returns the element's own name.
func (e Element) Name() string { return e.Path[len(e.Path)-1] }

// Root is the start tag of a document.
type Root struct {
	Name       string
	Space      string // its namespace
	Attributes map[string]string
}

// FormatError says at which byte a document was found to be no XML.
type FormatError = jsonlist.FormatError

// Reader renders the elements of one document, holding one at a time.
type Reader struct {
	dec      *xml.Decoder
	render   renderer
	root     Root
	path     []string
	started  bool
	finished bool
	err      error
}

// NewReader reads one document from r, in UTF-8 with or without a byte order
// mark.
func NewReader(r io.Reader, mapping Mapping) *Reader {
	input := bufio.NewReaderSize(r, 64<<10)
	if mark, err := input.Peek(3); err == nil && string(mark) == "\ufeff" {
		input.Discard(3) //nolint:errcheck // what was peeked at is there
	}
	dec := xml.NewDecoder(input)
	dec.CharsetReader = charset
	return &Reader{dec: dec, render: newRenderer(mapping)}
}

// charset accepts what is UTF-8 whatever it is called.
func charset(label string, input io.Reader) (io.Reader, error) {
	if strings.EqualFold(label, "us-ascii") || strings.EqualFold(label, "ascii") {
		return input, nil
	}
	return nil, fmt.Errorf("encoding %q is not UTF-8", label)
}

// Root reads up to the document's first start tag, if Next has not yet, and
// returns it. Its error is that there is none, or a *FormatError.
func (r *Reader) Root() (Root, error) {
	for !r.started {
		if _, err := r.step(); err != nil {
			return Root{}, err
		}
	}
	return r.root, nil
}

// Next returns the next element at the Mapping's Depth, or io.EOF after the end
// of a well-formed document. A *FormatError ends the document.
func (r *Reader) Next() (Element, error) {
	for {
		element, err := r.step()
		if err != nil {
			return Element{}, err
		}
		if element.Body != nil {
			return element, nil
		}
	}
}

// step reads one token above the depth, or one element at it.
func (r *Reader) step() (Element, error) {
	if r.err != nil {
		return Element{}, r.err
	}
	element, err := r.token()
	if err != nil {
		r.err = err
		if !errors.Is(err, io.EOF) {
			r.err = &FormatError{Offset: r.dec.InputOffset(), Err: explained(err)}
		}
	}
	return element, r.err
}

func (r *Reader) token() (Element, error) {
	token, err := r.dec.Token()
	if errors.Is(err, io.EOF) && !r.finished {
		return Element{}, io.ErrUnexpectedEOF
	}
	if err != nil {
		return Element{}, err
	}
	switch token := token.(type) {
	case xml.StartElement:
		return r.start(token)
	case xml.EndElement:
		r.path = r.path[:len(r.path)-1]
		r.finished = len(r.path) == 0
	case xml.CharData:
		if len(r.path) == 0 && strings.TrimSpace(string(token)) != "" {
			return Element{}, errors.New("text outside of any element: not an XML document")
		}
	}
	return Element{}, nil
}

func (r *Reader) start(token xml.StartElement) (Element, error) {
	if r.finished {
		return Element{}, errors.New("a second root element")
	}
	if len(r.path) == 0 {
		r.started = true
		r.render.home = token.Name.Space
		r.root = Root{Name: token.Name.Local, Space: token.Name.Space, Attributes: r.render.attributes(token)}
	}
	offset := r.dec.InputOffset()
	path := append(r.path[:len(r.path):len(r.path)], r.render.name(token.Name))
	if len(r.path) < r.render.depth {
		r.path = path
		return Element{}, nil
	}
	n, err := r.read(token, len(path))
	if err != nil {
		return Element{}, err
	}
	r.finished = len(r.path) == 0
	return Element{Path: path, Offset: offset, Body: r.render.element(nil, n)}, nil
}

// explained says what the errors of encoding/xml do not.
func explained(err error) error {
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		if syntax.Msg == "unexpected EOF" {
			return io.ErrUnexpectedEOF
		}
		return fmt.Errorf("line %d: %s", syntax.Line, syntax.Msg)
	}
	return err
}
