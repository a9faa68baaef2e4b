package d3fend

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
	"vulnmirror/format/xmljson"
	"vulnmirror/vuln"
)

// documentMapping is what is read of a row of the table.
type documentMapping struct {
	Relation string `json:"def_artifact_rel"`
	Artifact string `json:"def_artifact"`
	Attack   string `json:"off_tech_id"`
}

var (
	attackID = regexp.MustCompile(`^(?:T\d{4}(\.\d{3})?|TA\d{4}|M\d{4})$`)
	weakness = regexp.MustCompile(`^CWE-\d+$`)
	analytic = regexp.MustCompile(`//car\.mitre\.org/\S*(CAR-\d{4}-\d{2}-\d{3})`)
)

// Decode reads a record from the body that Next returned.
//
// The rule of a link is the property that states it, less the prefix d3f:, be it
// stated of the node or as a restriction of its class: "analyzes", "accesses",
// "weakness-of", "attack-id", "cwe-id", "rdfs:subClassOf", "rdf:type". What the
// table maps leads to ATT&CK with the rule "off_tech_id via analyzes d3f:File":
// what the technique does, and to which artifact. That techniques above inherit it
// is no link of theirs; rdfs:subClassOf leads to them. A reference that is an
// analytic of CAR leads there ("has-link").
func Decode(body []byte) (vuln.Record, error) {
	var d map[string]jsontext.Value
	if err := jsonlist.Unmarshal(body, &d); err != nil {
		return vuln.Record{}, fmt.Errorf("not of the shape expected: %w", err)
	}
	id, _ := text(d["@id"])
	if id == "" || strings.HasPrefix(id, "_:") {
		return vuln.Record{}, fmt.Errorf("@id %q names nothing", id)
	}
	r := vuln.Record{Kind: vuln.KindD3FEND, ID: id, Title: title(d), Body: body}
	_, r.Converted = d[listMember]
	for _, value := range values(d["owl:deprecated"]) {
		if plain(value) == "true" {
			r.Status = "deprecated"
		}
	}
	for _, property := range []string{
		"d3f:definition", "rdfs:comment", "d3f:kb-article", "d3f:kb-abstract", "d3f:kb-mitre-analysis",
		"d3f:synonym", "skos:altLabel",
	} {
		r.Text = append(r.Text, texts(property, d[property])...)
	}
	for _, value := range values(d["d3f:d3fend-id"]) {
		if alias := plain(value); alias != "" {
			r.Facts.Aliases = append(r.Facts.Aliases, alias)
		}
	}
	for _, property := range []string{"d3f:has-link", "rdfs:isDefinedBy", "rdfs:seeAlso"} {
		for _, value := range values(d[property]) {
			if url := expand(plain(value) + named(value)); strings.HasPrefix(url, "http") && !strings.HasPrefix(url, namespace) {
				r.Facts.References = append(r.Facts.References, vuln.Reference{URL: url})
			}
		}
	}
	links := linker{record: &r}
	for _, property := range slices.Sorted(maps.Keys(d)) {
		links.property(property, values(d[property]))
	}
	return r, links.mappings(d[mappingsMember])
}

func title(d map[string]jsontext.Value) string {
	for _, property := range []string{"rdfs:label", "d3f:pref-label", "d3f:kb-reference-title"} {
		for _, value := range values(d[property]) {
			if s := plain(value); s != "" {
				return s
			}
		}
	}
	return ""
}

// texts reads descriptions. Articles are Markdown and left so.
func texts(property string, value jsontext.Value) []vuln.Text {
	var out []vuln.Text
	for _, value := range values(value) {
		s, language := plain(value), "en"
		if property != "d3f:kb-article" {
			s = xmljson.Plain(s)
		}
		var tagged struct {
			Language string `json:"@language"`
		}
		if value.Kind() == '{' && jsonlist.Unmarshal(value, &tagged) == nil && tagged.Language != "" {
			language = tagged.Language
		}
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, vuln.Text{Lang: language, Value: s})
		}
	}
	return out
}

// plain returns the text of a literal, "" for anything else.
func plain(value jsontext.Value) string {
	switch value.Kind() {
	case '"':
		s, _ := text(value)
		return s
	case 't', 'f', '0':
		return string(value)
	case '{':
		var typed struct {
			Value jsontext.Value `json:"@value"`
		}
		if jsonlist.Unmarshal(value, &typed) == nil && typed.Value.Kind() != '{' {
			return plain(typed.Value)
		}
	}
	return ""
}

// named returns the name of the node that a value is, "" for anything else.
func named(value jsontext.Value) string {
	var node struct {
		ID string `json:"@id"`
	}
	if value.Kind() != '{' || jsonlist.Unmarshal(value, &node) != nil {
		return ""
	}
	return node.ID
}
