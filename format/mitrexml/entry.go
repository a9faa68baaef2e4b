package mitrexml

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
	"vulnmirror/format/xmljson"
	"vulnmirror/vuln"
)

// repeating lists what repeats in the entries of every catalogue.
func repeating() []string {
	return []string{
		"Alternate_Terms/Alternate_Term",
		"Audience/Stakeholder",
		"Consequence/Impact", "Consequence/Scope",
		"Content_History/Contribution", "Content_History/Modification",
		"Content_History/Previous_Entry_Name", "Content_History/Submission",
		"External_Reference/Author",
		"Members/Has_Member", "Members/Member_Of",
		"Notes/Note",
		"References/Reference",
		"Relationships/Has_Member", "Relationships/Member_Of",
		"Taxonomy_Mappings/Taxonomy_Mapping",
	}
}

// Entry is what entries of all catalogues have in common.
type Entry struct {
	ID          string          `json:"@ID"`
	Name        string          `json:"@Name"`
	Status      string          `json:"@Status"`
	Abstraction string          `json:"@Abstraction"`
	Type        string          `json:"@Type"` // of views: Graph, Explicit or Implicit
	Description xmljson.Content `json:"Description"`
	Extended    xmljson.Content `json:"Extended_Description"`
	Summary     xmljson.Content `json:"Summary"`   // of categories
	Objective   xmljson.Content `json:"Objective"` // of views
	Terms       struct {
		Term []Term `json:"Alternate_Term"`
	} `json:"Alternate_Terms"`
	Relationships Members `json:"Relationships"` // of categories
	Members       Members `json:"Members"`       // of views
	Taxonomies    struct {
		Mapping []Mapping `json:"Taxonomy_Mapping"`
	} `json:"Taxonomy_Mappings"`
	History History `json:"Content_History"`
}

// Term is another name of an entry.
type Term struct {
	Term        xmljson.Content `json:"Term"`
	Description xmljson.Content `json:"Description"`
}

// Members are the entries that a category or view holds, or is held by.
type Members struct {
	Has []Member `json:"Has_Member"`
	Of  []Member `json:"Member_Of"`
}

// Member is one of them, by its number in the catalogue.
type Member struct {
	CWE   string `json:"@CWE_ID"`
	CAPEC string `json:"@CAPEC_ID"`
}

// Mapping says what an entry is called in another taxonomy.
type Mapping struct {
	Taxonomy string          `json:"@Taxonomy_Name"`
	ID       xmljson.Content `json:"Entry_ID"`
	Name     xmljson.Content `json:"Entry_Name"`
}

// Work is one of External_References.
type Work struct {
	URL xmljson.Content `json:"URL"`
}

// common are the members of a rendered entry that need no reading.
var common = map[string]bool{"Audience": true, "Filter": true, "Notes": true, "References": true}

// Open reads the record's entry into into, and returns the name of its element
// and the works it refers to.
func Open(body []byte, into any) (name string, works []Work, err error) {
	var members map[string]jsontext.Value
	if err := jsonlist.Unmarshal(body, &members); err != nil {
		return "", nil, fmt.Errorf("not an object: %w", err)
	}
	for member, value := range members {
		switch {
		case member == references:
			err = jsonlist.Unmarshal(value, &works)
		case name != "":
			return "", nil, errors.New("not the rendering of one entry: it has several members")
		default:
			name, err = member, jsonlist.Unmarshal(value, into)
		}
		if err != nil {
			return "", nil, fmt.Errorf("%s: %w", member, err)
		}
	}
	if name == "" {
		return "", nil, errors.New("not the rendering of an entry: it is empty")
	}
	return name, works, nil
}

// Texts returns what an entry says about itself in prose, most telling first.
func (e *Entry) Texts() []vuln.Text {
	var terms []string
	for _, t := range e.Terms.Term {
		terms = append(terms, strings.TrimSuffix(t.Term.Plain()+": "+t.Description.Plain(), ": "))
	}
	var out []vuln.Text
	for _, value := range []string{
		xmljson.Join(e.Description, e.Summary, e.Objective), e.Extended.Plain(), strings.Join(terms, "\n"),
	} {
		if value != "" {
			out = append(out, vuln.Text{Lang: "en", Value: value})
		}
	}
	return out
}

// References returns the addresses of works, each once.
func References(works []Work) []vuln.Reference {
	var out []vuln.Reference
	seen := make(map[string]bool)
	for _, work := range works {
		if url := work.URL.Plain(); url != "" && !seen[url] {
			seen[url] = true
			out = append(out, vuln.Reference{URL: url})
		}
	}
	return out
}

// Drift names members of an entry that are neither read nor listed in known nor
// common to all.
func Drift(object string, unknown map[string]jsontext.Value, known map[string]bool) []string {
	for name := range unknown {
		if common[name] || known[name] || name == "#order" {
			delete(unknown, name)
		}
	}
	return jsonlist.Drift(object, unknown)
}
