package certfr

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
	"vulnmirror/format/xmljson"
	"vulnmirror/vuln"
)

// Whether an alert still holds, told from its closed_at.
const (
	StatusOpen   = "open"
	StatusClosed = "closed"
)

var errBadID = errors.New("not an identifier of CERT-FR (expected CERTFR-YYYY-AVI-NNNN)")

// notice is what is read of a document in JSON, and of one in TXT.
type notice struct {
	Schema    string   `json:"$ref"`
	Reference string   `json:"reference"`
	Title     string   `json:"title"`
	Summary   string   `json:"summary"`
	Content   string   `json:"content"`
	Systems   []system `json:"affected_systems"`
	Affected  string   `json:"affected_systems_content"`
	CVEs      []struct {
		Name string `json:"name"`
		URL  string `json:"url"`
	} `json:"cves"`
	Links      []source `json:"links"`
	Advisories []source `json:"vendor_advisories"`
	Risks      []struct {
		Description string `json:"description"`
	} `json:"risks"`
	Revisions []struct {
		Description string `json:"description"`
		Date        string `json:"revision_date"`
	} `json:"revisions"`
	Closed string `json:"closed_at"`
	Parts  []part `json:"txt"`

	Unknown map[string]jsontext.Value `json:",embed"`
}

type system struct {
	Description string `json:"description"`
	Product     struct {
		Name   string `json:"name"`
		Vendor struct {
			Name string `json:"name"`
		} `json:"vendor"`
	} `json:"product"`
}

type source struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// Decode reads one document of either generation, as a reader returns it, and
// keeps body as the record's Body. It is published with its first revision and
// modified with its last.
func Decode(body []byte) (vuln.Record, error) {
	if said, failed := jsonlist.Failure(body); failed {
		return vuln.Record{}, fmt.Errorf("upstream answered with an error: %s", said)
	}
	var n notice
	if err := jsonlist.Unmarshal(body, &n); err != nil {
		return vuln.Record{}, fmt.Errorf("not a document of CERT-FR: %w", err)
	}
	id, ok := ParseID(n.Reference)
	if !ok {
		return vuln.Record{}, fmt.Errorf("reference %q is %w", n.Reference, errBadID)
	}
	r := vuln.Record{Kind: vuln.KindCERTFR, ID: id, Title: strings.TrimSpace(n.Title), Body: body, Drift: jsonlist.Drift("certfr", n.Unknown)}
	if n.Parts != nil {
		n.converted(&r)
	} else {
		n.native(&r)
	}
	if id != n.Reference {
		r.Facts.Aliases = []string{n.Reference}
	}
	return r, nil
}

func (n *notice) native(r *vuln.Record) {
	r.Text = n.text()
	r.Facts = n.facts(r.ID)
	for _, revision := range n.Revisions {
		date, err := moment(revision.Date)
		if err != nil {
			r.Drift = append(r.Drift, "revision_date unreadable")
			continue
		}
		if r.Published.IsZero() || date.Before(r.Published) {
			r.Published = date
		}
		if date.After(r.Modified) {
			r.Modified = date
		}
	}
	r.Drift = slices.Compact(r.Drift)
	switch {
	case n.Closed != "":
		r.Status = StatusClosed
	case kindOf(r.ID) == "ALE":
		r.Status = StatusOpen
	}
}

// text is what the document says: Markdown, and HTML made plain.
func (n *notice) text() []vuln.Text {
	affected := []string{xmljson.Plain(n.Affected)}
	for _, s := range n.Systems {
		affected = append(affected, s.Description, words(s.Product.Vendor.Name, s.Product.Name))
	}
	var risks []string
	for _, risk := range n.Risks {
		risks = append(risks, risk.Description)
	}
	var out []vuln.Text
	for _, value := range []string{n.Summary, n.Content, lines(affected), lines(risks)} {
		if value = strings.TrimSpace(value); value != "" {
			out = append(out, vuln.Text{Lang: "fr", Value: value})
		}
	}
	return out
}

// words names a product; "N/A" stands for one that upstream has no name for.
func words(vendor, product string) string {
	if product == "N/A" {
		product = ""
	}
	if vendor == "N/A" {
		vendor = ""
	}
	return strings.TrimSpace(vendor + " " + product)
}

// lines joins texts, each once.
func lines(texts []string) string {
	var out []string
	for _, text := range texts {
		if text = strings.TrimSpace(text); text != "" && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return strings.Join(out, "\n")
}

// moment reads a date, which upstream writes without a zone, with or without a
// time.
func moment(s string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, nil
	}
	return vuln.ParseTime(s)
}
