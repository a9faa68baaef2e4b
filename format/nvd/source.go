package nvd

import (
	"errors"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/vuln"
)

// documentSource is what DecodeSource reads of an element of sources.
type documentSource struct {
	Name, ContactEmail string
	Identifiers        []string
	LastModified       string
	Created            string

	unknown []string
}

func (d *documentSource) member(name string) (any, bool) {
	switch name {
	case "name":
		return &d.Name, true
	case "contactEmail":
		return &d.ContactEmail, true
	case "sourceIdentifiers":
		return &d.Identifiers, true
	case "lastModified":
		return &d.LastModified, true
	case "created":
		return &d.Created, true
	case "v2AcceptanceLevel", "v3AcceptanceLevel", "v4AcceptanceLevel", "cweAcceptanceLevel":
		return nil, true
	}
	return nil, false
}

// UnmarshalJSONFrom reads an element of sources.
func (d *documentSource) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	return members(dec, d.member, &d.unknown)
}

// DecodeSource reads one element of the sources array of the source API 2.0. Its
// first source identifier is its ID, the others, its name and its address are
// Aliases.
func DecodeSource(body []byte) (vuln.Record, error) {
	var d documentSource
	if err := read(body, &d); err != nil {
		return vuln.Record{}, err
	}
	r := vuln.Record{Kind: vuln.KindNVDSource, Drift: drift("source", d.unknown), Body: body}
	var names []string
	for _, name := range append(d.Identifiers, d.ContactEmail, d.Name) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return r, errors.New("the record has no sourceIdentifiers, contactEmail or name")
	}
	r.ID, r.Facts.Aliases = names[0], names[1:]
	r.Text = []vuln.Text{{Value: d.Name}}
	return r, moments(&r, d.Created, d.LastModified)
}
