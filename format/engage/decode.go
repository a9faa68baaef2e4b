package engage

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
	"vulnmirror/format/xmljson"
	"vulnmirror/vuln"
)

// document is a record's body.
type document struct {
	ID              string `json:"id"`
	Name            string `json:"name"`
	Description     string `json:"description"`
	LongDescription string `json:"long_description"`
	EAV             string `json:"eav"` // of vulnerabilities, all there is

	GoalDetails     jsontext.Value   `json:"goal_details"`
	ApproachDetails jsontext.Value   `json:"approach_details"`
	ActivityDetails *activityDetails `json:"activity_details"`

	Approaches []struct {
		ID string `json:"approach_id"`
	} `json:"goal_approach_mappings"`
	Activities []struct {
		ID string `json:"activity_id"`
	} `json:"approach_activity_mappings"`
	Mapping []struct {
		Technique string `json:"attack_id"`
		EAV       string `json:"eav_id"`
	} `json:"attack_mapping"`

	Unknown map[string]jsontext.Value `json:",embed"`
}

// activityDetails has members named by vulnerability too, which say by which
// tactics it is shown; those are ATT&CK's.
type activityDetails struct {
	Vulnerabilities []documentNamed `json:"vulnerabilities"`
	References      []struct {
		URL string `json:"url"`
	} `json:"references"`
}

type documentNamed struct {
	ID string `json:"id"`
}

// attackID is an ATT&CK technique or sub-technique, which is all that is mapped.
var attackID = regexp.MustCompile(`^T\d{4}(\.\d{3})?$`)

// Decode reads a record from the body that Next returned.
//
// The rule of a link is the file or list that states it: goals link to
// approaches (goal_approach_mappings), approaches to activities
// (approach_activity_mappings), activities to vulnerabilities and to ATT&CK, the
// latter with the rule "attack_mapping via EAV…": the vulnerability that the
// technique shows and the activity exploits.
func Decode(body []byte) (vuln.Record, error) {
	var d document
	if err := jsonlist.Unmarshal(body, &d); err != nil {
		return vuln.Record{}, fmt.Errorf("not of the shape expected: %w", err)
	}
	if !isID(d.ID) {
		return vuln.Record{}, fmt.Errorf("id %q is none of Engage's", d.ID)
	}
	r := vuln.Record{Kind: vuln.KindENGAGE, ID: d.ID, Title: strings.TrimSpace(d.Name), Body: body}
	if r.Title == "" { // a vulnerability is one sentence
		r.Title = strings.TrimSpace(d.EAV)
	}
	for _, markup := range []string{d.EAV, d.Description, d.LongDescription} {
		if text := xmljson.Plain(markup); text != "" {
			r.Text = append(r.Text, vuln.Text{Lang: "en", Value: text})
		}
	}
	r.Drift = jsonlist.Drift("engage", d.Unknown)
	d.link(&r)
	return r, nil
}

func (d *document) link(r *vuln.Record) {
	add := func(kind vuln.Kind, id, rule string) {
		link := vuln.Link{Kind: kind, ID: id, Rule: rule}
		if known := isID(id) || kind == vuln.KindATTACK && attackID.MatchString(id); !known {
			r.Drift = append(r.Drift, rule+" "+id)
		} else if !slices.Contains(r.Facts.Links, link) {
			r.Facts.Links = append(r.Facts.Links, link)
		}
	}
	for _, approach := range d.Approaches {
		add(vuln.KindENGAGE, approach.ID, "goal_approach_mappings")
	}
	for _, activity := range d.Activities {
		add(vuln.KindENGAGE, activity.ID, "approach_activity_mappings")
	}
	for _, row := range d.Mapping {
		rule := "attack_mapping"
		if row.EAV != "" {
			rule += " via " + row.EAV
		}
		add(vuln.KindATTACK, row.Technique, rule)
	}
	if d.ActivityDetails == nil {
		return
	}
	for _, v := range d.ActivityDetails.Vulnerabilities {
		add(vuln.KindENGAGE, v.ID, "vulnerabilities")
	}
	for _, ref := range d.ActivityDetails.References {
		r.Facts.References = append(r.Facts.References, vuln.Reference{URL: ref.URL})
	}
}
