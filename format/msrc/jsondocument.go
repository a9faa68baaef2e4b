package msrc

import (
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
)

// jsonForm reads the JSON form of a document.
type jsonForm struct {
	list  *jsonlist.Reader
	begun bool
	head  Release
	names map[string]string
}

func newJSONForm(in io.Reader) *jsonForm {
	return &jsonForm{list: jsonlist.NewReader(in, "Vulnerability")}
}

func (f *jsonForm) name() string { return "json" }

func (f *jsonForm) read(body []byte) (vulnerability, error) { return fromJSON(body) }

func (f *jsonForm) release() Release { return f.head }

func (f *jsonForm) products() map[string]string { return f.names }

func (f *jsonForm) next() ([]byte, error) {
	body, err := f.list.Next()
	var single *RecordError
	if f.begun || err != nil && !errors.Is(err, io.EOF) && !errors.As(err, &single) {
		return body, err
	}
	f.begun = true
	f.head = tracking(f.list)
	f.names = make(map[string]string)
	var tree branch
	if text := f.list.Header("ProductTree"); text != nil && jsonlist.Unmarshal(text, &tree) == nil {
		tree.collect(f.names)
	}
	if f.head.ID == "" {
		return nil, &FormatError{Err: errNoTracking}
	}
	return body, err
}

// tracking reads what stands before the vulnerabilities.
func tracking(list *jsonlist.Reader) Release {
	var t struct {
		Identification struct {
			ID    value `json:"ID"`
			Alias value `json:"Alias"`
		} `json:"Identification"`
		Status    jsontext.Value `json:"Status"`
		Revisions []struct {
			Number jsontext.Value `json:"Number"`
		} `json:"RevisionHistory"`
		Initial string `json:"InitialReleaseDate"`
		Current string `json:"CurrentReleaseDate"`
	}
	if text := list.Header("DocumentTracking"); text == nil || jsonlist.Unmarshal(text, &t) != nil {
		return Release{}
	}
	r := Release{
		ID: t.Identification.ID.Value, Alias: t.Identification.Alias.Value, Status: plain(t.Status),
		Date: moment(t.Current), Initial: moment(t.Initial),
	}
	if n := len(t.Revisions); n > 0 {
		r.Version = plain(t.Revisions[n-1].Number)
	}
	var title value
	if text := list.Header("DocumentTitle"); text != nil && jsonlist.Unmarshal(text, &title) == nil {
		r.Title = title.Value
	}
	return r
}

// branch is a piece of the JSON form's tree of products, a leaf or not.
type branch struct {
	ID       string   `json:"ProductID"`
	Name     string   `json:"Value"`
	Items    []branch `json:"Items"`
	Branches []branch `json:"Branch"`
	Products []branch `json:"FullProductName"`
}

func (b *branch) collect(names map[string]string) {
	if b.ID != "" {
		names[b.ID] = b.Name
	}
	for _, below := range [][]branch{b.Items, b.Branches, b.Products} {
		for i := range below {
			below[i].collect(names)
		}
	}
}

// plain returns a string's text, or a number as spelled.
func plain(v jsontext.Value) string {
	if v.Kind() == '"' {
		return jsonlist.String(v)
	}
	return string(v)
}
