package nvd

import (
	"errors"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/vuln"
)

// Statuses of CPE names, which NVD states as a flag.
const (
	StatusActive     = "Active"
	StatusDeprecated = "Deprecated"
)

// documentCPE is what DecodeCPE reads of a cpe object.
type documentCPE struct {
	Deprecated   bool
	Name, ID     string
	LastModified string
	Created      string
	Titles       []documentTitle
	Refs         []documentRef
	DeprecatedBy []documentName
	Deprecates   []documentName

	unknown []string
}

type documentTitle struct {
	Title string `json:"title"`
	Lang  string `json:"lang"`
}

type documentRef struct {
	Ref string `json:"ref"`
}

type documentName struct {
	Name string `json:"cpeName"`
}

func (d *documentCPE) member(name string) (any, bool) {
	switch name {
	case "deprecated":
		return &d.Deprecated, true
	case "cpeName":
		return &d.Name, true
	case "cpeNameId":
		return &d.ID, true
	case "lastModified":
		return &d.LastModified, true
	case "created":
		return &d.Created, true
	case "titles":
		return &d.Titles, true
	case "refs":
		return &d.Refs, true
	case "deprecatedBy":
		return &d.DeprecatedBy, true
	case "deprecates":
		return &d.Deprecates, true
	}
	return nil, false
}

// UnmarshalJSONFrom reads a cpe object.
func (d *documentCPE) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	return members(dec, d.member, &d.unknown)
}

// DecodeCPE reads one cpe object of the CPE API 2.0 or its feed. Titles and the
// addresses of references are its text, since NVD's keywordSearch looks at both.
func DecodeCPE(body []byte) (vuln.Record, error) {
	var d documentCPE
	if err := read(body, &d); err != nil {
		return vuln.Record{}, err
	}
	r := vuln.Record{Kind: vuln.KindCPE, ID: d.Name, Status: StatusActive, Drift: drift("cpe", d.unknown), Body: body}
	if d.Name == "" {
		return r, errors.New(`the record has no "cpeName"`)
	}
	if err := moments(&r, d.Created, d.LastModified); err != nil {
		return r, err
	}
	if d.Deprecated {
		r.Status = StatusDeprecated
	}
	r.Facts.Platform = &vuln.MatchCriteria{Criteria: d.Name}
	if d.ID != "" {
		r.Facts.Aliases = []string{d.ID}
	}
	for _, t := range d.Titles {
		r.Text = append(r.Text, vuln.Text{Lang: t.Lang, Value: t.Title})
	}
	for _, ref := range d.Refs {
		r.Text = append(r.Text, vuln.Text{Value: ref.Ref})
	}
	r.Facts.Links = append(nameLinks("deprecatedBy", d.DeprecatedBy), nameLinks("deprecates", d.Deprecates)...)
	return r, nil
}

func nameLinks(rule string, names []documentName) []vuln.Link {
	var out []vuln.Link
	for _, n := range names {
		if n.Name != "" {
			out = append(out, vuln.Link{Kind: vuln.KindCPE, ID: n.Name, Rule: rule})
		}
	}
	return out
}
