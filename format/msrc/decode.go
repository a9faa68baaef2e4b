package msrc

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
	"vulnmirror/format/xmljson"
	"vulnmirror/vuln"
)

// Tags of vulnerabilities, by what the threat Exploit Status affirms.
const (
	TagExploited = "Exploited"
	TagDisclosed = "Publicly Disclosed"
)

// Decode reads one record, as Reader.Next or Merge returns it, and keeps body as
// the record's Body.
func Decode(body []byte) (vuln.Record, error) {
	var parts map[string]jsontext.Value
	if err := jsonlist.Unmarshal(body, &parts); err != nil {
		return vuln.Record{}, fmt.Errorf("not a record of MSRC: %w", err)
	}
	if parts["kb"] != nil {
		return decodeUpdate(body)
	}
	var v vulnerability
	var err error
	switch {
	case parts["xml"] != nil:
		v, err = fromXML(parts["xml"])
	case parts["json"] != nil:
		v, err = fromJSON(parts["json"])
	default:
		err = errors.New("neither a vulnerability nor an update")
	}
	if err != nil {
		return vuln.Record{}, err
	}
	id, ok := ParseID(v.ID)
	if !ok {
		return vuln.Record{}, fmt.Errorf("CVE %q is %w", v.ID, errBadID)
	}
	r := vuln.Record{
		Kind: vuln.KindMSRC, ID: id, Title: strings.TrimSpace(v.Title), SourceIdentifier: v.cna(),
		Text: v.text(), Facts: v.facts(id), Drift: jsonlist.Drift("msrc", v.Unknown), Body: body,
	}
	v.date(&r)
	return r, nil
}

// date is when the vulnerability was first and last revised.
func (v *vulnerability) date(r *vuln.Record) {
	for _, text := range v.Revisions {
		date := moment(text)
		if date.IsZero() {
			r.Drift = append(r.Drift, "Revision Date unreadable")
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
}

// cna is who assigned the CVE identifier.
func (v *vulnerability) cna() string {
	for _, n := range v.Notes {
		if n.Type == "CNA" {
			return strings.TrimSpace(n.Text)
		}
	}
	return ""
}

// text is the notes, their HTML made plain, each once.
func (v *vulnerability) text() []vuln.Text {
	var out []vuln.Text
	for _, n := range v.Notes {
		text := vuln.Text{Lang: "en", Value: xmljson.Plain(n.Text)}
		if n.Type == "CNA" || n.Title == "Customer Action Required" || text.Value == "" || slices.Contains(out, text) {
			continue
		}
		out = append(out, text)
	}
	return out
}

func (v *vulnerability) facts(id string) vuln.Facts {
	f := vuln.Facts{Scores: v.scores(), Tags: v.tags(), Links: v.links(id)}
	f.Best = vuln.BestScore(f.Scores)
	for _, cwe := range v.weaknesses() {
		f.Weaknesses = append(f.Weaknesses, vuln.Weakness{CWE: cwe, Source: Scorer})
	}
	for i := range v.Fixes {
		reference := v.Fixes[i].URL
		known := slices.ContainsFunc(f.References, func(r vuln.Reference) bool { return r.URL == reference })
		if reference != "" && !known {
			f.References = append(f.References, vuln.Reference{URL: reference})
		}
	}
	return f
}

func (v *vulnerability) weaknesses() []string {
	var out []string
	for _, id := range v.CWEs {
		if cwe := vuln.NormalCWE(id); cwe != "" && !slices.Contains(out, cwe) {
			out = append(out, cwe)
		}
	}
	return out
}

// scores are the assessments of all products, each once.
func (v *vulnerability) scores() []vuln.Score {
	var out []vuln.Score
	for _, s := range v.Scores {
		base, err := strconv.ParseFloat(s.Base, 64)
		if err != nil || s.Vector == "" {
			continue
		}
		score := vuln.Score{Version: "2.0", Scorer: Scorer, Base: base, Vector: strings.TrimSpace(s.Vector)}
		if rest, ok := strings.CutPrefix(score.Vector, "CVSS:"); ok {
			score.Version, _, _ = strings.Cut(rest, "/")
		}
		if !slices.Contains(out, score) {
			out = append(out, score)
		}
	}
	return out
}

// tags reads Exploit Status: "Publicly Disclosed:No;Exploited:Yes;…".
func (v *vulnerability) tags() []vuln.Tag {
	var out []vuln.Tag
	for _, t := range v.Threats {
		if t.Type != "Exploit Status" {
			continue
		}
		for pair := range strings.SplitSeq(t.Description, ";") {
			name, answer, _ := strings.Cut(pair, ":")
			tag := vuln.Tag{Name: strings.TrimSpace(name), Source: Scorer}
			if (tag.Name == TagExploited || tag.Name == TagDisclosed) && strings.TrimSpace(answer) == "Yes" && !slices.Contains(out, tag) {
				out = append(out, tag)
			}
		}
	}
	return out
}

var mention = regexp.MustCompile(`(?i)\bCVE-[0-9]{4}-[0-9]{4,19}\b`)

// links lead to the CVE, its weaknesses, and updates by the type of remediation;
// an advisory leads to the CVE its notes name.
func (v *vulnerability) links(id string) []vuln.Link {
	var out []vuln.Link
	add := func(link vuln.Link) {
		if !slices.Contains(out, link) {
			out = append(out, link)
		}
	}
	own := cveOf(id)
	if own != "" {
		add(vuln.Link{Kind: vuln.KindCVE, ID: own, Rule: "CVE"})
	}
	for _, cwe := range v.weaknesses() {
		add(vuln.Link{Kind: vuln.KindCWE, ID: cwe, Rule: "CWE"})
	}
	for i := range v.Fixes {
		if kb, ok := ParseKB(v.Fixes[i].Description); ok {
			add(vuln.Link{Kind: vuln.KindMSKB, ID: kb, Rule: v.Fixes[i].Type})
		}
	}
	if own == "" {
		for _, text := range v.text() {
			for _, cve := range mention.FindAllString(text.Value, -1) {
				add(vuln.Link{Kind: vuln.KindCVE, ID: strings.ToUpper(cve), Rule: "Notes"})
			}
		}
	}
	return out
}
