package cwe

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
	"vulnmirror/vuln"
)

// entry is what is read of a record, whatever its shape.
type entry struct {
	element                       string // Weakness, Category or View
	id, name, status              string
	abstraction, structure        string
	viewType                      string
	likelihood, usage             string
	texts                         []vuln.Text
	related, has, of, suggestions []relation
	patterns, examples            []string
	references                    []vuln.Reference
	published, modified           time.Time
	drift                         []string
}

// relation leads to another entry by its number.
type relation struct{ nature, id string }

// The rules of links that are not natures of Related_Weakness.
const (
	RuleAttackPattern   = "Related_Attack_Pattern"
	RuleObservedExample = "Observed_Example" // an illustration, no classification of the CVE
	RuleHasMember       = "Has_Member"
	RuleMemberOf        = "Member_Of"
	RuleSuggestion      = "Suggestion" // what to map to instead, of Mapping_Notes
)

// Decode reads one record of either shape, as Reader.Next returns it, and keeps
// body as its Body. Links have as their Rule the Nature of a Related_Weakness
// (ChildOf, PeerOf, …; the views it holds in are left to the body) or one of the
// rules of this package. Tags name, with upstream's field as their Source, what
// kind of entry it is ("Weakness" of "Weakness_Catalog"), its Abstraction,
// Structure or Type, its Likelihood_Of_Exploit, and the Usage of Mapping_Notes.
func Decode(body []byte) (vuln.Record, error) {
	var members map[string]jsontext.Value
	if err := jsonlist.Unmarshal(body, &members); err != nil {
		return vuln.Record{}, fmt.Errorf("not an entry of CWE: %w", err)
	}
	var e *entry
	var err error
	if _, isJSON := members["ID"]; isJSON {
		e, err = fromJSON(body)
	} else {
		e, err = fromXML(body)
	}
	if err != nil {
		return vuln.Record{}, fmt.Errorf("not an entry of CWE: %w", err)
	}
	id, ok := ParseID(e.id)
	if !ok {
		return vuln.Record{}, fmt.Errorf("ID %q is not the number of an entry of CWE", e.id)
	}
	if e.name == "" {
		return vuln.Record{}, errors.New(id + " has no Name")
	}
	return vuln.Record{
		Kind: vuln.KindCWE, ID: id, Title: e.name, Status: e.status,
		Published: e.published, Modified: e.modified,
		Text:  e.texts,
		Facts: vuln.Facts{Tags: e.tags(), References: e.references, Links: e.links()},
		Drift: append(e.drift, e.news()...),
		Body:  body,
	}, nil
}

func (e *entry) tags() []vuln.Tag {
	var out []vuln.Tag
	for _, tag := range []vuln.Tag{
		{Name: e.element, Source: "Weakness_Catalog"},
		{Name: e.abstraction, Source: "Abstraction"},
		{Name: e.structure, Source: "Structure"},
		{Name: e.viewType, Source: "Type"},
		{Name: e.likelihood, Source: "Likelihood_Of_Exploit"},
		{Name: e.usage, Source: "Usage"},
	} {
		if tag.Name != "" {
			out = append(out, tag)
		}
	}
	return out
}

// links returns each link once, weaknesses first.
func (e *entry) links() []vuln.Link {
	var out []vuln.Link
	add := func(link vuln.Link, ok bool) {
		if ok && !slices.Contains(out, link) {
			out = append(out, link)
		}
	}
	for _, relations := range [][]relation{e.related, e.has, e.of, e.suggestions} {
		for _, r := range relations {
			id, ok := ParseID(r.id)
			add(vuln.Link{Kind: vuln.KindCWE, ID: id, Rule: r.nature}, ok)
		}
	}
	for _, number := range e.patterns {
		id := "CAPEC-" + strings.TrimPrefix(number, "CAPEC-")
		add(vuln.Link{Kind: vuln.KindCAPEC, ID: id, Rule: RuleAttackPattern}, number != "")
	}
	for _, example := range e.examples {
		id, err := vuln.ParseCVE(example)
		add(vuln.Link{Kind: vuln.KindCVE, ID: id, Rule: RuleObservedExample}, err == nil)
	}
	return out
}

// vocabulary holds the values the schema allows, by attribute.
var vocabulary = map[string][]string{
	"Status":      {"Deprecated", "Draft", "Incomplete", "Obsolete", "Stable", "Usable"},
	"Abstraction": {"Pillar", "Class", "Base", "Variant", "Compound"},
	"Structure":   {"Chain", "Composite", "Simple"},
	"Type":        {"Implicit", "Explicit", "Graph"},
	"Usage":       {"Allowed", "Allowed-with-Review", "Discouraged", "Prohibited"},
	"Nature":      {"ChildOf", "ParentOf", "StartsWith", "CanFollow", "CanPrecede", "RequiredBy", "Requires", "CanAlsoBe", "PeerOf"},
}

// news names values that the schema does not allow.
func (e *entry) news() []string {
	var out []string
	check := func(attribute, value string) {
		if value != "" && !slices.Contains(vocabulary[attribute], value) {
			out = append(out, attribute+" "+value)
		}
	}
	check("Status", e.status)
	check("Abstraction", e.abstraction)
	check("Structure", e.structure)
	check("Type", e.viewType)
	check("Usage", e.usage)
	for _, r := range e.related {
		check("Nature", r.nature)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
