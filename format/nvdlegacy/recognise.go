package nvdlegacy

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// headSize is how much of a document Recognise needs to see: what identifies a
// form stands at its beginning.
const headSize = 64 << 10

var byteOrderMark = []byte("\xef\xbb\xbf")

// Recognise tells from the beginning of a document, after unpacking, what it
// is. The error says, in words for people, why it is none of the forms known.
// 64 KiB are enough; a shorter head may leave it undecided, which is an error
// too.
func Recognise(head []byte) (Form, error) {
	head = head[:min(len(head), headSize)]
	text := bytes.TrimLeft(bytes.TrimPrefix(head, byteOrderMark), " \t\r\n")
	switch {
	case len(text) == 0:
		return "", errors.New("it is empty")
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return "", errors.New("it is UTF-16 text; NVD's documents are UTF-8")
	case packing(head) != "":
		return "", fmt.Errorf("it is packed, as %s; unpack it", packing(head))
	case len(head) >= 262 && string(head[257:262]) == "ustar":
		return "", errors.New("it is a tar archive; unpack it and import the folder")
	case isHTML(text):
		return "", errors.New("it is a web page, not data" + pageTitle(text))
	case text[0] == '<':
		return recogniseXML(text)
	case text[0] == '{':
		return recogniseJSON(text, len(head) < headSize)
	case bytes.HasPrefix(text, []byte("lastModifiedDate")), bytes.HasPrefix(text, []byte("prefix=")):
		return "", errors.New("it describes other files and holds no records")
	case text[0] == '[':
		return "", errors.New("it is a JSON list; the forms known are JSON objects")
	}
	return "", fmt.Errorf("it is neither JSON nor XML: it begins %.40q", text)
}

// packing names the packing that head begins, "" for none.
func packing(head []byte) string {
	for name, magic := range map[string]string{
		"gzip": "\x1f\x8b", "zip": "PK\x03\x04", "xz": "\xfd7zXZ", "zstd": "\x28\xb5\x2f\xfd", "bzip2": "BZh",
	} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return name
		}
	}
	return ""
}

var htmlStart = regexp.MustCompile(`(?i)^(?:<\?xml[^>]*>\s*|<!--[\s\S]*?-->\s*)*<(?:!doctype\s+html|html)\b`)

func isHTML(text []byte) bool { return htmlStart.Match(text) }

var titleElement = regexp.MustCompile(`(?i)<title[^>]*>([^<]*)`)

// pageTitle names a web page by its title, when it has one.
func pageTitle(text []byte) string {
	m := titleElement.FindSubmatch(text)
	if m == nil {
		return ""
	}
	title := strings.Join(strings.Fields(html.UnescapeString(strings.ToValidUTF8(string(m[1]), "?"))), " ")
	if title == "" {
		return ""
	}
	return fmt.Sprintf(" (its title is %.60q)", title)
}

func recogniseXML(text []byte) (Form, error) {
	dec := xml.NewDecoder(bytes.NewReader(text))
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return "", errors.New("it is XML without an element")
		}
		if err != nil {
			return "", fmt.Errorf("it is not well-formed XML: %w", err)
		}
		root, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch {
		case root.Name.Local != "cpe-list":
			return "", fmt.Errorf("it is XML of another kind: its root is <%.40s>, expected <cpe-list>", root.Name.Local)
		case bytes.Contains(text, []byte("cpe23-item")), bytes.Contains(text, []byte("cpe-extension/2.3")):
			return Dictionary23, nil
		}
		return Dictionary22, nil
	}
}

// recogniseJSON looks at the names of the first members until one decides.
func recogniseJSON(text []byte, whole bool) (Form, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if _, err := dec.ReadToken(); err != nil {
		return "", fmt.Errorf("it is not valid JSON: %w", err)
	}
	var names []string
	for {
		token, err := dec.ReadToken()
		if err != nil {
			return "", unknownJSON(names, whole, err)
		}
		if token.Kind() != '"' {
			return "", unknownJSON(names, whole, nil)
		}
		name := token.String()
		if dec.PeekKind() == '[' {
			if form := formOf(name, text[dec.InputOffset():]); form != "" {
				return form, nil
			}
		}
		names = append(names, name)
		if err := dec.SkipValue(); err != nil {
			return "", unknownJSON(names, whole, err)
		}
	}
}

// formOf tells the form from the name of an array and what stands in it.
func formOf(array string, content []byte) Form {
	switch {
	case array == "CVE_Items" && slices.ContainsFunc(marksOf10, func(mark []byte) bool { return bytes.Contains(content, mark) }):
		return CVE10
	case array == "CVE_Items":
		return CVE11
	case array == "matches" && (bytes.Contains(content[:min(len(content), 4<<10)], []byte(`"cpe23Uri"`)) || emptyArray.Match(content)):
		return Match10
	}
	return native[array]
}

// marksOf10 are members that feeds 1.0 had and 1.1 has not. The wrapper is the
// same: its version, 4.0, is that of the CVE format inside.
var marksOf10 = [][]byte{[]byte(`"affects"`), []byte(`"cpe22Uri"`)}

var emptyArray = regexp.MustCompile(`^[\s:]*\[\s*\]`)

// unknownJSON says why JSON is none of the forms; whole tells that what was seen
// is all there is.
func unknownJSON(names []string, whole bool, err error) error {
	var syntax *jsontext.SyntacticError
	switch {
	case whole && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)):
		return errors.New("it is cut short: it ends among its first members")
	case errors.As(err, &syntax) && !errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("it is not valid JSON: %w", err)
	}
	if len(names) == 0 {
		return errors.New("it is JSON that says nothing of what it is")
	}
	names = names[:min(len(names), 5)]
	for i, n := range names {
		names[i] = fmt.Sprintf("%.30q", n)
	}
	return fmt.Errorf("it is JSON of another kind: it begins with the members %s", strings.Join(names, ", "))
}
