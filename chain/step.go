package chain

import (
	"slices"
	"strings"

	"vulnmirror/format/attack"
	"vulnmirror/format/capec"
	"vulnmirror/format/cwe"
	"vulnmirror/format/msrc"
	"vulnmirror/vuln"
)

// Extra names steps that are only taken when asked for.
type Extra string

// The extras.
const (
	// Inheritance: a weakness is attacked as the more general ones are that it is a
	// ChildOf. It multiplies attack patterns.
	Inheritance Extra = "inheritance"
	// Illustrations: CVE records that CWE shows as examples of a weakness. They are
	// not classified by that.
	Illustrations Extra = "illustrations"
	// WeaknessArtifacts: countermeasures of D3FEND that act on what a weakness is
	// in, by D3FEND's ontology.
	WeaknessArtifacts Extra = "weakness-artifacts"
	Tactics           Extra = "tactics"     // tactics that techniques serve
	Mitigations       Extra = "mitigations" // mitigations of techniques, in ATT&CK's own words
)

// Extras returns all extras.
func Extras() []Extra {
	return []Extra{Inheritance, Illustrations, WeaknessArtifacts, Tactics, Mitigations}
}

// Mark says in what way a statement is weaker than that one record refers to
// another; empty when it is not.
type Mark string

// The marks.
const (
	Inferred  Mark = "inferred"   // put together from what an ontology says of things between
	Example   Mark = "example"    // an illustration
	ViaParent Mark = "via parent" // true of the technique that this one is a kind of
	Inherited Mark = "inherited"  // true of a more general weakness
	Revoked   Mark = "revoked"    // leads to what upstream put in the place of a record it gave up
)

// Step is one kind of connection, in the order of the chain.
type Step struct {
	Name     string // unique
	From, To vuln.Kind
	Says     string // a sentence for people: what it means that From is connected to To
	Extra    Extra  // only taken with that; "" always
	Mark     Mark

	// stated are the links that make the step; none where facts do.
	stated []stating
	// facts finds what leads to what where that is not in links, or adds to them.
	facts finder
	// aside: taken both ways on either way. From where it leads only it goes on, in
	// the same direction.
	aside bool
	// onward: from From to To on either way.
	onward bool
	// asked: taken back only when Options.To has From.
	asked bool
}

// stating is what one end of a step says.
type stating struct {
	by    end
	rules []string // any of these, or what begins with one and " via "; none means any
}

// end is an end of a step.
type end bool

const (
	byFrom end = true
	byTo   end = false
)

// Steps returns the chain.
func Steps() []Step { return slices.Clone(steps) }

var steps = []Step{
	{
		Name: "described by", From: vuln.KindCPE, To: vuln.KindMatchCriteria, facts: describes{},
		Says: "the match criterion describes the CPE name, as NVD lists its names or by being that name; whether versions fit otherwise is for `match` to say",
	},
	{
		Name: "in configurations of", From: vuln.KindMatchCriteria, To: vuln.KindCVE, facts: uses{},
		Says: "configurations of the CVE record have the match criterion",
	},
	{
		Name: "exploited", From: vuln.KindKEV, To: vuln.KindCVE, stated: []stating{{byFrom, nil}},
		Says: "CISA knows of exploitation",
	},
	{
		Name: "scored", From: vuln.KindEPSS, To: vuln.KindCVE, stated: []stating{{byFrom, nil}},
		Says: "FIRST estimates how likely exploitation is",
	},
	{
		Name: "noted by CERT/CC", From: vuln.KindCERTCC, To: vuln.KindCVE, stated: []stating{{byFrom, nil}},
		Says: "the note is about the CVE, or names it (rule text)",
	},
	{
		Name: "noted by CERT-FR", From: vuln.KindCERTFR, To: vuln.KindCVE, stated: []stating{{byFrom, nil}},
		Says: "the document is about the CVE (rule cves), or names it",
	},
	{
		Name: "described by Microsoft", From: vuln.KindMSRC, To: vuln.KindCVE, stated: []stating{{byFrom, nil}},
		Says: "Microsoft's Security Update Guide has the CVE, or an advisory names it",
	},
	{
		Name: "fixed by", From: vuln.KindMSKB, To: vuln.KindCVE, stated: []stating{{byFrom, nil}},
		Says: "Microsoft's update remedies the CVE",
	},
	{
		Name: "remedied by", From: vuln.KindMSKB, To: vuln.KindMSRC, stated: []stating{{byFrom, nil}, {byTo, nil}},
		Says: "Microsoft's advisory names the update as a remedy",
	},
	{
		Name: "supersedes", From: vuln.KindMSKB, To: vuln.KindMSKB, stated: []stating{{byFrom, []string{msrc.RuleSupersedes}}}, aside: true,
		Says: "the update replaces the other, for some product at least",
	},
	{
		Name: "refers to update", From: vuln.KindCERTFR, To: vuln.KindMSKB, stated: []stating{{byFrom, nil}}, aside: true,
		Says: "the document of CERT-FR names the update",
	},
	{
		Name: "refers to note", From: vuln.KindCERTFR, To: vuln.KindCERTCC, stated: []stating{{byFrom, nil}}, aside: true,
		Says: "the document of CERT-FR names the note of CERT/CC",
	},
	{
		Name: "weakness", From: vuln.KindCVE, To: vuln.KindCWE, facts: weaknesses{},
		Says: "NVD or who reported the CVE classifies it so; so may CISA and Microsoft",
	},
	{
		Name: "example", From: vuln.KindCVE, To: vuln.KindCWE, stated: []stating{{byTo, []string{cwe.RuleObservedExample}}},
		Extra: Illustrations, Mark: Example,
		Says: "CWE shows the CVE as an example of the weakness",
	},
	{
		Name: "exploited weakness", From: vuln.KindKEV, To: vuln.KindCWE, stated: []stating{{byFrom, nil}}, asked: true,
		Says: "CISA classifies the CVE so",
	},
	{
		Name: "weakness by Microsoft", From: vuln.KindMSRC, To: vuln.KindCWE, stated: []stating{{byFrom, nil}}, asked: true,
		Says: "Microsoft classifies the CVE so",
	},
	{
		Name: "child of", From: vuln.KindCWE, To: vuln.KindCWE, stated: []stating{{byFrom, []string{"ChildOf"}}},
		Extra: Inheritance, Mark: Inherited,
		Says: "the weakness is a special case of the other",
	},
	{
		Name: "attacked by", From: vuln.KindCWE, To: vuln.KindCAPEC,
		stated: []stating{{byFrom, []string{cwe.RuleAttackPattern}}, {byTo, []string{capec.RuleWeakness}}},
		Says:   "the attack pattern makes use of the weakness",
	},
	{
		// ATT&CK took its references to CAPEC out; those left are in what it gave up.
		Name: "technique", From: vuln.KindCAPEC, To: vuln.KindATTACK, stated: []stating{{byFrom, []string{capec.RuleTechnique}}},
		Says: "the attack pattern is known to ATT&CK as the technique",
	},
	{
		Name: "kind of", From: vuln.KindATTACK, To: vuln.KindATTACK, stated: []stating{{byFrom, []string{"subtechnique-of"}}}, Mark: ViaParent,
		Says: "the technique is a kind of the other, and what is true of the other may be of it",
	},
	{
		Name: "revoked by", From: vuln.KindATTACK, To: vuln.KindATTACK, stated: []stating{{byFrom, []string{ruleRevoked}}},
		Mark: Revoked, onward: true,
		Says: "ATT&CK has the other in its place",
	},
	{
		Name: "tactic", From: vuln.KindATTACK, To: vuln.KindATTACK, stated: []stating{{byFrom, []string{attack.RuleTactic}}},
		Extra: Tactics, aside: true,
		Says: "the technique serves the tactic",
	},
	{
		Name: "mitigated by", From: vuln.KindATTACK, To: vuln.KindATTACK, stated: []stating{{byTo, []string{"mitigates"}}},
		Extra: Mitigations, aside: true,
		Says: "ATT&CK's mitigation is against the technique",
	},
	{
		Name: "detected by", From: vuln.KindATTACK, To: vuln.KindCAR,
		stated: []stating{{byTo, []string{"coverage.technique", "coverage.subtechniques"}}},
		Says:   "the analytic detects the technique",
	},
	{
		Name: "countered by", From: vuln.KindATTACK, To: vuln.KindD3FEND,
		stated: []stating{{byTo, []string{ruleMapping}}}, facts: artifacts{rule: "attack-id"},
		Says: "the countermeasure acts on an artifact that the technique does: by D3FEND's table, where that has nothing on a technique inferred from the ontology",
	},
	{
		Name: "is a", From: vuln.KindCAR, To: vuln.KindD3FEND, stated: []stating{{byFrom, []string{"d3fend_mappings"}}},
		Says: "the analytic carries out the countermeasure",
	},
	{
		Name: "weakness countered by", From: vuln.KindCWE, To: vuln.KindD3FEND, facts: artifacts{rule: "cwe-id"}, Extra: WeaknessArtifacts,
		Says: "the countermeasure acts on an artifact that the weakness is in",
	},
	{
		Name: "deceived by (Shield)", From: vuln.KindATTACK, To: vuln.KindSHIELD, stated: []stating{{byTo, []string{"attack_mapping"}}},
		Says: "the active defence takes an opportunity that the technique gives",
	},
	{
		Name: "deceived by (Engage)", From: vuln.KindATTACK, To: vuln.KindENGAGE, stated: []stating{{byTo, []string{"attack_mapping"}}},
		Says: "the engagement activity exploits a vulnerability that adversaries show by the technique",
	},
}

const (
	ruleRevoked = "revoked-by"
	ruleMapping = "off_tech_id" // of D3FEND's table
)

// says tells whether a link with that rule is one of the step's.
func (s stating) says(rule string) bool {
	return len(s.rules) == 0 || slices.ContainsFunc(s.rules, func(own string) bool {
		return rule == own || strings.HasPrefix(rule, own+" via ")
	})
}

// turn is a step in one direction.
type turn struct {
	*Step
	out bool // from From to To
}

// near and far are the kinds of the end that is left and of the end arrived at.
func (t turn) near() vuln.Kind {
	if t.out {
		return t.From
	}
	return t.To
}

func (t turn) far() vuln.Kind {
	if t.out {
		return t.To
	}
	return t.From
}

// lane is what a step that leads aside keeps to.
func (t turn) lane() string {
	switch {
	case !t.aside:
		return ""
	case t.out:
		return t.Name
	}
	return "not " + t.Name
}

// turns lists the steps that o takes on a way.
func turns(way Way, o Options) []turn {
	var out []turn
	for i := range steps {
		s := &steps[i]
		if s.Extra != "" && !slices.Contains(o.With, s.Extra) {
			continue
		}
		if way == Forward || s.aside || s.onward {
			out = append(out, turn{s, true})
		}
		back := way == Back && !s.onward && (!s.asked || slices.Contains(o.To, s.From))
		if back || s.aside {
			out = append(out, turn{s, false})
		}
	}
	return leading(out, o.To)
}

// leading leaves only steps that may lead to records of the kinds in to.
func leading(all []turn, to []vuln.Kind) []turn {
	if len(to) == 0 {
		return all
	}
	leads := make(map[vuln.Kind]bool)
	for _, k := range to {
		leads[k] = true
		if k == vuln.KindCPE {
			leads[vuln.KindMatchCriteria] = true
		}
	}
	for more := true; more; {
		more = false
		for _, t := range all {
			if leads[t.far()] && !leads[t.near()] {
				leads[t.near()], more = true, true
			}
		}
	}
	return slices.DeleteFunc(all, func(t turn) bool { return !leads[t.far()] })
}
