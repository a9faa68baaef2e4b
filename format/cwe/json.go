package cwe

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
	"vulnmirror/format/mitrexml"
	"vulnmirror/vuln"
)

// jsonEntry is an entry in the JSON of the CWE API (schema of REST-API-wg,
// openapi.json: Weakness, Category, View).
type jsonEntry struct {
	ID, Name, Status, Abstraction, Structure, Type string
	Description, ExtendedDescription               string
	Summary                                        string // of categories
	Objective                                      string // of views
	LikelihoodOfExploit                            string
	AlternateTerms                                 []struct{ Term, Description string }
	RelatedWeaknesses                              []struct{ Nature, CweID string }
	Relationships                                  []struct{ CweID string } // what a category holds
	Members                                        []struct{ CweID string } // what a view holds
	RelatedAttackPatterns                          []string
	ObservedExamples                               []struct{ Reference string }
	References                                     []struct{ URL string }
	MappingNotes                                   struct {
		Usage       string
		Suggestions []struct{ CweID string }
	}
	ContentHistory []struct{ Type, SubmissionDate, ModificationDate string }

	Unknown map[string]jsontext.Value `json:",embed"`
}

// unreadJSON are the members that facts are not made of.
var unreadJSON = map[string]bool{
	"AffectedResources":     true,
	"ApplicablePlatforms":   true,
	"Audience":              true,
	"BackgroundDetails":     true,
	"CommonConsequences":    true,
	"DemonstrativeExamples": true,
	"DetectionMethods":      true,
	"Diagram":               true,
	"ExploitationFactors":   true,
	"Filter":                true,
	"FunctionalAreas":       true,
	"ModesOfIntroduction":   true,
	"Notes":                 true,
	"PotentialMitigations":  true,
	"TaxonomyMappings":      true,
	"WeaknessOrdinalities":  true,
}

func fromJSON(body []byte) (*entry, error) {
	var j jsonEntry
	if err := jsonlist.Unmarshal(body, &j); err != nil {
		return nil, err
	}
	e := &entry{
		id: j.ID, name: j.Name, status: j.Status, abstraction: j.Abstraction, structure: j.Structure,
		viewType: j.Type, likelihood: j.LikelihoodOfExploit, usage: j.MappingNotes.Usage,
		texts: j.texts(), patterns: j.RelatedAttackPatterns,
		drift: mitrexml.Drift("cwe", j.Unknown, unreadJSON),
	}
	var err error
	if e.element, err = j.element(); err != nil {
		return nil, err
	}
	e.published, e.modified = j.span()
	for _, r := range j.RelatedWeaknesses {
		e.related = append(e.related, relation{r.Nature, r.CweID})
	}
	for _, m := range append(j.Relationships, j.Members...) {
		e.has = append(e.has, relation{RuleHasMember, m.CweID})
	}
	for _, s := range j.MappingNotes.Suggestions {
		e.suggestions = append(e.suggestions, relation{RuleSuggestion, s.CweID})
	}
	for _, o := range j.ObservedExamples {
		e.examples = append(e.examples, o.Reference)
	}
	var works []mitrexml.Work
	for _, r := range j.References {
		var work mitrexml.Work
		work.URL.Text = r.URL
		works = append(works, work)
	}
	e.references = mitrexml.References(works)
	return e, nil
}

// element tells what an entry is by the text that the schema demands of each.
func (j *jsonEntry) element() (string, error) {
	switch {
	case j.Abstraction != "" || j.Description != "":
		return "Weakness", nil
	case j.Objective != "":
		return "View", nil
	case j.Summary != "":
		return "Category", nil
	}
	return "", fmt.Errorf("ID %q has no Description, Objective or Summary", j.ID)
}

func (j *jsonEntry) texts() []vuln.Text {
	var terms []string
	for _, t := range j.AlternateTerms {
		terms = append(terms, strings.TrimSuffix(t.Term+": "+t.Description, ": "))
	}
	var out []vuln.Text
	for _, value := range []string{
		j.Description + j.Summary + j.Objective, j.ExtendedDescription, strings.Join(terms, "\n"),
	} {
		if value = lines(value); value != "" {
			out = append(out, vuln.Text{Lang: "en", Value: value})
		}
	}
	return out
}

// lines leaves out empty lines and the white space that sets text in from the
// margin.
func lines(s string) string {
	var out []string
	for line := range strings.Lines(s) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

func (j *jsonEntry) span() (published, modified time.Time) {
	var submitted, changed []string
	for _, c := range j.ContentHistory {
		switch c.Type {
		case "Submission":
			submitted = append(submitted, c.SubmissionDate)
		case "Modification":
			changed = append(changed, c.ModificationDate)
		}
	}
	return mitrexml.Span(submitted, changed)
}
