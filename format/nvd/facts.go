package nvd

import (
	"slices"
	"strings"

	"vulnmirror/vuln"
)

func (d *document) facts() vuln.Facts {
	f := vuln.Facts{
		Scores:     d.scores(),
		Weaknesses: d.weaknesses(),
		Tags:       d.tags(),
		References: make([]vuln.Reference, len(d.References)),
		Criteria:   d.criteria(),
	}
	for i, r := range d.References {
		f.References[i] = vuln.Reference{URL: r.URL, Source: r.Source, Tags: r.Tags}
		markAdvisory(&f, r.URL)
	}
	if d.KEVAdded != "" {
		f.KEV = &vuln.KEV{Added: d.KEVAdded, Due: d.KEVDue, Action: d.KEVAction, Name: d.KEVName}
	}
	f.Best = vuln.BestScore(f.Scores)
	f.SourceIdentifiers = identifiers(d.SourceIdentifier, &f)
	return f
}

func (d *document) scores() []vuln.Score {
	m := &d.Metrics
	out := make([]vuln.Score, 0, len(m.V40)+len(m.V31)+len(m.V30)+len(m.V2))
	for _, group := range [...]struct {
		version string
		scores  []documentScore
	}{{"4.0", m.V40}, {"3.1", m.V31}, {"3.0", m.V30}, {"2.0", m.V2}} {
		for _, s := range group.scores {
			severity := s.Data.Severity
			if severity == "" {
				severity = s.Severity
			}
			out = append(out, vuln.Score{
				Version: group.version, Scorer: s.Source, Type: s.Type,
				Base: s.Data.Base, Severity: strings.ToUpper(severity), Vector: s.Data.Vector,
			})
		}
	}
	return out
}

func (d *document) weaknesses() []vuln.Weakness {
	var out []vuln.Weakness
	for _, w := range d.Weaknesses {
		for _, value := range w.Description {
			out = append(out, vuln.Weakness{CWE: value.Value, Source: w.Source, Type: w.Type})
		}
	}
	return out
}

func (d *document) tags() []vuln.Tag {
	var out []vuln.Tag
	for _, group := range d.CVETags {
		for _, name := range group.Tags {
			out = append(out, vuln.Tag{Name: name, Source: group.Source})
		}
	}
	return out
}

func (d *document) criteria() []vuln.MatchCriteria {
	var out []vuln.MatchCriteria
	for c, configuration := range d.Configurations {
		for n, node := range configuration.Nodes {
			for _, m := range node.CPEMatch {
				out = append(out, vuln.MatchCriteria{
					Configuration: c, ConfigurationOperator: configuration.Operator, ConfigurationNegate: configuration.Negate,
					Node: n, Operator: node.Operator, Negate: node.Negate,
					Vulnerable: m.Vulnerable, ID: m.ID, Criteria: m.Criteria,
					VersionStartIncluding: m.VersionStartIncluding,
					VersionStartExcluding: m.VersionStartExcluding,
					VersionEndIncluding:   m.VersionEndIncluding,
					VersionEndExcluding:   m.VersionEndExcluding,
				})
			}
		}
	}
	return out
}

// markAdvisory recognises the references that the API's hasCertAlerts,
// hasCertNotes and hasOval ask for. Records of the 2.0 format no longer carry
// these as fields of their own, so the address decides.
func markAdvisory(f *vuln.Facts, url string) {
	switch {
	case strings.Contains(url, "kb.cert.org/vuls/"):
		f.CertNote = true
	case strings.Contains(url, "us-cert.gov/cas/techalerts"),
		strings.Contains(url, "us-cert.gov/ncas/alerts"),
		strings.Contains(url, "us-cert.cisa.gov/ncas/alerts"):
		f.CertAlert = true
	case strings.Contains(url, "oval.mitre.org"), strings.Contains(url, "oval.cisecurity.org"),
		strings.Contains(url, "oval%3Aorg."):
		f.OVAL = true
	}
}

// identifiers lists every source named anywhere in the record, each once.
func identifiers(own string, f *vuln.Facts) []string {
	var out []string
	add := func(s string) {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	add(own)
	for _, s := range f.Scores {
		add(s.Scorer)
	}
	for _, w := range f.Weaknesses {
		add(w.Source)
	}
	for _, t := range f.Tags {
		add(t.Source)
	}
	for _, r := range f.References {
		add(r.Source)
	}
	return out
}
