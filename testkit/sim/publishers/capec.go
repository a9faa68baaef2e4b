package publishers

import (
	"strconv"
	"strings"
	"time"

	"vulnmirror/vuln"
)

const hostCAPEC = "capec.mitre.org"

// capecDay is when the catalogue was last published; it is final.
var capecDay = time.Date(2023, 1, 24, 18, 32, 31, 0, time.UTC)

const capecVersion = "3.9"

// capec publishes attack patterns as an XML catalogue and as a STIX bundle.
type capec struct {
	author
	chain *chain
	shelf shelf // patterns, then a category and a view
	site  site
}

func newCAPEC(a author, c *chain) *capec {
	p := &capec{author: a, chain: c}
	for _, pattern := range c.patterns {
		p.shelf = append(p.shelf, a.write(pattern.id(), pattern.name, a.day(pattern.id(), capecDay)))
	}
	for _, other := range []struct{ id, name string }{{"CAPEC-152", "Things put in"}, {"CAPEC-1000", "Ways of attacking"}} {
		p.shelf = append(p.shelf, a.write(other.id, other.name, a.day(other.id, capecDay)))
	}
	p.site = p.documents()
	return p
}

func (*capec) name() string                 { return "capec" }
func (*capec) hosts() []string              { return []string{hostCAPEC, hostRaw} }
func (*capec) move(time.Time, []string)     {}
func (p *capec) truth() map[vuln.Kind]shelf { return map[vuln.Kind]shelf{vuln.KindCAPEC: p.shelf} }

func (p *capec) publish() site { return p.site }

func (p *capec) documents() site {
	catalogue := dated("text/xml", capecDay, p.catalogue(len(p.chain.patterns))).
		otherwise(Shrunk, p.catalogue(2)).otherwise(Empty, p.catalogue(0))
	return site{
		hostCAPEC + "/data/xml/capec_latest.xml":                catalogue,
		hostRaw + "/mitre/cti/master/capec/2.1/stix-capec.json": raw(p.bundle("2.1")),
		hostRaw + "/mitre/cti/master/capec/2.0/stix-capec.json": raw(p.bundle("2.0")),
	}
}

// catalogue is the XML of the first n patterns (schema 3.5).
func (p *capec) catalogue(n int) func() []byte {
	patterns := el("Attack_Patterns")
	for i, c := range p.chain.patterns[:n] {
		patterns = patterns.with(p.patternXML(p.shelf[i], c))
	}
	category, view := p.shelf[len(p.shelf)-2], p.shelf[len(p.shelf)-1]
	root := el("Attack_Pattern_Catalog", "xmlns", "http://capec.mitre.org/capec-3", "xmlns:capec", "http://capec.mitre.org/capec-3",
		"xmlns:xhtml", "http://www.w3.org/1999/xhtml", "Name", "CAPEC", "Version", capecVersion, "Date", capecDay.Format(time.DateOnly))
	return inXML(`<?xml version="1.0" encoding="US-ASCII"?>`, root.with(patterns,
		el("Categories").with(el("Category", "ID", bare(category.id), "Name", category.title, "Status", "Stable").with(
			el("Summary").say(category.text()),
			el("Relationships").with(el("Member_Of", "CAPEC_ID", bare(view.id)), el("Has_Member", "CAPEC_ID", "586")), historyXML(category))),
		el("Views").with(el("View", "ID", bare(view.id), "Name", view.title, "Type", "Graph", "Status", "Draft").with(
			el("Objective").say(view.text()), el("Members").with(el("Has_Member", "CAPEC_ID", bare(category.id))), historyXML(view))),
		el("External_References").with(el("External_Reference", "Reference_ID", "REF-1").with(
			el("Title").say("A book nobody wrote"), el("URL").say("https://example.org/books/1")))))
}

func (p *capec) patternXML(x *article, c pattern) element {
	e := el("Attack_Pattern", "ID", bare(x.id), "Name", x.title, "Abstraction", c.abstraction, "Status", "Draft").with(
		el("Description").say(x.text()),
		el("Likelihood_Of_Attack").say("High"),
		el("Typical_Severity").say("Very High"),
	)
	if c.parent != 0 {
		e = e.with(el("Related_Attack_Patterns").with(el("Related_Attack_Pattern", "Nature", "ChildOf", "CAPEC_ID", strconv.Itoa(c.parent))))
	}
	related := el("Related_Weaknesses")
	for _, n := range c.weaknesses {
		related = related.with(el("Related_Weakness", "CWE_ID", strconv.Itoa(n)))
	}
	e = e.with(el("Mitigations").with(el("Mitigation").say(p.sentence("mitigation "+x.id))), related)
	if len(c.techniques) > 0 {
		mappings := el("Taxonomy_Mappings")
		for _, id := range c.techniques {
			// The catalogue leaves out the T.
			mappings = mappings.with(el("Taxonomy_Mapping", "Taxonomy_Name", "ATTACK").with(
				el("Entry_ID").say(strings.TrimPrefix(id, "T")), el("Entry_Name").say(p.chain.technique(id).name)))
		}
		e = e.with(mappings)
	}
	return e.with(el("References").with(el("Reference", "External_Reference_ID", "REF-1")), historyXML(x))
}

// bundle is the same as STIX, of patterns alone.
func (p *capec) bundle(version string) func() []byte {
	s := stixWriter{author: p.author, version: version}
	objects := []object{}
	for i, c := range p.chain.patterns {
		x := p.shelf[i]
		refs := []object{{"source_name", "capec", "external_id", x.id, "url", "https://capec.mitre.org/data/definitions/" + bare(x.id) + ".html"}}
		for _, n := range c.weaknesses {
			refs = append(refs, object{"source_name", "cwe", "external_id", "CWE-" + strconv.Itoa(n), "url", "http://cwe.mitre.org/data/definitions/" + strconv.Itoa(n) + ".html"})
		}
		for _, id := range c.techniques {
			refs = append(refs, object{
				"source_name", "ATTACK", "external_id", id, "description", p.chain.technique(id).name,
				"url", "https://attack.mitre.org/wiki/Technique/" + strings.ReplaceAll(id, ".", "/"),
			})
		}
		o := append(s.head("attack-pattern", x.id, x.created, x.changed), "name", x.title, "description", x.text(),
			"external_references", refs, "x_capec_abstraction", c.abstraction, "x_capec_status", "Draft",
			"x_capec_likelihood_of_attack", "High", "x_capec_typical_severity", "Very High", "x_capec_version", capecVersion)
		if c.parent != 0 {
			o = append(o, "x_capec_child_of_refs", []string{s.ref("attack-pattern", "CAPEC-"+strconv.Itoa(c.parent))})
		}
		coa := "coa-" + bare(x.id) + "-0"
		objects = append(objects, o,
			append(s.head("course-of-action", coa, x.created, x.changed), "name", coa, "description", p.sentence("mitigation "+x.id), "x_capec_version", capecVersion),
			append(s.relationship("mitigates", "course-of-action", coa, "attack-pattern", x.id, x.created), "x_capec_version", capecVersion))
	}
	return s.bundle("capec", objects)
}
