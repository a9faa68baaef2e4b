package publishers

import (
	"fmt"
	"strings"
	"time"
)

// document is a bulletin in XML (CVRF 1.1), with dates so many days back.
func (p *msrc) document(b *bulletin, spell func(string) string, back int) func() []byte {
	const space = "http://www.icasi.org/CVRF/schema/"
	current := b.current.AddDate(0, 0, -back).Format("2006-01-02T15:04:05")
	products := el("prod:ProductTree").with(el("prod:Branch", "Type", "Vendor", "Name", "Nobody").with(windowsXML("prod:Branch", "Type", "Product Family", "Name", "Windows")))
	for _, w := range windows {
		products = products.with(el("prod:FullProductName", "ProductID", w[0]).say(w[1]))
	}
	root := el("cvrf:cvrfdoc", "xmlns:vuln", space+"vuln/1.1", "xmlns:prod", space+"prod/1.1", "xmlns:cvrf", space+"cvrf/1.1").with(
		el("cvrf:DocumentTitle").say(b.initial.Format("January 2006")+" Security Updates"),
		el("cvrf:DocumentType").say("Security Update"),
		el("cvrf:DocumentTracking").with(
			el("cvrf:Identification").with(el("cvrf:ID").say(b.id), el("cvrf:Alias").say(b.alias)),
			el("cvrf:Status").say("Final"), el("cvrf:Version").say("1.0"),
			el("cvrf:RevisionHistory").with(el("cvrf:Revision").with(
				el("cvrf:Number").say(fmt.Sprint(b.revision)), el("cvrf:Date").say(current), el("cvrf:Description").say("Updated."))),
			el("cvrf:InitialReleaseDate").say(b.initial.Format(time.RFC3339)), el("cvrf:CurrentReleaseDate").say(current)),
		products)
	ordinal := 0
	for _, x := range b.vulns {
		if !x.gone {
			ordinal++
			root = root.with(p.vulnerability(b, x, ordinal, spell))
		}
	}
	return inXML("\ufeff"+`<?xml version="1.0" encoding="utf-8"?>`, root)
}

func windowsXML(name string, attrs ...string) element {
	branch := el(name, attrs...)
	for _, w := range windows {
		branch = branch.with(el("prod:FullProductName", "ProductID", w[0]).say(w[1]))
	}
	return branch
}

func (p *msrc) vulnerability(b *bulletin, x *article, ordinal int, spell func(string) string) element {
	notes := el("vuln:Notes").with(
		el("vuln:Note", "Title", "Description", "Type", "Description", "Ordinal", "0").say("<p>"+x.text()+"</p>\n"),
		el("vuln:Note", "Title", "Windows", "Type", "Tag", "Ordinal", "20").say("Windows"),
		el("vuln:Note", "Title", "Nobody", "Type", "CNA", "Ordinal", "30").say("Nobody"),
		el("vuln:Note", "Title", "Customer Action Required", "Type", "Other", "Ordinal", "40").say("Yes"))
	e := el("vuln:Vulnerability", "Ordinal", fmt.Sprint(ordinal)).with(el("vuln:Title").say(x.title), notes, el("vuln:CVE").say(spell(x.id)))
	if strings.HasPrefix(x.id, "CVE-") {
		for _, cwe := range p.weaknessesOf(x.id, p.chain) {
			e = e.with(el("vuln:CWE", "ID", cwe).say("A weakness"))
		}
	}
	affected, scores := el("vuln:Status", "Type", "Known Affected"), el("vuln:CVSSScoreSets")
	for _, w := range windows {
		affected = affected.with(el("vuln:ProductID").say(w[0]))
		scores = scores.with(el("vuln:ScoreSet").with(
			el("vuln:BaseScore").say("8.8"), el("vuln:TemporalScore").say("7.7"),
			el("vuln:Vector").say("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H"), el("vuln:ProductID").say(w[0])))
	}
	fixes := el("vuln:Remediations")
	for _, f := range b.kbs {
		fixes = fixes.with(f.xml())
	}
	if b.also != nil && strings.HasPrefix(x.id, "ADV") {
		fixes = fixes.with(b.also.xml())
	}
	fixes = fixes.with(el("vuln:Remediation", "Type", "Vendor Fix").with(
		el("vuln:Description").say("Release Notes"), el("vuln:URL").say("https://example.org/notes"), el("vuln:ProductID").say(windows[0][0])))
	revisions := el("vuln:RevisionHistory").with(revisionXML("1.0", x.created))
	if x.edition > 1 {
		revisions = revisions.with(revisionXML(fmt.Sprintf("1.%d", x.edition-1), x.changed))
	}
	return e.with(
		el("vuln:ProductStatuses").with(affected),
		el("vuln:Threats").with(
			el("vuln:Threat", "Type", "Impact").with(el("vuln:Description").say("Spoofing"), el("vuln:ProductID").say(windows[0][0])),
			el("vuln:Threat", "Type", "Exploit Status").with(el("vuln:Description").say(
				"Publicly Disclosed:No;Exploited:No;Latest Software Release:Exploitation Less Likely;DOS:N/A"))),
		scores, fixes, el("vuln:Acknowledgments"), revisions)
}

func (f *fix) xml() element {
	return el("vuln:Remediation", "Type", "Vendor Fix").with(
		el("vuln:Description").say(f.id), el("vuln:URL").say("https://catalog.update.microsoft.com/v7/site/Search.aspx?q=KB"+f.id),
		el("vuln:Supercedence").say(fmt.Sprint(f.replaced)), el("vuln:ProductID").say(windows[f.product][0]),
		el("vuln:AffectedFiles"), el("vuln:RestartRequired").say("Yes"), el("vuln:SubType").say("Security Update"),
		el("vuln:FixedBuild").say(fmt.Sprintf("10.0.%d.%d", f.number%10000, f.edition)))
}

func revisionXML(number string, at time.Time) element {
	return el("vuln:Revision").with(el("cvrf:Number").say(number), el("cvrf:Date").say(at.Format("2006-01-02T15:04:05")),
		el("cvrf:Description").say("<p>Information published.</p>"))
}
