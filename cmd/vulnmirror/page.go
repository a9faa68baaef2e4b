package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	format "vulnmirror/format/nvd"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// pageWidth is how wide running text is set.
const pageWidth = 88

// printPage prints a record for people. What it is used by is looked up in st.
func printPage(ctx context.Context, w io.Writer, st store.Reader, record vuln.Record) error {
	p := page{Writer: bufio.NewWriter(w), ctx: ctx, store: st, record: record}
	var content func() error
	switch record.Kind {
	case vuln.KindCVE:
		content = p.cve
	case vuln.KindCPE:
		content = p.cpeName
	case vuln.KindMatchCriteria:
		content = p.matchCriteria
	case vuln.KindNVDSource:
		content = p.source
	case vuln.KindCVEChange:
		content = p.change
	default:
		content = p.entry
	}
	if err := content(); err != nil {
		return err
	}
	return p.Flush()
}

// page is one record's page while it is written.
type page struct {
	*bufio.Writer
	ctx    context.Context
	store  store.Reader
	record vuln.Record
}

// title is the line every page begins with.
func (p page) title(id, status string) {
	if status != "" {
		id += "  " + status
	}
	fmt.Fprintln(p, id)
}

// provenance says when a record is not as NVD has it now.
func (p page) provenance() {
	if p.record.Converted {
		fmt.Fprintln(p, "converted from an older format, which said less")
	}
	if !p.record.Withdrawn.IsZero() {
		fmt.Fprintf(p, "withdrawn: upstream was found to have it no longer on %s\n", vuln.FormatTime(p.record.Withdrawn))
	}
}

func (p page) cve() error {
	r, err := format.DecodeCVE(p.record.Body)
	if err != nil {
		return err
	}
	p.title(r.ID, r.Status)
	fmt.Fprintf(p, "published %s   last modified %s   by %s\n", vuln.FormatTime(r.Published), vuln.FormatTime(r.Modified), r.SourceIdentifier)
	p.provenance()
	for _, tag := range r.Facts.Tags {
		fmt.Fprintf(p, "tagged %s by %s\n", tag.Name, tag.Source)
	}
	fmt.Fprintf(p, "\n%s\n", wrap(englishText(r.Text), pageWidth))
	p.kev(r.Facts.KEV)
	p.scores(r.Facts)
	p.weaknesses(r.Facts.Weaknesses)
	p.criteria(r.Facts.Criteria)
	p.references(r.Facts.References)
	return nil
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
