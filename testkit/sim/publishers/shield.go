package publishers

import (
	"fmt"
	"time"

	"vulnmirror/vuln"
)

const repoSHIELD = hostRaw + "/MITRECND/mitrecnd.github.io/master/_data/"

// shield is what remains of a site: JSON files that nobody changes any more.
type shield struct {
	author
	chain *chain
	// By kind of entry: DTE, DTA, DOS, DUC, DPR.
	techniques, tactics, opportunities, uses, procedures shelf

	site site
}

func newSHIELD(a author, c *chain) *shield {
	p := &shield{author: a, chain: c}
	at := time.Date(2021, 10, 20, 0, 0, 0, 0, time.UTC)
	for n := 1; n <= c.size.Deceptions; n++ {
		named := func(letters string, n int) *article {
			id := fmt.Sprintf("%s%04d", letters, n)
			return a.write(id, a.phrase(id), at)
		}
		// Opportunities, use cases and procedures are a sentence each.
		said := func(letters string) *article {
			x := named(letters, n)
			x.title = x.text()
			return x
		}
		p.techniques = append(p.techniques, named("DTE", n))
		if n <= 3 {
			p.tactics = append(p.tactics, named("DTA", n))
		}
		p.opportunities = append(p.opportunities, said("DOS"))
		p.uses = append(p.uses, said("DUC"))
		p.procedures = append(p.procedures, said("DPR"))
	}
	p.site = p.documents()
	return p
}

func (*shield) name() string             { return "shield" }
func (*shield) hosts() []string          { return []string{hostRaw} }
func (*shield) move(time.Time, []string) {}

func (p *shield) truth() map[vuln.Kind]shelf {
	var all shelf
	for _, s := range []shelf{p.techniques, p.tactics, p.opportunities, p.uses, p.procedures} {
		all = append(all, s...)
	}
	return map[vuln.Kind]shelf{vuln.KindSHIELD: all}
}

func (p *shield) publish() site { return p.site }

func (p *shield) documents() site {
	out := site{}
	put := func(name string, v any) { out[repoSHIELD+name+".json"] = raw(inLines(v)) }
	list := func(name string, s shelf, entry func(*article) object) {
		rows := []object{}
		for _, x := range s {
			rows = append(rows, entry(x))
		}
		out[repoSHIELD+name+".json"] = raw(inLines(rows)).otherwise(Empty, inLines([]object{})).otherwise(Shrunk, inLines(rows[:1]))
	}
	list("techniques", p.techniques, named)
	list("tactics", p.tactics, named)
	list("opportunities", p.opportunities, sentence)
	list("use_cases", p.uses, sentence)
	list("procedures", p.procedures, sentence)
	details, tacticDetails := object{}, object{}
	for i, x := range p.techniques {
		details = append(details, x.id, object{
			"name", x.title, "description", x.text(), "long_description", p.sentence("long " + x.id),
			"tactics",
			[]object{named(p.tactics[i%len(p.tactics)])},
			"opportunities",
			[]object{sentence(p.opportunities[i])},
			"use_cases",
			[]object{sentence(p.uses[i])},
			"procedures",
			[]object{sentence(p.procedures[i])},
		})
	}
	for _, x := range p.tactics {
		tacticDetails = append(tacticDetails, x.id, object{"name", x.title, "description", x.text(), "techniques", []object{}})
	}
	rows := p.rows()
	put("technique_details", details)
	put("tactic_details", tacticDetails)
	out[repoSHIELD+"attack_mapping.json"] = raw(inLines(rows)).otherwise(Empty, inLines([]object{})).otherwise(Shrunk, inLines(rows[:1]))
	put("mapping", object{"attack_tactics", []object{}})
	put("navigation", []object{})
	put("attack_groups", []object{})
	put("tactic_matrix", [][][]string{})
	return out
}

// rows map every technique of ATT&CK for enterprises, and one that it has no
// longer.
func (p *shield) rows() []object {
	rows := []object{}
	for n, t := range append(p.chain.of("enterprise"), technique{id: "T1545", name: "Gone since", tactic: "impact"}) {
		i := n % len(p.techniques)
		rows = append(rows, object{
			"attack_id", t.id, "attack_technique",
			object{"id", t.id, "name", t.name, "attack_tactics", []string{t.tactic}},
			"attack_tactics",
			[]object{{"id", "TA0001", "name", "Initial Access"}},
			"opportunity", sentence(p.opportunities[i]), "use_case", sentence(p.uses[i]), "technique", named(p.techniques[i]),
			"tactics",
			[]object{named(p.tactics[0])},
			"procedures",
			[]object{sentence(p.procedures[i])},
		})
	}
	return rows
}

func named(x *article) object {
	return object{"id", x.id, "name", x.title, "description", x.text(), "long_description", x.about}
}

func sentence(x *article) object { return object{"id", x.id, "description", x.text()} }
