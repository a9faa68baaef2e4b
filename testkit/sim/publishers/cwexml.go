package publishers

import (
	"strconv"
	"strings"
	"time"
)

// catalogue is the XML of some entries (schema 7.3).
func (p *cwe) catalogue(entries shelf) func() []byte {
	weaknesses, categories, views := el("Weaknesses"), el("Categories"), el("Views")
	for _, x := range entries {
		switch g, ok := p.groups[x.id]; {
		case !ok:
			weaknesses = weaknesses.with(p.weaknessXML(x, p.known[x.id]))
		case g.view:
			views = views.with(el("View", "ID", bare(x.id), "Name", x.title, "Type", "Graph", "Status", x.status).with(
				el("Objective").say(x.text()), membersXML("Members", g, bare(x.id)), historyXML(x)))
		default:
			categories = categories.with(el("Category", "ID", bare(x.id), "Name", x.title, "Status", x.status).with(
				el("Summary").say(x.text()), membersXML("Relationships", g, "1000"), historyXML(x)))
		}
	}
	return inXML(`<?xml version="1.0" encoding="UTF-8"?>`, el(
		"Weakness_Catalog", "Name", "CWE", "Version", p.version(), "Date", p.at.Format(time.DateOnly),
		"xmlns", "http://cwe.mitre.org/cwe-7", "xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance",
		"xsi:schemaLocation", "http://cwe.mitre.org/cwe-7 http://cwe.mitre.org/data/xsd/cwe_schema_v7.3.xsd",
		"xmlns:xhtml", "http://www.w3.org/1999/xhtml",
	).with(weaknesses, categories, views, el("External_References").with(
		el("External_Reference", "Reference_ID", "REF-1").with(
			el("Title").say("A book nobody wrote"), el("URL").say("https://example.org/books/1")))))
}

func membersXML(name string, g group, view string) element {
	e := el(name)
	for _, n := range g.holds {
		e = e.with(el("Has_Member", "CWE_ID", strconv.Itoa(n), "View_ID", view))
	}
	return e
}

func (p *cwe) weaknessXML(x *article, w weakness) element {
	e := el("Weakness", "ID", bare(x.id), "Name", x.title, "Abstraction", w.abstraction, "Structure", structureOf(w), "Status", x.status).with(
		el("Description").say(x.text()),
		el("Extended_Description").with(
			el("xhtml:p").say(p.sentence("more "+x.id)),
			el("xhtml:ul").with(el("xhtml:li").say("It grows where t < 5 & nobody looks."))),
	)
	if w.parent != 0 {
		related := el("Related_Weaknesses")
		for _, view := range []string{"1000", "1003"} {
			related = related.with(el("Related_Weakness", "Nature", "ChildOf", "CWE_ID", strconv.Itoa(w.parent), "View_ID", view, "Ordinal", "Primary"))
		}
		e = e.with(related)
	}
	e = e.with(
		el("Common_Consequences").with(el("Consequence").with(el("Scope").say("Integrity"), el("Impact").say("Other"))),
		el("Likelihood_Of_Exploit").say("Medium"),
	)
	if examples := p.examples(x.id); len(examples) > 0 {
		list := el("Observed_Examples")
		for _, cve := range examples {
			list = list.with(el("Observed_Example").with(
				el("Reference").say(cve), el("Description").say("An example."), el("Link").say("https://www.cve.org/CVERecord?id="+cve)))
		}
		e = e.with(list)
	}
	if patterns := p.chain.patternsOf(w.number); len(patterns) > 0 {
		list := el("Related_Attack_Patterns")
		for _, c := range patterns {
			list = list.with(el("Related_Attack_Pattern", "CAPEC_ID", strconv.Itoa(c.number)))
		}
		e = e.with(list)
	}
	return e.with(
		el("References").with(el("Reference", "External_Reference_ID", "REF-1")),
		el("Mapping_Notes").with(
			el("Usage").say(usageOf(x, w)), el("Rationale").say("It was found to be so."), el("Comments").say("None."),
			el("Reasons").with(el("Reason", "Type", "Acceptable-Use"))),
		historyXML(x))
}

func historyXML(x *article) element {
	e := el("Content_History").with(el("Submission").with(
		el("Submission_Name").say("Nobody"), el("Submission_Date").say(x.created.Format(time.DateOnly))))
	if x.edition > 1 {
		e = e.with(el("Modification").with(
			el("Modification_Name").say("Nobody"), el("Modification_Date").say(x.changed.Format(time.DateOnly))))
	}
	return e
}

// examples are CVEs that illustrate a weakness.
func (p *cwe) examples(id string) []string {
	if id == "CWE-502" {
		return []string{log4shell}
	}
	return p.someCVEs(id, p.dice("examples "+id).IntN(3), p.chain.cves)
}

func structureOf(w weakness) string {
	if w.abstraction == "Compound" {
		return "Composite"
	}
	return "Simple"
}

func usageOf(x *article, w weakness) string {
	switch {
	case x.status == "Deprecated":
		return "Prohibited"
	case w.abstraction == "Pillar":
		return "Discouraged"
	case w.abstraction == "Class":
		return "Allowed-with-Review"
	}
	return "Allowed"
}

// bare is the number in CWE-79 and CAPEC-66.
func bare(id string) string { return id[strings.LastIndex(id, "-")+1:] }
