package msrc

import (
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
)

// The JSON form writes types as numbers. That 0, 1 and 2 of remediations, 0, 1 and
// 3 of threats are what these lists say is in Microsoft's own scripts
// (MsrcSecurityUpdates, Get-MsrcVulnerabilityReportHtml.ps1); the others are the
// order of CVRF's values with those Microsoft added.
var (
	noteTypes   = []string{"General", "Details", "Description", "Summary", "FAQ", "Legal Disclaimer", "Other", "Tag", "CNA"}
	threatTypes = []string{"Impact", "Exploit Status", "Target Set", "Severity"}
	fixTypes    = []string{"Workaround", "Mitigation", "Vendor Fix", "Release Notes", "None Available", "Will Not Fix", "Known Issue"}
)

func typeName(names []string, number int) string {
	if number < 0 || number >= len(names) {
		return strconv.Itoa(number)
	}
	return names[number]
}

// value is how the JSON form writes an element's text.
type value struct {
	Value string `json:"Value"`
}

// native is an element of the array Vulnerability.
type native struct {
	Ordinal jsontext.Value `json:"Ordinal"`
	Title   value          `json:"Title"`
	CVE     string         `json:"CVE"`
	CWE     jsontext.Value `json:"CWE"`
	Notes   []struct {
		Title string `json:"Title"`
		Type  int    `json:"Type"`
		Text  string `json:"Value"`
	} `json:"Notes"`
	States []struct {
		Products []string `json:"ProductID"`
	} `json:"ProductStatuses"`
	Threats []struct {
		Description value    `json:"Description"`
		Products    []string `json:"ProductID"`
		Type        int      `json:"Type"`
	} `json:"Threats"`
	Scores []struct {
		Base     jsontext.Value `json:"BaseScore"`
		Vector   string         `json:"Vector"`
		Products []string       `json:"ProductID"`
	} `json:"CVSSScoreSets"`
	Fixes []struct {
		Description  value    `json:"Description"`
		URL          string   `json:"URL"`
		Supercedence string   `json:"Supercedence"`
		Products     []string `json:"ProductID"`
		Type         int      `json:"Type"`
		Restart      value    `json:"RestartRequired"`
		SubType      string   `json:"SubType"`
		FixedBuild   string   `json:"FixedBuild"`
	} `json:"Remediations"`
	History []struct {
		Date string `json:"Date"`
	} `json:"RevisionHistory"`
	Thanks        jsontext.Value `json:"Acknowledgments"`
	HasDiscovered jsontext.Value `json:"DiscoveryDateSpecified"`
	HasReleased   jsontext.Value `json:"ReleaseDateSpecified"`

	Unknown map[string]jsontext.Value `json:",embed"`
}

// fromJSON reads an element of the JSON form.
func fromJSON(body []byte) (vulnerability, error) {
	var d native
	if err := jsonlist.Unmarshal(body, &d); err != nil {
		return vulnerability{}, fmt.Errorf("not an element of Vulnerability: %w", err)
	}
	v := vulnerability{ID: d.CVE, Title: d.Title.Value, CWEs: weaknesses(d.CWE), Unknown: d.Unknown}
	for _, n := range d.Notes {
		v.Notes = append(v.Notes, note{n.Title, typeName(noteTypes, n.Type), n.Text})
	}
	for _, s := range d.States {
		v.Products = append(v.Products, s.Products...)
	}
	for _, t := range d.Threats {
		v.Threats = append(v.Threats, threat{typeName(threatTypes, t.Type), t.Description.Value})
		v.Products = append(v.Products, t.Products...)
	}
	for _, s := range d.Scores {
		v.Scores = append(v.Scores, scoreSet{string(s.Base), s.Vector})
		v.Products = append(v.Products, s.Products...)
	}
	for _, f := range d.Fixes {
		v.Fixes = append(v.Fixes, remediation{
			typeName(fixTypes, f.Type), f.Description.Value, f.URL, f.Supercedence, f.SubType, f.FixedBuild, f.Restart.Value, f.Products,
		})
		v.Products = append(v.Products, f.Products...)
	}
	for _, r := range d.History {
		v.Revisions = append(v.Revisions, r.Date)
	}
	return v, nil
}

// weaknesses reads CWE, which is an object or an array of them.
func weaknesses(cwe jsontext.Value) []string {
	type weakness struct {
		ID string `json:"ID"`
	}
	var several []weakness
	switch cwe.Kind() {
	case '[':
		if jsonlist.Unmarshal(cwe, &several) != nil {
			return nil
		}
	case '{':
		var one weakness
		if jsonlist.Unmarshal(cwe, &one) != nil {
			return nil
		}
		several = []weakness{one}
	}
	var ids []string
	for _, w := range several {
		ids = append(ids, w.ID)
	}
	return ids
}
