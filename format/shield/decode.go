package shield

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
	"vulnmirror/vuln"
)

// document is a record's body. Only techniques have the last two members.
type document struct {
	ID              string                    `json:"id"`
	Name            string                    `json:"name"`
	Description     string                    `json:"description"`
	LongDescription string                    `json:"long_description"`
	Details         *documentDetails          `json:"technique_details"`
	Mapping         []mappingRow              `json:"attack_mapping"`
	Unknown         map[string]jsontext.Value `json:",embed"`
}

type documentDetails struct {
	Tactics       []named `json:"tactics"`
	Opportunities []named `json:"opportunities"`
	UseCases      []named `json:"use_cases"`
	Procedures    []named `json:"procedures"`
}

type mappingRow struct {
	AttackID    string `json:"attack_id"`
	Opportunity named  `json:"opportunity"`
	UseCase     named  `json:"use_case"`
	Technique   named  `json:"technique"`
}

type named struct {
	ID string `json:"id"`
}

// attackID is an ATT&CK technique or sub-technique, which is all that is mapped.
var attackID = regexp.MustCompile(`^T\d{4}(\.\d{3})?$`)

// Decode reads a record from the body that Next returned.
//
// A technique links to the tactics, opportunities, use cases and procedures its
// details list, each with the name of that list as rule, and to the ATT&CK
// techniques of its rows, with the rule "attack_mapping via DOS…, DUC…": the
// opportunity it answers and the use case that says how.
func Decode(body []byte) (vuln.Record, error) {
	var d document
	if err := jsonlist.Unmarshal(body, &d); err != nil {
		return vuln.Record{}, fmt.Errorf("not of the shape expected: %w", err)
	}
	if id, ok := ParseID(d.ID); !ok || id != d.ID {
		return vuln.Record{}, fmt.Errorf("id %q is none of Shield's", d.ID)
	}
	r := vuln.Record{Kind: vuln.KindSHIELD, ID: d.ID, Title: strings.TrimSpace(d.Name), Body: body}
	if r.Title == "" { // opportunities, use cases and procedures are one sentence
		r.Title = strings.TrimSpace(d.Description)
	}
	for _, text := range []string{d.Description, d.LongDescription} {
		if text = strings.TrimSpace(text); text != "" {
			r.Text = append(r.Text, vuln.Text{Lang: "en", Value: text})
		}
	}
	r.Drift = jsonlist.Drift("shield", d.Unknown)
	d.link(&r)
	return r, nil
}

func (d *document) link(r *vuln.Record) {
	add := func(link vuln.Link) {
		if !slices.Contains(r.Facts.Links, link) {
			r.Facts.Links = append(r.Facts.Links, link)
		}
	}
	for _, row := range d.Mapping {
		if !attackID.MatchString(row.AttackID) {
			r.Drift = append(r.Drift, "attack_id "+row.AttackID)
			continue
		}
		add(vuln.Link{Kind: vuln.KindATTACK, ID: row.AttackID, Rule: "attack_mapping" + row.via()})
	}
	if d.Details == nil {
		return
	}
	for _, group := range []struct {
		rule string
		list []named
	}{
		{"tactics", d.Details.Tactics},
		{"opportunities", d.Details.Opportunities},
		{"use_cases", d.Details.UseCases},
		{"procedures", d.Details.Procedures},
	} {
		for _, other := range group.list {
			if id, ok := ParseID(other.ID); ok {
				add(vuln.Link{Kind: vuln.KindSHIELD, ID: id, Rule: group.rule})
			}
		}
	}
}

// via names the reasons of a row.
func (m mappingRow) via() string {
	var reasons []string
	for _, reason := range []string{m.Opportunity.ID, m.UseCase.ID} {
		if reason != "" {
			reasons = append(reasons, reason)
		}
	}
	if reasons == nil {
		return ""
	}
	return " via " + strings.Join(reasons, ", ")
}
