package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"vulnmirror/cpe"
	"vulnmirror/match"
	"vulnmirror/nvd"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// pageRows is how many entries of a long list a page shows.
const pageRows = 20

func (p page) cpeName() error {
	var c nvd.CPE
	if err := c.UnmarshalJSON(p.record.Body); err != nil {
		return err
	}
	p.title(c.Name(), p.record.Status)
	p.dates(c.Created(), c.LastModified(), c.ID())
	p.provenance()
	if title := c.Title(); title != "" {
		fmt.Fprintf(p, "\n%s\n", wrap(title, pageWidth))
	}
	name, odd := cpe.ParseLenient(c.Name()) // nothing can be matched with one that is
	if odd == nil {
		p.attributes(name)
	}
	p.names("Use instead", c.DeprecatedBy())
	p.names("To be used instead of", c.Deprecates())
	if refs := c.References(); len(refs) > 0 {
		p.section("References")
		for _, r := range refs {
			fmt.Fprintf(p, "  %s%s\n", r.URL, inParentheses(r.Type))
		}
	}
	if odd == nil {
		return p.concerning(name)
	}
	return nil
}

// attributes spells a name out.
func (p page) attributes(name cpe.Name) {
	p.section("Name")
	for a := cpe.Part; a < cpe.Attributes; a++ {
		switch v := name.At(a); {
		case v == cpe.Any:
		case v == cpe.NA:
			fmt.Fprintf(p, "  %-10s (none)\n", a)
		case a == cpe.Part:
			fmt.Fprintf(p, "  %-10s %s\n", a, cmp.Or(partNames[v], v.Text()))
		default:
			fmt.Fprintf(p, "  %-10s %s\n", a, v.Text())
		}
	}
}

var partNames = map[cpe.Value]string{"a": "application", "o": "operating system", "h": "hardware"}

func (p page) names(title string, names []nvd.CPEName) {
	if len(names) == 0 {
		return
	}
	p.section(title)
	for i, n := range names {
		if i == pageRows {
			fmt.Fprintf(p, "  and %d more; --json has all\n", len(names)-i)
			return
		}
		fmt.Fprintf(p, "  %s\n", n.Name)
	}
}

// concerning says how many CVE records concern a name.
func (p page) concerning(name cpe.Name) error {
	found, err := match.New(p.store).Describing(p.ctx, name)
	if err != nil {
		return err
	}
	digest, err := p.store.Digest(p.ctx, store.Query{Kind: vuln.KindCVE, Criteria: refsOf(found)})
	if err != nil {
		return err
	}
	p.section(fmt.Sprintf("CVE records with criteria that describe it: %d", digest.Count))
	if digest.Count > 0 {
		fmt.Fprintf(p, "  vulnmirror match '%s'\n", name)
	}
	return nil
}

func (p page) matchCriteria() error {
	var m nvd.MatchCriteria
	if err := m.UnmarshalJSON(p.record.Body); err != nil {
		return err
	}
	p.title(m.ID(), m.Status())
	p.dates(m.Created(), m.LastModified(), "")
	if at := m.NamesModified(); !at.IsZero() {
		fmt.Fprintf(p, "names last modified %s\n", vuln.FormatTime(at))
	}
	p.provenance()
	fmt.Fprintf(p, "\n%s%s\n", m.Criteria(), bounds(asCriteria(m)))
	names := m.Names()
	p.names(fmt.Sprintf("Names of the dictionary that it describes: %d", len(names)), names)
	return p.users(m)
}

// users lists the CVE records that use a criterion.
func (p page) users(m nvd.MatchCriteria) error {
	var product store.Product // any, for criteria that are odd
	if name, err := cpe.ParseLenient(m.Criteria()); err == nil {
		product = store.Product{Part: settled(name.Part()), Vendor: settled(name.Vendor()), Product: settled(name.Product())}
	}
	found, err := p.store.Criteria(p.ctx, product)
	if err != nil {
		return err
	}
	refs := []string{} // not nil: none is none
	for _, c := range found {
		if strings.EqualFold(c.ID, m.ID()) {
			refs = append(refs, c.Ref)
		}
	}
	users := store.Query{Kind: vuln.KindCVE, Criteria: refs, Order: store.ByModifiedDesc, Limit: pageRows}
	digest, err := p.store.Digest(p.ctx, users)
	if err != nil {
		return err
	}
	p.section(fmt.Sprintf("CVE records that use it: %d", digest.Count))
	for record, err := range p.store.List(p.ctx, users) {
		if err != nil {
			return err
		}
		line := describeCVE(record)
		fmt.Fprintf(p, "  %-16s %s %-8s %s\n", line.ID, scoreCell(record), line.Severity, shorten(line.Text, 60))
	}
	if more := digest.Count - pageRows; more > 0 {
		fmt.Fprintf(p, "  and %d more\n", more)
	}
	return nil
}

// settled is a value that stands for itself, "" for one that stands for many.
func settled(v cpe.Value) string {
	if v == cpe.Any || v.Wild() {
		return ""
	}
	return string(v)
}

// asCriteria is what a match criterion says.
func asCriteria(m nvd.MatchCriteria) vuln.MatchCriteria {
	v := m.Versions()
	return vuln.MatchCriteria{
		ID: m.ID(), Criteria: m.Criteria(),
		VersionStartIncluding: v.StartIncluding, VersionStartExcluding: v.StartExcluding,
		VersionEndIncluding: v.EndIncluding, VersionEndExcluding: v.EndExcluding,
	}
}

// dates prints when something was made and changed, and an identifier of it.
func (p page) dates(created, modified time.Time, id string) {
	parts := []string{
		"created " + cmp.Or(vuln.FormatTime(created), "at an unknown time"),
		"last modified " + cmp.Or(vuln.FormatTime(modified), "at an unknown time"),
	}
	if id != "" {
		parts = append(parts, "id "+id)
	}
	fmt.Fprintln(p, strings.Join(parts, "   "))
}

func inParentheses(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}
