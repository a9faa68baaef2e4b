package car

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
	"vulnmirror/vuln"
)

// document is a body: of an analytic, an object of the data model or a sensor.
type document struct {
	ID scalar `json:"id"`

	Title       scalar     `json:"title"`
	Submitted   scalar     `json:"submission_date"`
	Updated     scalar     `json:"update_date"`
	Description scalar     `json:"description"`
	Coverage    []coverage `json:"coverage"`
	DataModel   []scalar   `json:"data_model_references"`
	D3FEND      []struct {
		IRI scalar `json:"iri"`
		ID  scalar `json:"id"`
	} `json:"d3fend_mappings"`
	References []scalar `json:"references"`

	Name        scalar                         `json:"name"`
	CoverageMap map[string]map[string][]scalar `json:"coverage_map"` // action, field, sensors

	SensorName        scalar `json:"sensor_name"`
	SensorVersion     scalar `json:"sensor_version"`
	SensorDescription scalar `json:"sensor_description"`
	Mappings          []struct {
		Object scalar `json:"object"`
	} `json:"mappings"`
	OtherCoverage []scalar `json:"other_coverage"`

	Unknown map[string]jsontext.Value `json:",embed"`
}

type coverage struct {
	Technique     scalar   `json:"technique"`
	Tactics       []scalar `json:"tactics"`
	Subtechniques []scalar `json:"subtechniques"`
}

// passed are members that are known and say nothing that is asked for.
var passed = []string{
	"information_domain", "subtypes", "platforms", "analytic_types", "contributors",
	"implementations", "unit_tests", "true_positives",
	"actions", "fields", "sensor_developer", "sensor_url",
}

var (
	attackID    = regexp.MustCompile(`^(?:T\d{4}(\.\d{3})?|TA\d{4})$`)
	d3fendIRI   = regexp.MustCompile(`^(?:d3f:|https?://d3fend\.mitre\.org/ontologies/d3fend\.owl#)(\S+)$`)
	webAddress  = regexp.MustCompile(`https?://[^\s)>\]]+`)
	deprecation = regexp.MustCompile(`(?i)\bthis analytic (?:has been|is) deprecated(?: in favor of \[?(CAR-\d{4}-\d{2}-\d{3}))?`)
	mentioned   = regexp.MustCompile(`^CAR-\d{4}-\d{2}-\d{3}`)
)

// Decode reads a record from the body that Next returned. Descriptions are
// Markdown, and are left so. The rule of a link is the member that states it;
// coverage.tactics leads to ATT&CK's tactics, coverage.technique and
// coverage.subtechniques to techniques. That an analytic is deprecated is said
// in its description alone, sometimes with what replaces it ("supersededBy").
func Decode(body []byte) (vuln.Record, error) {
	var d document
	if err := jsonlist.Unmarshal(body, &d); err != nil {
		return vuln.Record{}, fmt.Errorf("not of the shape expected: %w", err)
	}
	id, ok := ParseID(string(d.ID))
	if !ok {
		return vuln.Record{}, fmt.Errorf("id %q is none of CAR's", d.ID)
	}
	r := vuln.Record{Kind: vuln.KindCAR, ID: id, Title: d.title(), Body: body}
	for _, part := range []scalar{d.Description, d.SensorDescription} {
		if text := strings.TrimSpace(string(part)); text != "" {
			r.Text = append(r.Text, vuln.Text{Lang: "en", Value: text})
		}
	}
	for _, name := range passed {
		delete(d.Unknown, name)
	}
	r.Drift = jsonlist.Drift("car", d.Unknown)
	r.Published = day(&r, "submission_date", d.Submitted)
	r.Modified = day(&r, "update_date", d.Updated)
	for _, reference := range d.References {
		for _, url := range webAddress.FindAllString(string(reference), -1) {
			r.Facts.References = append(r.Facts.References, vuln.Reference{URL: url})
		}
	}
	d.link(&r)
	return r, nil
}

func (d *document) title() string {
	return strings.TrimSpace(string(d.Title + d.Name + d.SensorName + " " + d.SensorVersion))
}

// day reads a date, which upstream writes 2013/01/25.
func day(r *vuln.Record, name string, text scalar) time.Time {
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.DateOnly, strings.ReplaceAll(string(text), "/", "-"))
	if err != nil {
		r.Drift = append(r.Drift, name+" unreadable")
		return time.Time{}
	}
	return at
}

func (d *document) link(r *vuln.Record) {
	links := linker{record: r}
	for _, row := range d.Coverage {
		links.attack("coverage.technique", row.Technique)
		links.attack("coverage.subtechniques", row.Subtechniques...)
		links.attack("coverage.tactics", row.Tactics...)
	}
	for _, m := range d.D3FEND {
		if match := d3fendIRI.FindStringSubmatch(string(m.IRI)); match != nil {
			links.add(vuln.KindD3FEND, "d3f:"+match[1], "d3fend_mappings")
		} else {
			links.add(vuln.KindD3FEND, string(m.ID), "d3fend_mappings") // an alias there
		}
	}
	for _, field := range d.DataModel {
		object, _, _ := strings.Cut(string(field), "/")
		links.own("data_model/"+object, "data_model_references")
	}
	for _, m := range d.Mappings {
		links.own("data_model/"+string(m.Object), "mappings")
	}
	var sensors []string
	for _, fields := range d.CoverageMap {
		for _, of := range fields {
			for _, sensor := range of {
				sensors = append(sensors, string(sensor))
			}
		}
	}
	slices.Sort(sensors)
	for _, sensor := range sensors {
		links.own("sensors/"+sensor, "coverage_map")
	}
	for _, other := range d.OtherCoverage {
		if id := mentioned.FindString(string(other)); id != "" {
			links.own(id, "other_coverage")
		}
	}
	if match := deprecation.FindStringSubmatch(string(d.Description)); match != nil {
		r.Status = "deprecated"
		if match[1] != "" {
			links.own(strings.ToUpper(match[1]), "supersededBy")
		}
	}
}

// linker collects links, each once, and notes what is none.
type linker struct{ record *vuln.Record }

func (l linker) add(kind vuln.Kind, id, rule string) {
	link := vuln.Link{Kind: kind, ID: id, Rule: rule}
	if id != "" && !slices.Contains(l.record.Facts.Links, link) {
		l.record.Facts.Links = append(l.record.Facts.Links, link)
	}
}

func (l linker) attack(rule string, ids ...scalar) {
	for _, text := range ids {
		if id := strings.TrimSpace(string(text)); attackID.MatchString(id) {
			l.add(vuln.KindATTACK, id, rule)
		} else {
			l.record.Drift = append(l.record.Drift, rule+" "+id)
		}
	}
}

func (l linker) own(name, rule string) {
	if id, ok := ParseID(name); ok {
		l.add(vuln.KindCAR, id, rule)
	} else {
		l.record.Drift = append(l.record.Drift, rule+" "+name)
	}
}
