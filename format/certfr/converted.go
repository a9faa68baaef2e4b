package certfr

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"vulnmirror/vuln"
)

var address = regexp.MustCompile(`https?://[^\s<>"]+`)

// heads are the parts of a TXT document that say something about it; all others
// are its text.
var heads = []string{"référence", "reference", "n°", "titre", "objet", "date de la première version", "date de la dernière version"}

// converted fills the record of a document in TXT.
func (n *notice) converted(r *vuln.Record) {
	r.Converted = true
	r.Title = first(n.Parts, "titre", "objet")
	r.Title, _, _ = strings.Cut(r.Title, "\n")
	r.Published = frenchDate(first(n.Parts, "date de la première version"))
	r.Modified = frenchDate(first(n.Parts, "date de la dernière version"))
	if r.Modified.IsZero() {
		r.Modified = r.Published // a first version is the last until there is another
	}
	links := linked{own: r.ID}
	for _, p := range n.Parts {
		links.mentions(p.Text, p.rule())
		for _, url := range address.FindAllString(p.Text, -1) {
			r.Facts.References = append(r.Facts.References, vuln.Reference{URL: url})
		}
		if p.Text != "" && !slices.Contains(heads, strings.ToLower(p.Name)) {
			r.Text = append(r.Text, vuln.Text{Lang: "fr", Value: p.Text})
		}
	}
	r.Facts.Links = links.links
}

// rule names a part in links.
func (p part) rule() string {
	if p.Name == "" {
		return "text"
	}
	return p.Name
}

var (
	date   = regexp.MustCompile(`^([0-9]{1,2})(?:er)?\s+(\pL+)\s+([0-9]{4})`)
	months = map[string]time.Month{
		"janvier": 1, "février": 2, "mars": 3, "avril": 4, "mai": 5, "juin": 6, "juillet": 7,
		"août": 8, "septembre": 9, "octobre": 10, "novembre": 11, "décembre": 12,
	}
)

// frenchDate reads "1er mars 2004"; what is no such date is the zero time.
func frenchDate(s string) time.Time {
	match := date.FindStringSubmatch(strings.TrimSpace(s))
	if match == nil || months[strings.ToLower(match[2])] == 0 {
		return time.Time{}
	}
	day, errDay := strconv.Atoi(match[1])
	year, errYear := strconv.Atoi(match[3])
	if errDay != nil || errYear != nil {
		return time.Time{}
	}
	return time.Date(year, months[strings.ToLower(match[2])], day, 0, 0, 0, 0, time.UTC)
}
