package msrccsv

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"vulnmirror/format/msrc"
)

var (
	vulnerability = regexp.MustCompile(`(?i)\b(?:CVE-[0-9]{4}-[0-9]{4,19}M?|ADV[0-9]{6})\b`)
	dates         = []string{
		"2 Jan 2006", "Jan 2, 2006", "2 January 2006", "January 2, 2006", time.DateOnly, "2006-01-02T15:04:05", time.RFC3339,
		"1/2/2006", "1/2/2006 3:04:05 PM", "2-Jan-06", "2-Jan-2006",
	}
)

// day reads a date in the spellings of the guide and of spreadsheets; 1/2/2006 is
// in January, as in Redmond. What it cannot read is the zero time.
func day(text string) time.Time {
	for _, layout := range dates {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC().Truncate(24 * time.Hour)
		}
	}
	return time.Time{}
}

// title returns what a vulnerability is called; some exports have that in the
// column Details.
func (h *header) title(row []string) string {
	for _, cell := range append(h.cells(row, title), h.cells(row, identifier)...) {
		if !vulnerability.MatchString(cell) {
			return cell
		}
	}
	return ""
}

// identifiers returns the vulnerabilities a row names, in its address when
// nowhere else.
func (h *header) identifiers(row []string) []string {
	if ids := named(h.cells(row, identifier)); len(ids) > 0 {
		return ids
	}
	return named(h.cells(row, pointer))
}

func named(cells []string) []string {
	var out []string
	for _, cell := range cells {
		for _, word := range vulnerability.FindAllString(cell, -1) {
			if id, ok := msrc.ParseID(word); ok && !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	return out
}

// updates returns the numbers of the updates a row names; that of the bulletin
// only when it names no other. Other articles, such as "Release Notes", have none.
func (h *header) updates(row []string) []string {
	if numbers := numbered(h.cells(row, article)); len(numbers) > 0 {
		return numbers
	}
	return numbered(h.cells(row, bulletin))
}

func numbered(cells []string) []string {
	var out []string
	for _, cell := range cells {
		for word := range strings.FieldsFuncSeq(cell, func(r rune) bool { return strings.ContainsRune(",; \t\r\n", r) }) {
			if kb, ok := msrc.ParseKB(word); ok && !slices.Contains(out, kb) {
				out = append(out, kb)
			}
		}
	}
	return out
}

// statement is what a row says of its updates.
func (h *header) statement(row, identifiers []string) msrc.Statement {
	s := msrc.Statement{
		Type: RuleArticle, CVE: identifiers, Products: make(map[string]string),
		Supercedence: strings.Join(h.cells(row, supersedes), "; "),
		SubType:      h.cell(row, download), FixedBuild: h.cell(row, build), URL: h.address(row),
	}
	if t := day(h.cell(row, released)); !t.IsZero() {
		s.Released = t.Format(time.DateOnly)
	}
	name, on := h.cell(row, product), h.cell(row, platform)
	if name != "" && on != "" && !strings.Contains(name, on) {
		name += " on " + on
	}
	if name != "" {
		s.Products[name] = ""
	}
	return s
}

// address is where the update is described: in generations with two columns
// called Article the second is that.
func (h *header) address(row []string) string {
	for _, cell := range append(h.cells(row, link), h.cells(row, article)...) {
		if strings.HasPrefix(cell, "https://") || strings.HasPrefix(cell, "http://") {
			return cell
		}
	}
	return ""
}
