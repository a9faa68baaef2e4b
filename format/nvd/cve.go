package nvd

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/vuln"
)

// tolerant reads what a strict reader would refuse: repeated names and damaged
// UTF-8 pass through in Body.
var tolerant = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// DecodeCVE reads the facts of one cve object, as Reader.Next returns it, and
// keeps body as the record's Body without copying. Its error says which of the
// members a record cannot do without is missing or unreadable: id,
// lastModified. Anything else of an unexpected shape is left out of the facts
// and named in Drift (schema cve_api_json_2.0, definition cve_item).
func DecodeCVE(body []byte) (vuln.Record, error) {
	var d document
	var drift []string
	if err := json.Unmarshal(body, &d, tolerant); err != nil {
		d, drift, err = salvage(body)
		if err != nil {
			return vuln.Record{}, err
		}
	}
	if !vuln.ValidCVE(d.ID) {
		return vuln.Record{}, fmt.Errorf("id %q is %w", d.ID, vuln.ErrBadCVE)
	}
	modified, err := vuln.ParseTime(d.LastModified)
	if err != nil {
		return vuln.Record{ID: d.ID}, fmt.Errorf("lastModified: %w", err)
	}
	published, err := vuln.ParseTime(d.Published)
	if err != nil {
		// One historical record came without; it is still worth having.
		published = time.Time{}
		drift = append(drift, "published unreadable")
	}
	record := vuln.Record{
		Kind: vuln.KindCVE, ID: d.ID,
		Published: published, Modified: modified,
		Status: d.VulnStatus, SourceIdentifier: d.SourceIdentifier,
		Facts: d.facts(), Text: d.text(),
		Drift: d.drift(drift), Body: body,
	}
	return record, nil
}

// salvage reads the members one by one, so that one of an unknown shape costs
// only itself.
func salvage(body []byte) (document, []string, error) {
	var members map[string]jsontext.Value
	if err := json.Unmarshal(body, &members, tolerant); err != nil {
		return document{}, nil, fmt.Errorf("not a JSON object: %w", err)
	}
	var d document
	var drift []string
	for name, value := range members {
		single := append([]byte(`{`+quoted(name)+`:`), value...)
		single = append(single, '}')
		kept := d
		if err := json.Unmarshal(single, &d, tolerant); err != nil {
			d = kept
			drift = append(drift, "shape of cve."+name)
		}
	}
	slices.Sort(drift)
	if d.ID == "" {
		return d, drift, errors.New(`the record has no readable "id"`)
	}
	return d, drift, nil
}

func quoted(name string) string {
	q, err := jsontext.AppendQuote(nil, name)
	if err != nil {
		return `""`
	}
	return string(q)
}

func (d *document) text() []vuln.Text {
	out := make([]vuln.Text, len(d.Descriptions))
	for i, t := range d.Descriptions {
		out[i] = vuln.Text{Lang: t.Lang, Value: t.Value}
	}
	return out
}

// statuses are those met so far; new ones appear without notice and are data.
var statuses = []string{"", "Received", "Awaiting Analysis", "Undergoing Analysis", "Analyzed", "Modified", "Deferred", "Rejected"}

func (d *document) drift(found []string) []string {
	for _, name := range d.unknown {
		found = append(found, "field cve."+name)
	}
	for _, name := range d.Metrics.unknown {
		found = append(found, "field cve.metrics."+name)
	}
	if !slices.Contains(statuses, d.VulnStatus) {
		found = append(found, "vulnStatus "+strings.ToValidUTF8(d.VulnStatus, "?"))
	}
	slices.Sort(found)
	return slices.Compact(found)
}
