package main

import (
	"fmt"
	"slices"
	"strings"

	"vulnmirror/format/kinds"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// linksShown is how many links of one rule a page names.
const linksShown = 12

// entry is the page of a record of any kind that has none of its own.
func (p page) entry() error {
	k, ok := kinds.Of(p.record.Kind)
	if !ok {
		return fmt.Errorf("there is no page for records of the kind %q; --json prints the body", p.record.Kind)
	}
	r, err := k.Read(p.record)
	if err != nil {
		return err
	}
	p.title(strings.TrimSpace(r.ID+"  "+r.Title), r.Status)
	if err := p.origin(k, r); err != nil {
		return err
	}
	p.provenance()
	if tags := tagsOf(r.Facts.Tags); tags != "" {
		fmt.Fprintln(p, tags)
	}
	for _, t := range r.Text {
		if t.Value != "" && t.Value != r.Title {
			fmt.Fprintf(p, "\n%s\n", wrap(t.Value, pageWidth))
		}
	}
	p.scores(r.Facts)
	p.weaknesses(r.Facts.Weaknesses)
	if err := p.links(r); err != nil {
		return err
	}
	p.references(r.Facts.References)
	return nil
}

// origin says of which kind, source and release a record is, and its dates.
func (p page) origin(k kinds.Kind, r vuln.Record) error {
	states, err := p.store.Sources(p.ctx)
	if err != nil {
		return err
	}
	of := r.Source
	if i := slices.IndexFunc(states, func(s store.SourceState) bool { return s.Source == r.Source }); i >= 0 && states[i].Release != "" {
		of += " " + states[i].Release
	}
	fmt.Fprintf(p, "%s of %s", k.One, of)
	for _, d := range []struct{ name, value string }{{"published", day(vuln.FormatTime(r.Published))}, {"modified", day(vuln.FormatTime(r.Modified))}} {
		if d.value != "" {
			fmt.Fprintf(p, "   %s %s", d.name, d.value)
		}
	}
	fmt.Fprintln(p)
	return nil
}

// tagsOf lists tags by what they say something about.
func tagsOf(tags []vuln.Tag) string {
	var order []string
	names := make(map[string][]string)
	for _, t := range tags {
		if names[t.Source] == nil {
			order = append(order, t.Source)
		}
		names[t.Source] = append(names[t.Source], t.Name)
	}
	for i, source := range order {
		values := strings.Join(names[source], ", ")
		if source != "" {
			values = source + ": " + values
		}
		order[i] = values
	}
	return strings.Join(order, "\n")
}

// links prints where a record leads, by rule, with titles, and what leads to it.
func (p page) links(r vuln.Record) error {
	linker, ok := p.store.(store.Linker)
	if !ok {
		return nil
	}
	self := store.Ref{Kind: r.Kind, ID: r.ID}
	var incoming []store.Link
	for l, err := range linker.Links(p.ctx, store.LinkQuery{To: []store.Ref{self}}) {
		if err != nil {
			return err
		}
		incoming = append(incoming, l)
	}
	var others []store.Ref
	var out, in groupedLinks
	for _, l := range r.Facts.Links {
		out.add(l.Rule, store.Ref{Kind: l.Kind, ID: l.ID})
	}
	for _, l := range incoming {
		in.add(l.Rule, l.From)
	}
	for _, g := range []*groupedLinks{&out, &in} {
		for _, rule := range g.rules {
			refs := g.refs[rule]
			others = append(others, refs[:min(len(refs), linksShown)]...)
		}
	}
	titles, err := linker.Titles(p.ctx, others)
	if err != nil {
		return err
	}
	p.linked("Leads to", out, titles)
	p.linked("What leads here", in, titles)
	return nil
}

func (p page) linked(title string, g groupedLinks, titles map[store.Ref]string) {
	if len(g.rules) == 0 {
		return
	}
	p.section(title)
	for _, rule := range g.rules {
		refs := g.refs[rule]
		fmt.Fprintf(p, "  %s\n", rule)
		for i, ref := range refs {
			if i == linksShown {
				fmt.Fprintf(p, "    and %d more\n", len(refs)-i)
				break
			}
			fmt.Fprintf(p, "    %s\n", strings.TrimSpace(ref.ID+"  "+shorten(titles[ref], 60)))
		}
	}
}

// groupedLinks are the other ends of links, by rule, each once.
type groupedLinks struct {
	rules []string
	refs  map[string][]store.Ref
}

func (g *groupedLinks) add(rule string, ref store.Ref) {
	// What follows " via " tells how, which the chain shows.
	rule, _, _ = strings.Cut(rule, " via ")
	if g.refs == nil {
		g.refs = make(map[string][]store.Ref)
	}
	if g.refs[rule] == nil {
		g.rules = append(g.rules, rule)
	}
	if !slices.Contains(g.refs[rule], ref) {
		g.refs[rule] = append(g.refs[rule], ref)
	}
}
