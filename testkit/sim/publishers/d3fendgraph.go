package publishers

import (
	"bytes"
	"encoding/csv"
	"strings"
)

// carWithD3FEND is the analytic that D3FEND refers to, and that names the
// countermeasure it is.
const carWithD3FEND = "CAR-2020-11-003"

// graph is the ontology of some entries.
func (p *d3fend) graph(entries shelf) graph {
	g := graph{{name: "http://d3fend.mitre.org/ontologies/d3fend.owl", class: "owl:Ontology", says: []statement{
		{property: "d3f:release-date", text: p.at.Format("2006-01-02T15:04:05"), datatype: "xsd:dateTime"},
		{property: "owl:versionInfo", text: p.version()},
		{property: "dcterms:license", text: "MIT"},
	}}}
	for _, x := range entries.present() {
		n := node{name: x.id, class: "owl:Class", says: []statement{
			{property: "rdfs:label", text: x.title}, {property: "d3f:definition", text: x.text()},
		}}
		n.says = append(n.says, p.states(x)...)
		g = append(g, n)
	}
	return g
}

// states is what is said of an entry beyond its text.
func (p *d3fend) states(x *article) []statement {
	if d, ok := p.defences[x.id]; ok {
		out := []statement{
			{property: "d3f:d3fend-id", text: d.number},
			{property: "d3f:enables", node: "d3f:" + d.tactic},
			{property: "rdfs:subClassOf", node: "d3f:DefensiveTechnique"},
			{property: "rdfs:subClassOf", verb: "d3f:" + d.verb, node: "d3f:" + d.artifact},
			{property: "d3f:kb-article", text: "## How it works\nBy looking & \"thinking\"."},
			{property: "d3f:synonym", text: d.label + "ing"},
		}
		if d.name == "ProcessSpawnAnalysis" {
			out = append(out, statement{property: "d3f:kb-reference", node: "d3f:Reference-" + carWithD3FEND})
		}
		return out
	}
	if t, ok := p.techs[x.id]; ok {
		parent := "OffensiveTechnique"
		if above, _, sub := strings.Cut(t.id, "."); sub {
			parent = above
		}
		a := artifacts[p.touched(t)]
		return []statement{
			{property: "d3f:attack-id", text: t.id},
			{property: "rdfs:subClassOf", node: "d3f:" + parent},
			{property: "rdfs:subClassOf", verb: "d3f:" + a.verb, node: "d3f:" + a.name},
		}
	}
	if w, ok := p.flaws[x.id]; ok {
		a := artifacts[p.dice("artifact "+x.id).IntN(len(artifacts))]
		return []statement{
			{property: "d3f:cwe-id", text: w.id()},
			{property: "rdfs:subClassOf", node: "d3f:Weakness"},
			{property: "rdfs:subClassOf", verb: "d3f:weakness-of", node: "d3f:" + a.name},
		}
	}
	if strings.HasSuffix(x.id, carWithD3FEND) {
		return []statement{{property: "d3f:has-link", text: "https://car.mitre.org/analytics/" + carWithD3FEND + "/", datatype: "xsd:anyURI"}}
	}
	return nil
}

// touched tells which artifact a technique of ATT&CK deals with.
func (p *d3fend) touched(t technique) int {
	if i, ok := touches[t.id]; ok {
		return i
	}
	return p.dice("artifact " + t.id).IntN(len(artifacts))
}

// list is d3fend.csv.
func (p *d3fend) list() []byte {
	rows := [][]string{{"ID", "D3FEND Tactic", "D3FEND Technique", "D3FEND Technique Level 0", "D3FEND Technique Level 1", "Definition"}}
	for _, x := range p.shelf.present() {
		if d, ok := p.defences[x.id]; ok {
			rows = append(rows, []string{d.number, d.tactic, d.label, "", "", x.text()})
		}
	}
	return csvOf(rows, false)
}

func csvOf(rows [][]string, crlf bool) []byte {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.UseCRLF = crlf
	must(w.WriteAll(rows))
	return out.Bytes()
}

// row is what one technique does against one of ATT&CK, by column.
type row map[string]string

// columns are those of the mappings (1.6.0).
var columns = strings.Fields(`query_def_tech_label top_def_tech_label def_tactic_label def_tactic_rel_label def_tech_label
	def_artifact_rel_label def_artifact_label off_artifact_label off_artifact_rel_label off_tech_label off_tech_id
	framework_root_iri off_tech_parent_label off_tech_parent_is_toplevel off_tactic_rel_label off_tactic_label def_tactic
	def_tactic_rel def_tech def_artifact_rel def_artifact off_artifact off_artifact_rel off_tech off_tech_parent off_tactic_rel
	off_tactic`)

// offered are the techniques of the release.
func (p *d3fend) offered() []defence {
	var out []defence
	for _, x := range p.shelf.present() {
		if d, ok := p.defences[x.id]; ok {
			out = append(out, d)
		}
	}
	return out
}

// rows are the mappings: every countermeasure against every technique that deals
// with the same artifact. Some are repeated.
func (p *d3fend) rows(defences []defence) []row {
	var out []row
	for _, d := range defences {
		for _, t := range p.chain.techniques {
			a := artifacts[p.touched(t)]
			if a.name != d.artifact || t.by != "" {
				continue
			}
			r := row{
				"query_def_tech_label": d.label, "top_def_tech_label": d.label, "def_tactic_label": d.tactic, "def_tactic_rel_label": "enables",
				"def_tech_label": d.label, "def_artifact_rel_label": d.verb, "def_artifact_label": a.label, "off_artifact_label": a.label,
				"off_artifact_rel_label": a.verb, "off_tech_label": t.name, "off_tech_id": t.id, "framework_root_iri": spaceD3F + "ATTACK" + title(t.domain) + "Thing",
				"off_tech_parent_label": "Offensive\nTechnique", "off_tech_parent_is_toplevel": "true", "off_tactic_rel_label": "enables",
				"off_tactic_label": t.tactic, "def_tactic": spaceD3F + d.tactic, "def_tactic_rel": spaceD3F + "enables", "def_tech": spaceD3F + d.name,
				"def_artifact_rel": spaceD3F + d.verb, "def_artifact": spaceD3F + a.name, "off_artifact": spaceD3F + a.name,
				"off_artifact_rel": spaceD3F + a.verb, "off_tech": spaceD3F + t.id, "off_tech_parent": spaceD3F + "OffensiveTechnique",
				"off_tactic_rel": spaceD3F + "enables", "off_tactic": spaceD3F + strings.ReplaceAll(t.tactic, "-", ""),
			}
			out = append(out, r)
			if strings.Contains(t.id, ".") {
				out = append(out, r)
			}
		}
	}
	return out
}

func rowsCSV(rows []row) []byte {
	lines := [][]string{columns}
	for _, r := range rows {
		var line []string
		for _, c := range columns {
			line = append(line, r[c])
		}
		lines = append(lines, line)
	}
	return csvOf(lines, true)
}

// rowsJSON are SPARQL results.
func rowsJSON(rows []row) []byte {
	bindings := []object{}
	for _, r := range rows {
		var b object
		for _, c := range columns {
			kind := "literal"
			if strings.HasPrefix(r[c], "http") {
				kind = "uri"
			}
			b = append(b, c, object{"type", kind, "value", r[c]})
		}
		bindings = append(bindings, b)
	}
	return indented(object{"head", object{"vars", columns}, "results", object{"bindings", bindings}})
}
