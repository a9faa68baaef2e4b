package capec

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
	"vulnmirror/vuln"
)

// entry is what is read of a record, whatever its shape.
type entry struct {
	id, name, status     string
	element              string // Attack_Pattern, Category or View
	abstraction          string
	viewType             string
	likelihood, severity string
	texts                []vuln.Text
	related              []relation
	weaknesses           []string
	techniques           []string
	references           []vuln.Reference
	published, modified  time.Time
	drift                []string
}

// relation leads to another entry by its number.
type relation struct{ rule, id string }

// The rules of links that are not natures of Related_Attack_Pattern.
const (
	RuleWeakness  = "Related_Weakness"
	RuleTechnique = "ATTACK taxonomy"
	RuleHasMember = "Has_Member"
	RuleMemberOf  = "Member_Of"
)

// Decode reads one record of either shape, as Reader.Next returns it, and keeps
// body as its Body. Links have as their Rule the Nature of a
// Related_Attack_Pattern (ChildOf, CanPrecede, …) or one of the rules of this
// package. Tags name, with upstream's field as their Source, what kind of entry it
// is ("Attack_Pattern" of "Attack_Pattern_Catalog"), its Abstraction or Type, its
// Likelihood_Of_Attack and its Typical_Severity.
func Decode(body []byte) (vuln.Record, error) {
	var members map[string]jsontext.Value
	if err := jsonlist.Unmarshal(body, &members); err != nil {
		return vuln.Record{}, fmt.Errorf("not an entry of CAPEC: %w", err)
	}
	var e *entry
	var err error
	if _, isSTIX := members["object"]; isSTIX {
		e, err = fromSTIX(body)
	} else {
		e, err = fromXML(body)
	}
	if err != nil {
		return vuln.Record{}, fmt.Errorf("not an entry of CAPEC: %w", err)
	}
	id, ok := ParseID(e.id)
	if !ok {
		return vuln.Record{}, fmt.Errorf("ID %q is not the number of an entry of CAPEC", e.id)
	}
	if e.name == "" {
		return vuln.Record{}, errors.New(id + " has no name")
	}
	return vuln.Record{
		Kind: vuln.KindCAPEC, ID: id, Title: e.name, Status: e.status,
		Published: e.published, Modified: e.modified,
		Text:  e.texts,
		Facts: vuln.Facts{Tags: e.tags(), References: e.references, Links: e.links()},
		Drift: append(e.drift, e.news()...),
		Body:  body,
	}, nil
}

func (e *entry) tags() []vuln.Tag {
	var out []vuln.Tag
	for _, tag := range []vuln.Tag{
		{Name: e.element, Source: "Attack_Pattern_Catalog"},
		{Name: e.abstraction, Source: "Abstraction"},
		{Name: e.viewType, Source: "Type"},
		{Name: e.likelihood, Source: "Likelihood_Of_Attack"},
		{Name: e.severity, Source: "Typical_Severity"},
	} {
		if tag.Name != "" {
			out = append(out, tag)
		}
	}
	return out
}

var technique = regexp.MustCompile(`^T?(\d{4,5}(?:\.\d{3})?)$`)

// links returns each link once: to attack patterns, weaknesses, techniques.
func (e *entry) links() []vuln.Link {
	var out []vuln.Link
	add := func(kind vuln.Kind, id, rule string) {
		if link := (vuln.Link{Kind: kind, ID: id, Rule: rule}); id != "" && !slices.Contains(out, link) {
			out = append(out, link)
		}
	}
	for _, r := range e.related {
		id, _ := ParseID(r.id)
		add(vuln.KindCAPEC, id, r.rule)
	}
	for _, number := range e.weaknesses {
		if number = strings.TrimPrefix(number, "CWE-"); number != "" {
			add(vuln.KindCWE, vuln.NormalCWE(number), RuleWeakness)
		}
	}
	for _, entry := range e.techniques {
		// In XML the identifiers lack their T.
		if found := technique.FindStringSubmatch(entry); found != nil {
			add(vuln.KindATTACK, "T"+found[1], RuleTechnique)
		}
	}
	return out
}

// vocabulary holds the values the schema allows, by attribute.
var vocabulary = map[string][]string{
	"Status":           {"Deprecated", "Draft", "Incomplete", "Obsolete", "Stable", "Usable"},
	"Abstraction":      {"Meta", "Standard", "Detailed"},
	"Type":             {"Implicit", "Explicit", "Graph"},
	"Typical_Severity": {"Very High", "High", "Medium", "Low", "Very Low"},
	"Nature":           {"ChildOf", "ParentOf", "CanPrecede", "CanFollow", "CanAlsoBe", "PeerOf", RuleHasMember, RuleMemberOf},
}

// news names values that the schema does not allow, and entries of ATT&CK's
// taxonomy that are no techniques.
func (e *entry) news() []string {
	var out []string
	check := func(attribute, value string) {
		if value != "" && !slices.Contains(vocabulary[attribute], value) {
			out = append(out, attribute+" "+value)
		}
	}
	check("Status", e.status)
	check("Abstraction", e.abstraction)
	check("Type", e.viewType)
	check("Typical_Severity", e.severity)
	for _, r := range e.related {
		check("Nature", r.rule)
	}
	for _, entry := range e.techniques {
		if !technique.MatchString(entry) {
			out = append(out, RuleTechnique+" "+entry)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
