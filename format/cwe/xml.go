package cwe

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/mitrexml"
	"vulnmirror/format/xmljson"
)

// xmlEntry is an entry of the catalogue in XML, as rendered.
type xmlEntry struct {
	mitrexml.Entry
	Structure  string          `json:"@Structure"`
	Likelihood xmljson.Content `json:"Likelihood_Of_Exploit"`
	Related    struct {
		Weakness []struct {
			Nature string `json:"@Nature"`
			CWE    string `json:"@CWE_ID"`
		} `json:"Related_Weakness"`
	} `json:"Related_Weaknesses"`
	Patterns struct {
		Pattern []struct {
			CAPEC string `json:"@CAPEC_ID"`
		} `json:"Related_Attack_Pattern"`
	} `json:"Related_Attack_Patterns"`
	Examples struct {
		Example []struct {
			Reference xmljson.Content `json:"Reference"`
		} `json:"Observed_Example"`
	} `json:"Observed_Examples"`
	Mapping struct {
		Usage       xmljson.Content `json:"Usage"`
		Suggestions struct {
			Suggestion []struct {
				CWE string `json:"@CWE_ID"`
			} `json:"Suggestion"`
		} `json:"Suggestions"`
	} `json:"Mapping_Notes"`

	Unknown map[string]jsontext.Value `json:",embed"`
}

// unread are the members of an entry that facts are not made of.
var unread = map[string]bool{
	"@Diagram":               true,
	"Affected_Resources":     true,
	"Applicable_Platforms":   true,
	"Background_Details":     true,
	"Common_Consequences":    true,
	"Demonstrative_Examples": true,
	"Detection_Methods":      true,
	"Exploitation_Factors":   true,
	"Functional_Areas":       true,
	"Modes_Of_Introduction":  true,
	"Potential_Mitigations":  true,
	"Weakness_Ordinalities":  true,
}

func fromXML(body []byte) (*entry, error) {
	var x xmlEntry
	element, works, err := mitrexml.Open(body, &x)
	if err != nil {
		return nil, err
	}
	switch element {
	case "Weakness", "Category", "View":
	default:
		return nil, fmt.Errorf("the element %q is no weakness, category or view", element)
	}
	e := &entry{
		element: element, id: x.ID, name: x.Name, status: x.Status,
		abstraction: x.Abstraction, structure: x.Structure, viewType: x.Type,
		likelihood: x.Likelihood.Plain(), usage: x.Mapping.Usage.Plain(),
		texts: x.Texts(), references: mitrexml.References(works),
		drift: mitrexml.Drift("cwe", x.Unknown, unread),
	}
	e.published, e.modified = x.History.Span()
	for _, r := range x.Related.Weakness {
		e.related = append(e.related, relation{r.Nature, r.CWE})
	}
	for _, members := range []mitrexml.Members{x.Relationships, x.Members} {
		for _, m := range members.Has {
			e.has = append(e.has, relation{RuleHasMember, m.CWE})
		}
		for _, m := range members.Of {
			e.of = append(e.of, relation{RuleMemberOf, m.CWE})
		}
	}
	for _, s := range x.Mapping.Suggestions.Suggestion {
		e.suggestions = append(e.suggestions, relation{RuleSuggestion, s.CWE})
	}
	for _, p := range x.Patterns.Pattern {
		e.patterns = append(e.patterns, p.CAPEC)
	}
	for _, o := range x.Examples.Example {
		e.examples = append(e.examples, o.Reference.Plain())
	}
	return e, nil
}
