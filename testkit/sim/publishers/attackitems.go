package publishers

import (
	"fmt"
	"strings"
	"time"
)

// tactics are the columns of the matrices, by domain.
var tactics = []struct{ domain, number, short, name string }{
	{"enterprise", "TA0001", "initial-access", "Initial Access"},
	{"enterprise", "TA0002", "execution", "Execution"},
	{"enterprise", "TA0004", "privilege-escalation", "Privilege Escalation"},
	{"enterprise", "TA0005", "stealth", "Stealth"},
	{"enterprise", "TA0112", "defense-impairment", "Defense Impairment"},
	{"enterprise", "TA0007", "discovery", "Discovery"},
	{"enterprise", "TA0040", "impact", "Impact"},
	{"mobile", "TA0029", "privilege-escalation", "Privilege Escalation"},
	{"mobile", "TA0030", "defense-evasion", "Defense Evasion"},
	{"mobile", "TA0035", "collection", "Collection"},
	{"ics", "TA0108", "initial-access", "Initial Access"},
	{"ics", "TA0103", "evasion", "Evasion"},
	{"ics", "TA0107", "inhibit-response-function", "Inhibit Response Function"},
}

func (p *attack) addTactics(at time.Time) {
	s := stixWriter{author: p.author}
	columns := map[string][]string{}
	for _, t := range tactics {
		i := p.add("x-mitre-tactic", t.number, t.name, at, t.domain)
		i.extra = object{"x_mitre_shortname", t.short}
		columns[t.domain] = append(columns[t.domain], s.ref(i.kind, i.stix))
	}
	for _, d := range domains {
		i := p.add("x-mitre-matrix", d.key+"-attack", "The matrix of "+d.key, at, d.key)
		i.extra = object{"tactic_refs", columns[d.key]}
	}
}

// chains are the kill chains of the domains.
var chains = map[string]string{"enterprise": "mitre-attack", "mobile": "mitre-mobile-attack", "ics": "mitre-ics-attack"}

func (p *attack) addTechnique(t technique, at time.Time) {
	i := p.add("attack-pattern", t.id, t.name, at, t.domain)
	parent, _, sub := strings.Cut(t.id, ".")
	i.extra = object{
		"kill_chain_phases",
		[]object{{"kill_chain_name", chains[t.domain], "phase_name", t.tactic}},
		"x_mitre_is_subtechnique", sub, "x_mitre_platforms", platforms[t.domain],
	}
	if sub {
		i.targets = append(i.targets, aim{"subtechnique-of", i.kind, parent})
	}
	if t.by != "" {
		i.status = "revoked"
		i.targets = append(i.targets, aim{"revoked-by", i.kind, t.by})
	}
}

var platforms = map[string][]string{
	"enterprise": {"Windows", "Linux"},
	"mobile":     {"Android", "iOS"},
	"ics":        {"None"},
}

// addOthers adds one or two of every other type.
func (p *attack) addOthers(at time.Time) {
	technique := func(id string) aim { return aim{"", "attack-pattern", id} }
	aims := func(verb string, at ...aim) []aim {
		for i := range at {
			at[i].verb = verb
		}
		return at
	}
	p.add("course-of-action", "M1048", "Application Isolation", at, "enterprise", "mobile").targets = aims(
		"mitigates", technique("T1190"), technique("T1203"), technique("T1404"))
	p.add("course-of-action", "M1051", "Update Software", at, "enterprise").targets = aims("mitigates", technique("T1190"), technique("T1068"))
	p.add("course-of-action", "M0948", "Application Isolation", at, "ics").targets = aims("mitigates", technique("T0819"))
	// Mitigations once had the numbers of techniques.
	old := p.add("course-of-action", "T1083", "Discovery Mitigation", at, "enterprise")
	old.id, old.stix, old.status = "course-of-action:T1083", "course-of-action:T1083", "deprecated"

	p.add("malware", "S9001", "LADLE", at, "enterprise", "mobile").targets = aims("uses", technique("T1059"), technique("T1055.001"), technique("T1404"))
	p.add("tool", "S9002", "SPOON", at, "enterprise").targets = aims("uses", technique("T1083"))
	group := p.add("intrusion-set", "G9001", "Kitchen Cats", at, "enterprise", "mobile", "ics")
	group.extra = object{"aliases", []string{"Kitchen Cats", "APT-Saucer"}}
	group.targets = aims("uses", technique("T1190"), technique("T0819"), aim{"", "malware", "S9001"})
	p.add("x-mitre-asset", "A0008", "Application Server", at, "ics")
	for _, i := range p.items {
		if i.id == "T0819" {
			i.targets = append(i.targets, aim{"targets", "x-mitre-asset", "A0008"})
		}
	}
	p.addCampaign(9001, at)
	p.addCampaign(9002, at)
	p.addDetection(at)
}

func (p *attack) addDetection(at time.Time) {
	s := stixWriter{author: p.author}
	source := p.add("x-mitre-data-source", "DS0015", "Application Log", at, "enterprise", "ics")
	source.status = "deprecated"
	component := p.add("x-mitre-data-component", "DC0038", "Application Log Content", at, "enterprise", "ics")
	component.extra = object{"x_mitre_data_source_ref", s.ref(source.kind, source.stix)}
	analytic := p.add("x-mitre-analytic", "AN9001", "Analytic 9001", at, "enterprise")
	analytic.extra = object{"x_mitre_log_source_references", []object{
		{"x_mitre_data_component_ref", s.ref(component.kind, component.stix), "name", "webserver", "channel", "access log"},
	}}
	strategy := p.add("x-mitre-detection-strategy", "DET9001", "Watch the lookups", at, "enterprise")
	strategy.extra = object{"x_mitre_analytic_refs", []string{s.ref(analytic.kind, analytic.stix)}}
	strategy.targets = []aim{{"detects", "attack-pattern", "T1190"}}
}

func (p *attack) addCampaign(n int, at time.Time) {
	c := p.add("campaign", fmt.Sprintf("C%d", n), fmt.Sprintf("The Soup Affair of %d", n), at, "enterprise")
	c.extra = object{"first_seen", "2021-12-01T05:00:00.000Z", "last_seen", "2022-01-01T05:00:00.000Z"}
	c.targets = []aim{{"attributed-to", "intrusion-set", "G9001"}, {"uses", "attack-pattern", "T1190"}}
}
