package d3fend

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
	"vulnmirror/vuln"
)

// restriction says of every member of a class what it is related to, and how
// (https://www.w3.org/TR/owl2-syntax/#Object_Property_Restrictions).
type restriction struct {
	Property jsontext.Value `json:"owl:onProperty"`
	Some     jsontext.Value `json:"owl:someValuesFrom"`
	All      jsontext.Value `json:"owl:allValuesFrom"`
	Has      jsontext.Value `json:"owl:hasValue"`
}

// linker collects links, each once.
type linker struct{ record *vuln.Record }

func (l linker) add(kind vuln.Kind, id, rule string) {
	link := vuln.Link{Kind: kind, ID: id, Rule: rule}
	self := kind == vuln.KindD3FEND && id == l.record.ID
	if !self && !slices.Contains(l.record.Facts.Links, link) {
		l.record.Facts.Links = append(l.record.Facts.Links, link)
	}
}

// property finds where the values of one property lead.
func (l linker) property(property string, of []jsontext.Value) {
	rule := strings.TrimPrefix(property, "d3f:")
	for _, value := range of {
		switch property {
		case "@type":
			l.typed(plain(value))
		case "d3f:attack-id":
			l.external(vuln.KindATTACK, plain(value), rule, attackID.MatchString)
		case "d3f:cwe-id":
			l.external(vuln.KindCWE, plain(value), rule, weakness.MatchString)
		case "d3f:has-link":
			if match := analytic.FindStringSubmatch(plain(value)); match != nil {
				l.add(vuln.KindCAR, match[1], rule)
			}
		default:
			l.related(named(value), rule)
			l.restricted(value)
		}
	}
}

// typed links to D3FEND's own classes. Mitigations of ATT&CK were nodes without
// an attack-id once; their names are the ids.
func (l linker) typed(class string) {
	l.related(class, "rdf:type")
	if id := strings.TrimPrefix(l.record.ID, "d3f:"); class == "d3f:ATTACKMitigation" && attackID.MatchString(id) {
		l.add(vuln.KindATTACK, id, "ATTACKMitigation")
	}
}

func (l linker) external(kind vuln.Kind, id, rule string, valid func(string) bool) {
	if id = strings.TrimSpace(id); valid(id) {
		l.add(kind, id, rule)
	} else {
		l.record.Drift = append(l.record.Drift, rule+" "+id)
	}
}

func (l linker) related(name, rule string) {
	if strings.HasPrefix(name, "d3f:") {
		l.add(vuln.KindD3FEND, name, rule)
	}
}

func (l linker) restricted(value jsontext.Value) {
	var r restriction
	if value.Kind() != '{' || jsonlist.Unmarshal(value, &r) != nil {
		return
	}
	rule, ok := strings.CutPrefix(named(r.Property), "d3f:")
	if !ok {
		return
	}
	for _, other := range []jsontext.Value{r.Some, r.All, r.Has} {
		l.related(named(other), rule)
	}
}

// mappings follows the rows of the table. Other frameworks than ATT&CK are in it
// too, whose ids lead nowhere.
func (l linker) mappings(rows jsontext.Value) error {
	if rows == nil {
		return nil
	}
	var mappings []documentMapping
	if err := jsonlist.Unmarshal(rows, &mappings); err != nil {
		return fmt.Errorf("%s not of the shape expected: %w", mappingsMember, err)
	}
	for _, m := range mappings {
		if !attackID.MatchString(m.Attack) {
			continue
		}
		rule := "off_tech_id"
		if m.Artifact != "" {
			rule += " via " + strings.TrimSpace(strings.TrimPrefix(m.Relation, "d3f:")+" "+m.Artifact)
		}
		l.add(vuln.KindATTACK, m.Attack, rule)
	}
	return nil
}
