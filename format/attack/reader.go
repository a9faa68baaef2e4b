// Package attack reads MITRE ATT&CK, which comes as one STIX bundle for each of
// its domains, Enterprise, Mobile and ICS (STIX 2.1 of
// https://github.com/mitre-attack/attack-stix-data, STIX 2.0 of
// https://github.com/mitre/cti; the members beginning with x_mitre_ are described
// in the former's USAGE.md).
//
// A record is any object with an ATT&CK id: techniques, tactics, mitigations,
// groups, software, campaigns, data sources and components, detection strategies,
// analytics, assets and matrices. Its body is as package stix specifies, with the
// object and its outgoing relationships as they came. Objects without an id are in
// the records they have relationships with.
//
// Groups, software, mitigations, campaigns, data sources and components are in
// each domain that uses them, with the relationships that concern that domain.
// To have all of them in one record, read the bundles with one Reader.
package attack

import (
	"io"
	"strings"
	"time"

	"vulnmirror/format/jsonlist"
	"vulnmirror/format/stix"
	"vulnmirror/vuln"
)

// RecordError concerns one object; reading goes on after it.
type RecordError = jsonlist.RecordError

// FormatError says at which byte a document was found to be no bundle.
type FormatError = jsonlist.FormatError

// Release is a version of ATT&CK, e.g. 18.1, and when it was made.
type Release struct {
	Version string
	Date    time.Time
}

// Reader splits bundles. It holds about as much as they are long.
type Reader struct {
	stix    *stix.Reader
	release Release
}

// NewReader reads the bundles of one domain or of several. What is in several of
// them becomes one record.
func NewReader(bundles ...io.Reader) *Reader {
	r := new(Reader)
	identify := func(o *stix.Object) string {
		if o.Type == "x-mitre-collection" {
			r.collection(o)
		}
		return identify(o)
	}
	r.stix = stix.NewReader(stix.Scheme{Identify: identify, Names: phasesOf, Calls: phasesIn}, bundles...)
	return r
}

// Next returns the next record, io.EOF after the last. A *RecordError concerns
// one object; a *FormatError ends the document, before any record was returned.
func (r *Reader) Next() ([]byte, error) { return r.stix.Next() }

// Release is complete once Next was called: the newest of what the bundles state
// in their x-mitre-collection. Those of STIX 2.0 state nothing.
func (r *Reader) Release() Release { return r.release }

func (r *Reader) collection(o *stix.Object) {
	var c struct {
		Version string `json:"x_mitre_version"`
	}
	modified, err := vuln.ParseTime(o.Modified)
	if err != nil || jsonlist.Unmarshal(o.Body, &c) != nil || !modified.After(r.release.Date) {
		return
	}
	r.release = Release{Version: c.Version, Date: modified}
}

// chains are the kill chains whose phases are the tactics of a domain.
var chains = map[string]string{
	"enterprise-attack": "mitre-attack",
	"mobile-attack":     "mitre-mobile-attack",
	"ics-attack":        "mitre-ics-attack",
}

// phasesOf returns the phases a tactic is. Before tactics stated their domain, a
// bundle held one.
func phasesOf(o *stix.Object) []string {
	if o.Type != "x-mitre-tactic" {
		return nil
	}
	var tactic struct {
		Shortname string   `json:"x_mitre_shortname"`
		Domains   []string `json:"x_mitre_domains"`
	}
	if jsonlist.Unmarshal(o.Body, &tactic) != nil {
		return nil
	}
	if len(tactic.Domains) == 0 {
		tactic.Domains = []string{"enterprise-attack", "mobile-attack", "ics-attack"}
	}
	var out []string
	for _, domain := range tactic.Domains {
		out = append(out, chains[domain]+"/"+tactic.Shortname)
	}
	return out
}

// phases are the tactics of a technique, by name.
type phases []struct {
	Chain string `json:"kill_chain_name"`
	Name  string `json:"phase_name"`
}

func (p phases) names() []string {
	var out []string
	for _, phase := range p {
		out = append(out, phase.Chain+"/"+phase.Name)
	}
	return out
}

// phasesIn returns the phases a technique belongs to.
func phasesIn(o *stix.Object) []string {
	var technique struct {
		Phases phases `json:"kill_chain_phases"`
	}
	if !strings.Contains(string(o.Body), `"kill_chain_phases"`) || jsonlist.Unmarshal(o.Body, &technique) != nil {
		return nil
	}
	return technique.Phases.names()
}
