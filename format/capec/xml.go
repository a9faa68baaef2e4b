package capec

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/mitrexml"
	"vulnmirror/format/xmljson"
)

// xmlEntry is an entry of the catalogue in XML, as rendered.
type xmlEntry struct {
	mitrexml.Entry
	Likelihood xmljson.Content `json:"Likelihood_Of_Attack"`
	Severity   xmljson.Content `json:"Typical_Severity"`
	Related    struct {
		Pattern []struct {
			Nature string `json:"@Nature"`
			CAPEC  string `json:"@CAPEC_ID"`
		} `json:"Related_Attack_Pattern"`
	} `json:"Related_Attack_Patterns"`
	Weaknesses struct {
		Weakness []struct {
			CWE string `json:"@CWE_ID"`
		} `json:"Related_Weakness"`
	} `json:"Related_Weaknesses"`

	Unknown map[string]jsontext.Value `json:",embed"`
}

// unread are the members of an entry that facts are not made of.
var unread = map[string]bool{
	"Consequences":       true,
	"Example_Instances":  true,
	"Execution_Flow":     true,
	"Indicators":         true,
	"Mitigations":        true,
	"Prerequisites":      true,
	"Resources_Required": true,
	"Skills_Required":    true,
}

func fromXML(body []byte) (*entry, error) {
	var x xmlEntry
	element, works, err := mitrexml.Open(body, &x)
	if err != nil {
		return nil, err
	}
	switch element {
	case "Attack_Pattern", "Category", "View":
	default:
		return nil, fmt.Errorf("the element %q is no attack pattern, category or view", element)
	}
	e := &entry{
		element: element, id: x.ID, name: x.Name, status: x.Status, abstraction: x.Abstraction, viewType: x.Type,
		likelihood: x.Likelihood.Plain(), severity: x.Severity.Plain(),
		texts: x.Texts(), references: mitrexml.References(works),
		drift: mitrexml.Drift("capec", x.Unknown, unread),
	}
	e.published, e.modified = x.History.Span()
	for _, r := range x.Related.Pattern {
		e.related = append(e.related, relation{r.Nature, r.CAPEC})
	}
	for _, members := range []mitrexml.Members{x.Relationships, x.Members} {
		for _, m := range members.Has {
			e.related = append(e.related, relation{RuleHasMember, m.CAPEC})
		}
		for _, m := range members.Of {
			e.related = append(e.related, relation{RuleMemberOf, m.CAPEC})
		}
	}
	for _, w := range x.Weaknesses.Weakness {
		e.weaknesses = append(e.weaknesses, w.CWE)
	}
	for _, m := range x.Taxonomies.Mapping {
		if m.Taxonomy == "ATTACK" {
			e.techniques = append(e.techniques, m.ID.Plain())
		}
	}
	return e, nil
}
