package attack

import (
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
	"vulnmirror/format/stix"
	"vulnmirror/vuln"
)

// links returns each link once: to tactics, along relationships, along members.
func (o *object) links(parts stix.Record) []vuln.Link {
	var out []vuln.Link
	seen := make(map[vuln.Link]bool)
	add := func(kind vuln.Kind, id, rule string) {
		if link := (vuln.Link{Kind: kind, ID: id, Rule: rule}); id != "" && !seen[link] {
			seen[link] = true
			out = append(out, link)
		}
	}
	for _, phase := range o.Phases.names() {
		add(vuln.KindATTACK, parts.IDs[phase], RuleTactic)
	}
	for _, r := range parts.Relationships {
		if r.Source == o.ID && !r.Retired() {
			add(vuln.KindATTACK, target(parts, r.Target), r.RelationshipType)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Unknown)) {
		for _, ref := range named(name, o.Unknown[name]) {
			add(vuln.KindATTACK, parts.IDs[ref], name)
		}
	}
	for _, source := range o.LogSources {
		add(vuln.KindATTACK, parts.IDs[source.Component], "x_mitre_data_component_ref")
	}
	for _, ref := range o.References {
		if strings.EqualFold(ref.Source, "capec") && strings.HasPrefix(ref.ID, "CAPEC-") {
			add(vuln.KindCAPEC, ref.ID, "external_references")
		}
	}
	return out
}

// target returns the id of what a relationship leads to. Of what is in no bundle
// that was read that is its STIX id, which is an alias if another bundle has it;
// what has no id has no record.
func target(parts stix.Record, name string) string {
	if id := parts.IDs[name]; id != "" {
		return id
	}
	for _, related := range parts.Related {
		if related.ID == name {
			return ""
		}
	}
	return name
}

// named returns the STIX ids in a member that is called like one that has any.
func named(name string, value jsontext.Value) []string {
	switch {
	case strings.HasSuffix(name, "_ref"):
		return []string{jsonlist.String(value)}
	case strings.HasSuffix(name, "_refs"):
		var refs []string
		if jsonlist.Unmarshal(value, &refs) == nil {
			return refs
		}
	}
	return nil
}

// ordinary are members of objects that facts are not made of. Those that name
// other objects are known by the end of their names.
var ordinary = map[string]bool{
	"spec_version": true, "labels": true, "is_family": true, "first_seen": true, "last_seen": true, "lang": true, "confidence": true,
	"x_mitre_attack_spec_version": true, "x_mitre_collection_layers": true, "x_mitre_contributors": true,
	"x_mitre_data_sources": true, "x_mitre_defense_bypassed": true, "x_mitre_detection": true,
	"x_mitre_effective_permissions": true, "x_mitre_first_seen_citation": true, "x_mitre_impact_type": true,
	"x_mitre_is_subtechnique": true, "x_mitre_last_seen_citation": true, "x_mitre_log_sources": true,
	"x_mitre_mutable_elements": true, "x_mitre_network_requirements": true, "x_mitre_permissions_required": true,
	"x_mitre_related_assets": true, "x_mitre_remote_support": true, "x_mitre_sectors": true,
	"x_mitre_shortname": true, "x_mitre_system_requirements": true, "x_mitre_tactic_type": true,
	"x_mitre_version": true,
}

// relationships are the relationship_types of ATT&CK.
var relationships = map[string]bool{
	"uses": true, "mitigates": true, "subtechnique-of": true, "detects": true, "attributed-to": true,
	"targets": true, "revoked-by": true,
}

// drift names types, members and types of relationships that are news.
func (o *object) drift(parts stix.Record) []string {
	for name := range o.Unknown {
		if ordinary[name] || strings.HasSuffix(name, "_ref") || strings.HasSuffix(name, "_refs") {
			delete(o.Unknown, name)
		}
	}
	out := jsonlist.Drift("attack", o.Unknown)
	if !known(o.Type) {
		out = append(out, "type "+o.Type)
	}
	for _, r := range parts.Relationships {
		if news := "relationship_type " + r.RelationshipType; !relationships[r.RelationshipType] && !slices.Contains(out, news) {
			out = append(out, news)
		}
	}
	return out
}
