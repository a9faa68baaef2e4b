package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"vulnmirror/format/nvd"
	"vulnmirror/vuln"
)

// pageWidth is how wide running text is set.
const pageWidth = 88

// printPage prints a record for people.
func printPage(w io.Writer, stored vuln.Record) error {
	r, err := nvd.DecodeCVE(stored.Body)
	if err != nil {
		return err
	}
	p := page{bufio.NewWriter(w)}
	p.head(r)
	p.kev(r.Facts.KEV)
	p.scores(r.Facts)
	p.weaknesses(r.Facts.Weaknesses)
	p.criteria(r.Facts.Criteria)
	p.references(r.Facts.References)
	return p.Flush()
}

type page struct{ *bufio.Writer }

func (p page) head(r vuln.Record) {
	fmt.Fprintf(p, "%s  %s\n", r.ID, r.Status)
	fmt.Fprintf(p, "published %s   last modified %s   by %s\n", vuln.FormatTime(r.Published), vuln.FormatTime(r.Modified), r.SourceIdentifier)
	for _, tag := range r.Facts.Tags {
		fmt.Fprintf(p, "tagged %s by %s\n", tag.Name, tag.Source)
	}
	fmt.Fprintf(p, "\n%s\n", wrap(englishText(r.Text), pageWidth))
}

func (p page) section(title string) { fmt.Fprintf(p, "\n%s\n", title) }

func (p page) kev(k *vuln.KEV) {
	if k == nil {
		return
	}
	p.section("Known exploited")
	fmt.Fprintf(p, "  %s, added %s, due %s\n", k.Name, k.Added, k.Due)
	fmt.Fprintf(p, "%s\n", indent(wrap(k.Action, pageWidth-2)))
}

func (p page) scores(f vuln.Facts) {
	if len(f.Scores) == 0 {
		return
	}
	p.section("CVSS (* the one that search and the tables go by)")
	for i := range f.Scores {
		s, mark := &f.Scores[i], " "
		if s == f.Best {
			mark = "*"
		}
		fmt.Fprintf(p, "%s %-4s %4.1f %-8s %s (%s)\n       %s\n", mark, s.Version, s.Base, s.Severity, s.Scorer, s.Type, s.Vector)
	}
}

func (p page) weaknesses(weaknesses []vuln.Weakness) {
	if len(weaknesses) == 0 {
		return
	}
	p.section("Weaknesses")
	for _, w := range weaknesses {
		fmt.Fprintf(p, "  %s (%s)\n", w.CWE, w.Source)
	}
}

func (p page) criteria(criteria []vuln.MatchCriteria) {
	if len(criteria) == 0 {
		return
	}
	p.section("Applicability")
	configuration, node := -1, -1
	for _, m := range criteria {
		if m.Configuration != configuration || m.Node != node {
			configuration, node = m.Configuration, m.Node
			fmt.Fprintf(p, "  configuration %d, node %d: %s\n", configuration+1, node+1, choice(m.Operator, m.Negate))
		}
		fmt.Fprintf(p, "    %s%s%s\n", m.Criteria, bounds(m), runningOn(m.Vulnerable))
	}
}

// choice spells how the criteria of a node go together.
func choice(operator string, negate bool) string {
	words := "any of"
	if operator == "AND" {
		words = "all of"
	}
	if negate {
		return "not " + words
	}
	return words
}

func runningOn(vulnerable bool) string {
	if vulnerable {
		return ""
	}
	return "  (not itself vulnerable)"
}

// bounds spells a version range as people do.
func bounds(m vuln.MatchCriteria) string {
	var b strings.Builder
	for _, bound := range []struct{ sign, version string }{
		{"≥", m.VersionStartIncluding},
		{">", m.VersionStartExcluding},
		{"≤", m.VersionEndIncluding},
		{"<", m.VersionEndExcluding},
	} {
		if bound.version != "" {
			fmt.Fprintf(&b, "  %s %s", bound.sign, bound.version)
		}
	}
	return b.String()
}

// references prints each address once, with all tags it carries.
func (p page) references(references []vuln.Reference) {
	if len(references) == 0 {
		return
	}
	p.section("References")
	var order []string
	tags := make(map[string][]string)
	for _, r := range references {
		if _, seen := tags[r.URL]; !seen {
			order = append(order, r.URL)
			tags[r.URL] = nil
		}
		for _, tag := range r.Tags {
			if !slices.Contains(tags[r.URL], tag) {
				tags[r.URL] = append(tags[r.URL], tag)
			}
		}
	}
	for _, url := range order {
		fmt.Fprintf(p, "  %s\n", url)
		if len(tags[url]) > 0 {
			fmt.Fprintf(p, "      %s\n", strings.Join(tags[url], ", "))
		}
	}
}

// wrap sets running text in lines of at most width characters. A word longer
// than that is left whole.
func wrap(s string, width int) string {
	lines := strings.Split(text.WrapSoft(s, width), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}

func indent(s string) string { return "  " + strings.ReplaceAll(s, "\n", "\n  ") }
