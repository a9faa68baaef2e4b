package msrc

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"vulnmirror/format/jsonlist"
	"vulnmirror/vuln"
)

// RuleSupersedes links an update to those it replaces.
const RuleSupersedes = "supersedes"

// decodeUpdate reads an update. One that only exports speak of is Converted.
func decodeUpdate(body []byte) (vuln.Record, error) {
	u, err := ParseUpdate(body)
	if err != nil {
		return vuln.Record{}, err
	}
	r := vuln.Record{
		Kind: vuln.KindMSKB, ID: u.KB, Title: "KB" + u.KB,
		Facts: vuln.Facts{Aliases: []string{"KB" + u.KB}},
		Drift: jsonlist.Drift("mskb", u.Unknown), Body: body,
	}
	var products []string
	add := func(link vuln.Link) {
		// Some updates are said to replace themselves.
		if !(link.Kind == r.Kind && link.ID == r.ID) && !slices.Contains(r.Facts.Links, link) {
			r.Facts.Links = append(r.Facts.Links, link)
		}
	}
	r.Converted = len(u.Documents) > 0
	for _, document := range slices.Sorted(maps.Keys(u.Documents)) {
		r.Converted = r.Converted && strings.HasPrefix(document, Export)
		for _, s := range u.Documents[document] {
			replaced, drift := Superseded(s.Supercedence)
			r.Drift = append(r.Drift, drift...)
			r.Drift = append(r.Drift, jsonlist.Drift("mskb.documents", s.Unknown)...)
			for _, kb := range replaced {
				add(vuln.Link{Kind: vuln.KindMSKB, ID: kb, Rule: RuleSupersedes})
			}
			for _, id := range s.CVE {
				if cve := cveOf(id); cve != "" {
					add(vuln.Link{Kind: vuln.KindCVE, ID: cve, Rule: s.Type})
				} else {
					add(vuln.Link{Kind: vuln.KindMSRC, ID: id, Rule: s.Type})
				}
			}
			same := func(have vuln.Reference) bool { return have.URL == s.URL }
			if s.URL != "" && !slices.ContainsFunc(r.Facts.References, same) {
				r.Facts.References = append(r.Facts.References, vuln.Reference{URL: s.URL})
			}
			for id, name := range s.Products {
				products = append(products, cmp.Or(name, id))
			}
			if released, err := time.Parse(time.DateOnly, s.Released); err == nil && (r.Published.IsZero() || released.Before(r.Published)) {
				r.Published = released
			}
		}
	}
	slices.Sort(products)
	if text := strings.TrimSpace(strings.Join(slices.Compact(products), "\n")); text != "" {
		r.Text = []vuln.Text{{Lang: "en", Value: text}}
	}
	slices.Sort(r.Drift)
	r.Drift = slices.Compact(r.Drift)
	return r, nil
}

var (
	tag      = regexp.MustCompile(`<[^>]*>`)
	bulletin = regexp.MustCompile(`^(?i:MS)[0-9]{2}-[0-9]{3}$`)
)

// Superseded reads which updates a Supercedence names. It holds one number, or
// several with commas, semicolons, line ends or <br> between, among them
// bulletins (MS16-016, at times with their update: MS12-034[2686509]) and "None",
// which are no updates. What is none of these is returned as drift.
func Superseded(text string) (numbers, drift []string) {
	text = tag.ReplaceAllString(text, " ")
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(",;[]() \t\r\n\u00a0", r) }) {
		kb, ok := ParseKB(word)
		switch {
		case ok && !slices.Contains(numbers, kb):
			numbers = append(numbers, kb)
		case ok, strings.EqualFold(word, "None"), strings.EqualFold(word, "N/A"), strings.EqualFold(word, "KB"), bulletin.MatchString(word):
		default:
			drift = append(drift, "Supercedence "+strings.ToValidUTF8(word[:min(len(word), 40)], "?"))
		}
	}
	return numbers, drift
}
