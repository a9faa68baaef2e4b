package capec

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
	"vulnmirror/format/stix"
	"vulnmirror/format/xmljson"
	"vulnmirror/vuln"
)

// stixPattern is an attack pattern of the bundle.
type stixPattern struct {
	stix.Object
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Extended    string   `json:"x_capec_extended_description"`
	Terms       []string `json:"x_capec_alternate_terms"`
	Status      string   `json:"x_capec_status"`
	Abstraction string   `json:"x_capec_abstraction"`
	Likelihood  string   `json:"x_capec_likelihood_of_attack"`
	Severity    string   `json:"x_capec_typical_severity"`
	ChildOf     []string `json:"x_capec_child_of_refs"`
	ParentOf    []string `json:"x_capec_parent_of_refs"`
	CanPrecede  []string `json:"x_capec_can_precede_refs"`
	CanFollow   []string `json:"x_capec_can_follow_refs"`
	CanAlsoBe   []string `json:"x_capec_can_also_be_refs"`
	PeerOf      []string `json:"x_capec_peer_of_refs"`

	Unknown map[string]jsontext.Value `json:",embed"`
}

// unreadSTIX are the members that facts are not made of.
var unreadSTIX = map[string]bool{
	"created_by_ref":             true,
	"object_marking_refs":        true,
	"spec_version":               true,
	"x_capec_consequences":       true,
	"x_capec_domains":            true,
	"x_capec_example_instances":  true,
	"x_capec_execution_flow":     true,
	"x_capec_prerequisites":      true,
	"x_capec_resources_required": true,
	"x_capec_skills_required":    true,
	"x_capec_version":            true,
}

func fromSTIX(body []byte) (*entry, error) {
	parts, err := stix.Open(body)
	if err != nil {
		return nil, err
	}
	var p stixPattern
	if err := jsonlist.Unmarshal(parts.Object, &p); err != nil {
		return nil, err
	}
	e := &entry{
		element: "Attack_Pattern", id: identify(&p.Object), name: p.Name, status: p.Status,
		abstraction: p.Abstraction, likelihood: p.Likelihood, severity: p.Severity,
		texts: p.texts(),
	}
	var unreadable []string
	e.published, e.modified, unreadable = p.Times()
	e.drift = append(unreadable, p.drift()...)
	for _, related := range []struct {
		nature string
		refs   []string
	}{
		{"ChildOf", p.ChildOf},
		{"ParentOf", p.ParentOf},
		{"CanPrecede", p.CanPrecede},
		{"CanFollow", p.CanFollow},
		{"CanAlsoBe", p.CanAlsoBe},
		{"PeerOf", p.PeerOf},
	} {
		for _, ref := range related.refs {
			e.related = append(e.related, relation{related.nature, parts.IDs[ref]})
		}
	}
	var works stix.Object // with the references that are in XML as well
	for _, ref := range p.References {
		switch ref.Source {
		case "cwe":
			e.weaknesses = append(e.weaknesses, ref.ID)
		case "ATTACK":
			e.techniques = append(e.techniques, ref.ID)
		case "reference_from_CAPEC":
			works.References = append(works.References, ref)
		}
	}
	e.references = works.Addresses()
	return e, nil
}

func (p *stixPattern) texts() []vuln.Text {
	var out []vuln.Text
	for _, value := range []string{xmljson.Plain(p.Description), xmljson.Plain(p.Extended), strings.Join(p.Terms, "\n")} {
		if value != "" {
			out = append(out, vuln.Text{Lang: "en", Value: value})
		}
	}
	return out
}

func (p *stixPattern) drift() []string {
	for name := range p.Unknown {
		if unreadSTIX[name] {
			delete(p.Unknown, name)
		}
	}
	return jsonlist.Drift("capec", p.Unknown)
}
