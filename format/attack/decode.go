package attack

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
	"vulnmirror/format/stix"
	"vulnmirror/vuln"
)

// object is what is read of a STIX object of ATT&CK.
type object struct {
	stix.Object
	Name         string   `json:"name"`
	Description  string   `json:"description"`
	Phases       phases   `json:"kill_chain_phases"`
	Platforms    []string `json:"x_mitre_platforms"`
	Domains      []string `json:"x_mitre_domains"`
	Aliases      []string `json:"aliases"`
	MITREAliases []string `json:"x_mitre_aliases"` // of software
	OldID        string   `json:"x_mitre_old_attack_id"`
	LogSources   []struct {
		Component string `json:"x_mitre_data_component_ref"`
	} `json:"x_mitre_log_source_references"`

	Unknown map[string]jsontext.Value `json:",embed"`
}

// RuleTactic is the rule of links from a technique to its tactics.
const RuleTactic = "kill_chain_phases"

// Decode reads one record, as Reader.Next returns it, and keeps body as its Body.
// Status is "revoked" or "deprecated", as the members that say so are called, or
// empty. Links have as their Rule a relationship_type (uses, mitigates,
// subtechnique-of, revoked-by, …), or the name of the member the other object
// stands in (kill_chain_phases, x_mitre_analytic_refs, external_references, …).
// Relationships that are revoked or deprecated make no links. Tags name the type,
// domains, tactics and platforms, with the member they are from as Source. The
// STIX id is an alias.
func Decode(body []byte) (vuln.Record, error) {
	parts, err := stix.Open(body)
	if err != nil {
		return vuln.Record{}, err
	}
	var o object
	if err := jsonlist.Unmarshal(parts.Object, &o); err != nil {
		return vuln.Record{}, fmt.Errorf("not an object of ATT&CK: %w", err)
	}
	id := identify(&o.Object)
	if id == "" {
		return vuln.Record{}, fmt.Errorf("%s has no ATT&CK id", o.ID)
	}
	created, modified, drift := o.Times()
	return vuln.Record{
		Kind: vuln.KindATTACK, ID: id, Title: o.Name, Status: o.status(),
		Published: created, Modified: modified,
		Text: o.texts(),
		Facts: vuln.Facts{
			Tags: o.tags(), References: o.Addresses(), Aliases: o.aliases(), Links: o.links(parts),
		},
		Drift: append(drift, o.drift(parts)...),
		Body:  body,
	}, nil
}

func (o *object) status() string {
	switch {
	case o.Revoked:
		return "revoked"
	case o.Deprecated:
		return "deprecated"
	}
	return ""
}

func (o *object) aliases() []string {
	if o.OldID != "" {
		return []string{o.ID, o.OldID}
	}
	return []string{o.ID}
}

// texts returns the description, which is Markdown with a few tags of HTML in it,
// and the other names of groups and software.
func (o *object) texts() []vuln.Text {
	var names []string
	for _, name := range append(o.Aliases, o.MITREAliases...) {
		if name != o.Name && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	var out []vuln.Text
	for _, value := range []string{plain.Replace(o.Description), strings.Join(names, ", ")} {
		if value = strings.TrimSpace(html.UnescapeString(value)); value != "" {
			out = append(out, vuln.Text{Lang: "en", Value: value})
		}
	}
	return out
}

// plain leaves out the tags that descriptions have; what else looks like a tag
// stands for something to be filled in, such as <username>.
var plain = strings.NewReplacer("<code>", "", "</code>", "", "<br>", "\n", "<br/>", "\n", "<br />", "\n", "\r\n", "\n")

func (o *object) tags() []vuln.Tag {
	out := []vuln.Tag{{Name: o.Type, Source: "type"}}
	add := func(source string, names ...string) {
		for _, name := range names {
			if tag := (vuln.Tag{Name: name, Source: source}); !slices.Contains(out, tag) {
				out = append(out, tag)
			}
		}
	}
	add("x_mitre_domains", o.Domains...)
	for _, phase := range o.Phases {
		add(RuleTactic, phase.Name)
	}
	add("x_mitre_platforms", o.Platforms...)
	return out
}
