package certfr

import (
	"regexp"
	"slices"
	"strings"

	"vulnmirror/vuln"
)

// linked collects links to other records, each (kind, id) by the first rule that
// gives it: what a field says comes before what a text mentions.
type linked struct {
	own   string
	links []vuln.Link
}

func (l *linked) add(kind vuln.Kind, id, rule string) {
	same := func(have vuln.Link) bool { return have.Kind == kind && have.ID == id }
	if id != l.own && !slices.ContainsFunc(l.links, same) {
		l.links = append(l.links, vuln.Link{Kind: kind, ID: id, Rule: rule})
	}
}

var mention = regexp.MustCompile(`(?i)\b(?:(CVE|CAN)[-\x{2010}-\x{2014}\x{2212}][0-9]{4}[-\x{2010}-\x{2014}\x{2212}][0-9]{4,19}|CERT(?:A|FR)-[0-9]{4}-[A-Z]{3}-[0-9]{1,5}|(VU) ?#([0-9]{4,6})|(CWE-[0-9]{1,5})|KB ?([0-9]{6,7}))\b`)

// mentions adds the identifiers that a text has.
func (l *linked) mentions(text, rule string) {
	for _, match := range mention.FindAllStringSubmatch(text, -1) {
		switch {
		case match[1] != "":
			if cve, err := vuln.ParseCVE(match[0]); err == nil {
				l.add(vuln.KindCVE, cve, rule)
			}
		case match[2] != "":
			l.add(vuln.KindCERTCC, "VU#"+match[3], rule)
		case match[4] != "":
			l.add(vuln.KindCWE, vuln.NormalCWE(match[4]), rule)
		case match[5] != "":
			l.add(vuln.KindMSKB, match[5], rule)
		default:
			if other, ok := ParseID(match[0]); ok {
				l.add(vuln.KindCERTFR, other, rule)
			}
		}
	}
}

func (n *notice) facts(id string) vuln.Facts {
	var f vuln.Facts
	links := linked{own: id}
	for _, cve := range n.CVEs {
		name, err := vuln.ParseCVE(cve.Name)
		if err == nil {
			links.add(vuln.KindCVE, name, "cves")
		}
	}
	for _, group := range []struct {
		rule    string
		sources []source
	}{{"links", n.Links}, {"vendor_advisories", n.Advisories}} {
		for _, s := range group.sources {
			links.mentions(s.Title+"\n"+s.URL, group.rule)
			if url := strings.TrimSpace(s.URL); url != "" {
				f.References = append(f.References, vuln.Reference{URL: url})
			}
		}
	}
	// The revisions are not looked at: they name the CVE that were taken out.
	links.mentions(n.Title, "title")
	links.mentions(n.Summary, "summary")
	links.mentions(n.Content, "content")
	f.Links = links.links
	return f
}
