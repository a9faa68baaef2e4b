package certcc

import (
	"regexp"
	"slices"
	"strings"

	"vulnmirror/vuln"
)

func (n *note) facts(id string, old bool) vuln.Facts {
	f := vuln.Facts{CertAlert: len(n.TechAlert) > 0}
	// Where CVSS was not used the vector is AV:--/AC:--/… and the score 0.
	if n.Vector != "" && !strings.Contains(n.Vector, "--") {
		f.Scores = []vuln.Score{{Version: "2.0", Scorer: Scorer, Base: float64(n.Score), Vector: n.Vector}}
		f.Best = vuln.BestScore(f.Scores)
	}
	for _, url := range n.Public {
		if url = strings.TrimSpace(url); url != "" {
			f.References = append(f.References, vuln.Reference{URL: url})
		}
	}
	f.Links = n.links(id, old)
	return f
}

// links are the CVE the note is about, as its fields say, and the other notes,
// CVE and CWE that its references and texts name beside.
func (n *note) links(id string, old bool) []vuln.Link {
	cves, public := "cveids", "public"
	if old {
		cves, public = "CVEIDs", "References"
	}
	var links []vuln.Link
	add := func(link vuln.Link) {
		if link.ID != id && !slices.Contains(links, link) {
			links = append(links, link)
		}
	}
	for _, value := range n.CVEs {
		for _, cve := range mentioned(value, true) {
			add(vuln.Link{Kind: cve.Kind, ID: cve.ID, Rule: cves})
		}
	}
	for _, e := range n.Entries {
		if cve, err := vuln.ParseCVE(e.CVE); err == nil {
			add(vuln.Link{Kind: vuln.KindCVE, ID: cve, Rule: "vuls"})
		}
	}
	for _, url := range n.Public {
		if match := noteAddress.FindStringSubmatch(url); match != nil {
			if other, ok := ParseID(match[1]); ok {
				add(vuln.Link{Kind: vuln.KindCERTCC, ID: other, Rule: public})
			}
		}
	}
	stated := slices.Clone(links)
	for _, text := range n.text() {
		for _, link := range mentioned(text.Value, false) {
			if !slices.ContainsFunc(stated, func(s vuln.Link) bool { return s.Kind == link.Kind && s.ID == link.ID }) {
				link.Rule = "text"
				add(link)
			}
		}
	}
	return links
}

var (
	noteAddress = regexp.MustCompile(`kb\.cert\.org/vuls/id/([0-9]+)`)
	mention     = regexp.MustCompile(`(?i)\b(?:(?:CVE|CAN)[-\x{2010}-\x{2014}\x{2212}][0-9]{4}[-\x{2010}-\x{2014}\x{2212}][0-9]{4,19}|CWE-[0-9]{1,5}|VU ?#[0-9]{4,6})\b`)
	bareCVE     = regexp.MustCompile(`(?i)\b(?:(?:CVE|CAN)[-\x{2010}-\x{2014}\x{2212}])?[0-9]{4}[-\x{2010}-\x{2014}\x{2212}][0-9]{4,19}\b`)
)

// mentioned finds identifiers in text, in their order; bare ones of CVE too,
// where nothing else can be meant.
func mentioned(text string, bare bool) []vuln.Link {
	expr := mention
	if bare {
		expr = bareCVE
	}
	var links []vuln.Link
	for _, word := range expr.FindAllString(text, -1) {
		if id, ok := ParseID(word); ok && !bare {
			links = append(links, vuln.Link{Kind: vuln.KindCERTCC, ID: id})
		} else if cve, err := vuln.ParseCVE(word); err == nil {
			links = append(links, vuln.Link{Kind: vuln.KindCVE, ID: cve})
		} else {
			links = append(links, vuln.Link{Kind: vuln.KindCWE, ID: vuln.NormalCWE(word)})
		}
	}
	return links
}
