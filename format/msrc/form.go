package msrc

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
	"vulnmirror/format/xmljson"
)

// vulnerability is what both forms of a document say of one.
type vulnerability struct {
	ID        string
	Title     string
	CWEs      []string
	Notes     []note
	Threats   []threat
	Scores    []scoreSet
	Fixes     []remediation
	Revisions []string // dates
	Products  []string // every ProductID
	Unknown   map[string]jsontext.Value
}

type note struct{ Title, Type, Text string }

type threat struct{ Type, Description string }

type scoreSet struct{ Base, Vector string }

type remediation struct {
	Type, Description, URL, Supercedence, SubType, FixedBuild, Restart string
	Products                                                           []string
}

// rendered is a Vulnerability element as xmljson renders it.
type rendered struct {
	Ordinal string            `json:"@Ordinal"`
	Title   xmljson.Content   `json:"Title"`
	CVE     string            `json:"CVE"`
	CWE     []renderedCWE     `json:"CWE"`
	Notes   renderedNotes     `json:"Notes"`
	Threats renderedThreats   `json:"Threats"`
	Scores  renderedScores    `json:"CVSSScoreSets"`
	Fixes   renderedFixes     `json:"Remediations"`
	History renderedRevisions `json:"RevisionHistory"`
	States  struct {
		Status []struct {
			Products []string `json:"ProductID"`
		} `json:"Status"`
	} `json:"ProductStatuses"`
	Thanks jsontext.Value `json:"Acknowledgments"`
	Order  jsontext.Value `json:"#order"`

	Unknown map[string]jsontext.Value `json:",embed"`
}

type renderedCWE struct {
	ID string `json:"@ID"`
}

type renderedNotes struct {
	Note []struct {
		Title string `json:"@Title"`
		Type  string `json:"@Type"`
		Text  string `json:"#text"`
	} `json:"Note"`
}

type renderedThreats struct {
	Threat []struct {
		Type        string          `json:"@Type"`
		Description xmljson.Content `json:"Description"`
		Products    []string        `json:"ProductID"`
	} `json:"Threat"`
}

type renderedScores struct {
	ScoreSet []struct {
		Base     string   `json:"BaseScore"`
		Vector   string   `json:"Vector"`
		Products []string `json:"ProductID"`
	} `json:"ScoreSet"`
}

type renderedFixes struct {
	Remediation []struct {
		Type         string          `json:"@Type"`
		Description  xmljson.Content `json:"Description"`
		URL          string          `json:"URL"`
		Supercedence string          `json:"Supercedence"`
		Products     []string        `json:"ProductID"`
		Restart      string          `json:"RestartRequired"`
		SubType      string          `json:"SubType"`
		FixedBuild   string          `json:"FixedBuild"`
	} `json:"Remediation"`
}

type renderedRevisions struct {
	Revision []struct {
		Number string `json:"Number"`
		Date   string `json:"Date"`
	} `json:"Revision"`
}

// fromXML reads a rendered element.
func fromXML(body []byte) (vulnerability, error) {
	var d rendered
	if err := jsonlist.Unmarshal(body, &d); err != nil {
		return vulnerability{}, fmt.Errorf("not a Vulnerability element: %w", err)
	}
	v := vulnerability{ID: d.CVE, Title: d.Title.Plain(), Unknown: d.Unknown}
	for _, c := range d.CWE {
		v.CWEs = append(v.CWEs, c.ID)
	}
	for _, n := range d.Notes.Note {
		v.Notes = append(v.Notes, note(n))
	}
	for _, s := range d.States.Status {
		v.Products = append(v.Products, s.Products...)
	}
	for _, t := range d.Threats.Threat {
		v.Threats = append(v.Threats, threat{t.Type, t.Description.Text})
		v.Products = append(v.Products, t.Products...)
	}
	for _, s := range d.Scores.ScoreSet {
		v.Scores = append(v.Scores, scoreSet{s.Base, s.Vector})
		v.Products = append(v.Products, s.Products...)
	}
	for _, f := range d.Fixes.Remediation {
		v.Fixes = append(v.Fixes, remediation{f.Type, f.Description.Text, f.URL, f.Supercedence, f.SubType, f.FixedBuild, f.Restart, f.Products})
		v.Products = append(v.Products, f.Products...)
	}
	for _, r := range d.History.Revision {
		v.Revisions = append(v.Revisions, r.Date)
	}
	return v, nil
}
