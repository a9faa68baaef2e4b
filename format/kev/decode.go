package kev

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
	"vulnmirror/vuln"
)

// entry is one element of vulnerabilities.
type entry struct {
	CVE         string   `json:"cveID"`
	Vendor      string   `json:"vendorProject"`
	Product     string   `json:"product"`
	Name        string   `json:"vulnerabilityName"`
	Added       string   `json:"dateAdded"`
	Description string   `json:"shortDescription"`
	Action      string   `json:"requiredAction"`
	Due         string   `json:"dueDate"`
	Ransomware  string   `json:"knownRansomwareCampaignUse"`
	Notes       string   `json:"notes"`
	CWEs        []string `json:"cwes"`

	Unknown map[string]jsontext.Value `json:",embed"`
}

// TagRansomware marks entries whose use in ransomware campaigns is known.
const TagRansomware = "knownRansomwareCampaignUse"

// Decode reads one entry, as Reader.Next returns it, and keeps body as the
// record's Body. It is published on the day CISA added it; when CISA changed it
// is not said anywhere.
func Decode(body []byte) (vuln.Record, error) {
	var e entry
	if err := jsonlist.Unmarshal(body, &e); err != nil {
		return vuln.Record{}, fmt.Errorf("not an entry of the catalogue: %w", err)
	}
	id, err := vuln.ParseCVE(e.CVE)
	if err != nil {
		return vuln.Record{}, fmt.Errorf("cveID %q is %w", e.CVE, err)
	}
	added, drift := e.added()
	return vuln.Record{
		Kind: vuln.KindKEV, ID: id, Published: added,
		Title: e.Name, Text: e.text(), Facts: e.facts(id),
		Drift: append(drift, e.drift()...), Body: body,
	}, nil
}

func (e *entry) added() (time.Time, []string) {
	added, err := time.Parse(time.DateOnly, e.Added)
	if err != nil {
		return time.Time{}, []string{"dateAdded unreadable"}
	}
	return added, nil
}

func (e *entry) text() []vuln.Text {
	var out []vuln.Text
	for _, value := range []string{e.Description, strings.TrimSpace(e.Vendor + " " + e.Product), e.Action, e.Notes} {
		if value != "" {
			out = append(out, vuln.Text{Lang: "en", Value: value})
		}
	}
	return out
}

func (e *entry) facts(id string) vuln.Facts {
	f := vuln.Facts{
		KEV:   &vuln.KEV{Added: e.Added, Due: e.Due, Action: e.Action, Name: e.Name},
		Links: []vuln.Link{{Kind: vuln.KindCVE, ID: id, Rule: "cveID"}},
	}
	if e.Ransomware == "Known" {
		f.Tags = []vuln.Tag{{Name: TagRansomware}}
	}
	for _, cwe := range e.CWEs {
		link := vuln.Link{Kind: vuln.KindCWE, ID: vuln.NormalCWE(cwe), Rule: "cwes"}
		if link.ID != "" && !slices.Contains(f.Links, link) {
			f.Links = append(f.Links, link)
		}
	}
	// Notes are addresses with semicolons between them, at times after a sentence.
	for word := range strings.FieldsFuncSeq(e.Notes, func(r rune) bool { return r == ' ' || r == ';' || r == '\n' }) {
		if strings.HasPrefix(word, "https://") || strings.HasPrefix(word, "http://") {
			f.References = append(f.References, vuln.Reference{URL: word})
		}
	}
	return f
}

func (e *entry) drift() []string {
	drift := jsonlist.Drift("kev", e.Unknown)
	switch e.Ransomware {
	case "", "Known", "Unknown":
	default:
		drift = append(drift, "knownRansomwareCampaignUse "+strings.ToValidUTF8(e.Ransomware, "?"))
	}
	return drift
}
