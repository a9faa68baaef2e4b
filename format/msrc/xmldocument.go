package msrc

import (
	"errors"
	"fmt"
	"io"

	"vulnmirror/format/jsonlist"
	"vulnmirror/format/xmljson"
)

// xmlForm reads the XML form of a document.
type xmlForm struct {
	doc   *xmljson.Reader
	begun bool
	head  Release
	names map[string]string
}

func newXMLForm(in io.Reader) *xmlForm {
	return &xmlForm{doc: xmljson.NewReader(in, Mapping), names: make(map[string]string)}
}

func (f *xmlForm) name() string { return "xml" }

func (f *xmlForm) read(body []byte) (vulnerability, error) { return fromXML(body) }

func (f *xmlForm) release() Release { return f.head }

func (f *xmlForm) products() map[string]string { return f.names }

func (f *xmlForm) next() ([]byte, error) {
	if !f.begun {
		root, err := f.doc.Root()
		if err != nil {
			return nil, err
		}
		if root.Name != "cvrfdoc" {
			return nil, &FormatError{Err: fmt.Errorf("the document is <%s>, expected <cvrfdoc>", root.Name)}
		}
		f.begun = true
	}
	for {
		element, err := f.doc.Next()
		if errors.Is(err, io.EOF) && f.head.ID == "" {
			return nil, &FormatError{Err: errNoTracking}
		}
		if err != nil {
			return nil, err
		}
		switch element.Name() {
		case "Vulnerability":
			if f.head.ID == "" {
				return nil, &FormatError{Offset: element.Offset, Err: errNoTracking}
			}
			return element.Body, nil
		case "DocumentTitle", "DocumentTracking", "ProductTree":
			if err := f.above(element); err != nil {
				return nil, &FormatError{Offset: element.Offset, Err: fmt.Errorf("%s: %w", element.Name(), err)}
			}
		}
	}
}

// above reads an element that stands before the vulnerabilities.
func (f *xmlForm) above(element xmljson.Element) error {
	switch element.Name() {
	case "DocumentTitle":
		var title xmljson.Content
		if err := jsonlist.Unmarshal(element.Body, &title); err != nil {
			return err
		}
		f.head.Title = title.Plain()
		return nil
	case "ProductTree":
		var tree xmlBranch
		if err := jsonlist.Unmarshal(element.Body, &tree); err != nil {
			return err
		}
		tree.collect(f.names)
		return nil
	}
	var t struct {
		Identification struct {
			ID    string `json:"ID"`
			Alias string `json:"Alias"`
		} `json:"Identification"`
		Status  xmljson.Content   `json:"Status"`
		History renderedRevisions `json:"RevisionHistory"`
		Initial string            `json:"InitialReleaseDate"`
		Current string            `json:"CurrentReleaseDate"`
	}
	if err := jsonlist.Unmarshal(element.Body, &t); err != nil {
		return err
	}
	f.head = Release{
		ID: t.Identification.ID, Alias: t.Identification.Alias, Title: f.head.Title, Status: t.Status.Text,
		Date: moment(t.Current), Initial: moment(t.Initial),
	}
	if n := len(t.History.Revision); n > 0 {
		f.head.Version = t.History.Revision[n-1].Number
	}
	return nil
}

// xmlBranch is a piece of the tree of products.
type xmlBranch struct {
	Branches []xmlBranch `json:"Branch"`
	Products []struct {
		ID   string `json:"@ProductID"`
		Name string `json:"#text"`
	} `json:"FullProductName"`
}

func (b *xmlBranch) collect(names map[string]string) {
	for _, p := range b.Products {
		names[p.ID] = p.Name
	}
	for i := range b.Branches {
		b.Branches[i].collect(names)
	}
}
