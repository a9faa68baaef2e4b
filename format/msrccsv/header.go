package msrccsv

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// meaning is what a column is about.
type meaning int

const (
	nothing meaning = iota // kept in the rows of vulnerabilities only
	released
	product
	platform
	article
	bulletin // the article about all updates of a bulletin
	link
	supersedes
	download
	build
	identifier
	pointer
	title
	impact
	score
	vector
)

// meanings by the name of a column in lower case, of all generations.
var meanings = map[string]meaning{
	"release date": released, "date": released, "date posted": released, "initial release": released,
	"product": product, "affected product": product,
	"platform": platform, "affected component": platform,
	"article": article, "kb article": article, "component kb": article, "bulletin kb": bulletin,
	"article link": link,
	"supercedence": supersedes, "supersedence": supersedes, "supersedes": supersedes,
	"download": download, "build number": build, "fixed build number": build,
	"cve": identifier, "cve number": identifier, "cves": identifier, "details": identifier, "vulnerability": identifier,
	"details link": pointer,
	"cve title":    title, "title": title,
	"impact": impact, "base score": score, "vector": vector, "cvss vector": vector, "vector string": vector,
}

// header is the first line of an export.
type header struct {
	names    []string // no two alike
	meanings []meaning
}

// newHeader refuses what has no column to tell vulnerabilities or updates by.
func newHeader(cells []string) (header, error) {
	var h header
	for i, cell := range cells {
		name := strings.Join(strings.Fields(strings.TrimPrefix(cell, "\ufeff")), " ")
		h.meanings = append(h.meanings, meanings[strings.ToLower(name)])
		if name == "" {
			name = "column"
		}
		for n, base := 2, name; slices.Contains(h.names, name); n++ {
			name = base + " (" + strconv.Itoa(n) + ")"
		}
		h.names = append(h.names, name)
		if i > 200 {
			return h, errors.New("more than 200 columns")
		}
	}
	if !slices.Contains(h.meanings, article) && !slices.Contains(h.meanings, identifier) {
		return h, errors.New("none of the columns Article, CVE or Details, which exports of the Security Update Guide have")
	}
	return h, nil
}

// cells returns those of a row that have a meaning and some text.
func (h *header) cells(row []string, m meaning) []string {
	var out []string
	for i, cell := range row {
		if cell = strings.TrimSpace(cell); h.meanings[i] == m && cell != "" {
			out = append(out, cell)
		}
	}
	return out
}

// cell returns the first of them, or "".
func (h *header) cell(row []string, m meaning) string {
	if cells := h.cells(row, m); len(cells) > 0 {
		return cells[0]
	}
	return ""
}
