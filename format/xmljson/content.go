package xmljson

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Content is the text of a rendered element whatever shape it took: a string,
// or an object with #text or #markup among attributes.
type Content struct {
	Text   string
	Markup string
}

// Plain returns the text without markup, runs of white space one space.
func (c Content) Plain() string {
	if c.Markup != "" {
		return Plain(c.Markup)
	}
	return strings.Join(strings.Fields(c.Text), " ")
}

// UnmarshalJSONFrom reads a rendered element. Children have no text of their own
// and are passed over.
func (c *Content) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	switch kind := dec.PeekKind(); kind {
	case '"':
		return json.UnmarshalDecode(dec, &c.Text)
	case '{':
		var object struct {
			Text   string `json:"#text"`
			Markup string `json:"#markup"`
		}
		if err := json.UnmarshalDecode(dec, &object); err != nil {
			return err
		}
		c.Text, c.Markup = object.Text, object.Markup
		return nil
	default:
		return fmt.Errorf("expected an element's text, found %s", kind)
	}
}

// Join returns the plain text of several elements, a blank line between them,
// those without text left out.
func Join(parts ...Content) string {
	var texts []string
	for _, part := range parts {
		if text := part.Plain(); text != "" {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "\n\n")
}
