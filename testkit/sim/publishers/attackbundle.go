package publishers

import (
	"slices"
	"strings"
	"time"
)

// specVersion is that of the data model.
const specVersion = "3.3.0"

// folders of the site that kinds of objects are in.
var attackFolders = map[string]string{
	"attack-pattern": "techniques", "x-mitre-tactic": "tactics", "course-of-action": "mitigations", "intrusion-set": "groups",
	"malware": "software", "tool": "software", "campaign": "campaigns", "x-mitre-data-source": "datasources",
	"x-mitre-data-component": "datacomponents", "x-mitre-detection-strategy": "detectionstrategies", "x-mitre-analytic": "analytics",
	"x-mitre-asset": "assets", "x-mitre-matrix": "matrices",
}

// domainBundle is a domain: its objects, and the relationships among them.
func (p *attack) domainBundle(domain, name, collection string, at time.Time, version string) func() []byte {
	s := stixWriter{p.author, version}
	in := slices.DeleteFunc(slices.Clone(p.items), func(i *item) bool { return i.gone || !slices.Contains(i.domains, domain) })
	objects := []object{}
	if version == "2.1" {
		objects = append(objects, object{
			"type", "x-mitre-collection", "id", collection, "spec_version", "2.1", "x_mitre_attack_spec_version", specVersion, "name", name,
			"x_mitre_version", p.version(), "description", p.sentence(name), "created_by_ref", identity,
			"created", "2018-01-17T12:56:55.080Z", "modified", at.Format(stixTime), "object_marking_refs",
			[]string{marking},
			"x_mitre_contents", contents(s, in),
		})
	}
	for _, i := range in {
		objects = append(objects, p.object(s, i))
	}
	for _, i := range in {
		for _, to := range i.targets {
			if j := slices.IndexFunc(in, func(other *item) bool { return other.kind == to.kind && other.number == to.id }); j >= 0 {
				objects = append(objects, append(s.relationship(to.verb, i.kind, i.stix, to.kind, in[j].stix, i.created),
					"description", "It is so.", "x_mitre_attack_spec_version", specVersion))
			}
		}
	}
	return s.bundle(domain+" "+p.version(), objects)
}

func contents(s stixWriter, in []*item) []object {
	out := []object{}
	for _, i := range in {
		out = append(out, object{"object_ref", s.ref(i.kind, i.stix), "object_modified", i.changed.Format(stixTime)})
	}
	return out
}

func (p *attack) object(s stixWriter, i *item) object {
	page := "https://attack.mitre.org/" + attackFolders[i.kind] + "/" + strings.ReplaceAll(i.number, ".", "/")
	names := []string{}
	for _, d := range i.domains {
		names = append(names, d+"-attack")
	}
	o := append(s.head(i.kind, i.stix, i.created, i.changed), "name", i.title, "description", i.text()+"(Citation: Nobody 2020)",
		"external_references", []object{
			{"source_name", "mitre-attack", "external_id", i.number, "url", page},
			{"source_name", "Nobody 2020", "description", "Nobody. (2020). A report.", "url", "https://example.org/reports/" + i.number},
		},
		"x_mitre_domains", names, "x_mitre_version", "1.0", "x_mitre_attack_spec_version", specVersion, "x_mitre_modified_by_ref", identity)
	o = append(o, i.extra...)
	switch i.status {
	case "revoked":
		return append(o, "revoked", true)
	case "deprecated":
		return append(o, "x_mitre_deprecated", true)
	}
	return append(o, "revoked", false, "x_mitre_deprecated", false)
}
