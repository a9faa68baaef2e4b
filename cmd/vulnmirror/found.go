package main

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	format "vulnmirror/format/nvd"
	"vulnmirror/nvd"
	"vulnmirror/vuln"
)

// listing is how search prints records of one kind.
type listing struct {
	header []any
	// line gives what is printed of a record, for programs and for the table.
	line func(vuln.Record) (any, table.Row)
}

func listingOf(kind vuln.Kind) listing {
	switch kind {
	case vuln.KindCPE:
		return listing{[]any{"name", "status", "title"}, lineOfCPE}
	case vuln.KindMatchCriteria:
		return listing{[]any{"id", "status", "names", "criteria"}, lineOfCriteria}
	case vuln.KindNVDSource:
		return listing{[]any{"id", "name", "contact", "last modified"}, lineOfSource}
	case vuln.KindCVEChange:
		return listing{[]any{"created", "cve", "event", "by", "id"}, lineOfChange}
	case vuln.KindCVE:
		return listing{[]any{"id", "published", "score", "severity", "description"}, lineOfCVE}
	}
	return listing{[]any{"id", "status", "modified", "title"}, lineOfEntry}
}

// foundEntry is a record of a kind without facts of its own, for programs.
type foundEntry struct {
	Kind      vuln.Kind `json:"kind"`
	ID        string    `json:"id"`
	Title     string    `json:"title"`
	Status    string    `json:"status,omitempty"`
	Published string    `json:"published,omitempty"`
	Modified  string    `json:"lastModified,omitempty"`
	Source    string    `json:"source"`
}

func lineOfEntry(r vuln.Record) (any, table.Row) {
	line := foundEntry{
		Kind: r.Kind, ID: r.ID, Title: r.Title, Status: r.Status, Source: r.Source,
		Published: vuln.FormatTime(r.Published), Modified: vuln.FormatTime(r.Modified),
	}
	return line, row(line.ID, line.Status, day(line.Modified), shorten(line.Title, 80))
}

// found is a CVE record for programs.
type found struct {
	ID        string  `json:"id"`
	Published string  `json:"published"`
	Modified  string  `json:"lastModified"`
	Status    string  `json:"vulnStatus"`
	Score     float64 `json:"baseScore,omitempty"`
	Severity  string  `json:"severity,omitempty"`
	Scorer    string  `json:"scorer,omitempty"`
	Text      string  `json:"description"`
}

func lineOfCVE(r vuln.Record) (any, table.Row) {
	line := describeCVE(r)
	return line, row(line.ID, day(line.Published), scoreCell(r), line.Severity, shorten(line.Text, 90))
}

// describeCVE reads what a result line shows out of a record.
func describeCVE(r vuln.Record) found {
	f := found{ID: r.ID, Published: vuln.FormatTime(r.Published), Modified: vuln.FormatTime(r.Modified), Status: r.Status}
	if best := r.Facts.Best; best != nil {
		f.Score, f.Severity, f.Scorer = best.Base, best.Severity, best.Scorer
	}
	if full, err := format.DecodeCVE(r.Body); err == nil {
		f.Text = englishText(full.Text)
	}
	return f
}

// foundCPE is a CPE name for programs.
type foundCPE struct {
	Name       string `json:"cpeName"`
	ID         string `json:"cpeNameId"`
	Deprecated bool   `json:"deprecated"`
	Title      string `json:"title"`
	Created    string `json:"created"`
	Modified   string `json:"lastModified"`
}

func lineOfCPE(r vuln.Record) (any, table.Row) {
	c := view[nvd.CPE](r)
	line := foundCPE{
		Name: r.ID, ID: c.ID(), Deprecated: c.Deprecated(), Title: c.Title(),
		Created: vuln.FormatTime(r.Published), Modified: vuln.FormatTime(r.Modified),
	}
	return line, row(line.Name, r.Status, shorten(line.Title, 60))
}

// foundCriteria is a match criterion for programs.
type foundCriteria struct {
	ID             string `json:"matchCriteriaId"`
	Criteria       string `json:"criteria"`
	StartIncluding string `json:"versionStartIncluding,omitempty"`
	StartExcluding string `json:"versionStartExcluding,omitempty"`
	EndIncluding   string `json:"versionEndIncluding,omitempty"`
	EndExcluding   string `json:"versionEndExcluding,omitempty"`
	Status         string `json:"status"`
	Names          int    `json:"names"` // of the dictionary that it describes
	Created        string `json:"created"`
	Modified       string `json:"lastModified"`
}

func lineOfCriteria(r vuln.Record) (any, table.Row) {
	m := view[nvd.MatchCriteria](r)
	v := m.Versions()
	line := foundCriteria{
		ID: r.ID, Criteria: m.Criteria(), Status: r.Status, Names: len(m.Names()),
		StartIncluding: v.StartIncluding, StartExcluding: v.StartExcluding,
		EndIncluding: v.EndIncluding, EndExcluding: v.EndExcluding,
		Created: vuln.FormatTime(r.Published), Modified: vuln.FormatTime(r.Modified),
	}
	return line, row(line.ID, line.Status, line.Names, line.Criteria+bounds(asCriteria(m)))
}

// foundSource is a source for programs.
type foundSource struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Contact     string   `json:"contactEmail"`
	Identifiers []string `json:"sourceIdentifiers"`
	Modified    string   `json:"lastModified"`
}

func lineOfSource(r vuln.Record) (any, table.Row) {
	s := view[nvd.Source](r)
	line := foundSource{ID: r.ID, Name: s.Name(), Contact: s.ContactEmail(), Identifiers: s.Identifiers(), Modified: vuln.FormatTime(r.Modified)}
	return line, row(line.ID, shorten(line.Name, 60), line.Contact, day(line.Modified))
}

// foundChange is a change for programs.
type foundChange struct {
	ID      string `json:"cveChangeId"`
	CVE     string `json:"cveId"`
	Event   string `json:"eventName"`
	Source  string `json:"sourceIdentifier"`
	Created string `json:"created"`
	Details int    `json:"details"` // how many
}

func lineOfChange(r vuln.Record) (any, table.Row) {
	c := view[nvd.Change](r)
	line := foundChange{
		ID: r.ID, CVE: c.CVE(), Event: c.Event(), Source: c.SourceIdentifier(),
		Created: vuln.FormatTime(r.Published), Details: len(c.Details()),
	}
	return line, row(line.Created, line.CVE, line.Event, line.Source, line.ID)
}

// view reads a record's body; a body that cannot be read gives the empty view.
func view[T any, V interface {
	*T
	UnmarshalJSON([]byte) error
}](r vuln.Record) T {
	var v T
	if V(&v).UnmarshalJSON(r.Body) != nil {
		return *new(T)
	}
	return v
}

// day is the date of a time as NVD spells it.
func day(time string) string { return time[:min(len("2006-01-02"), len(time))] }

func englishText(texts []vuln.Text) string {
	for _, t := range texts {
		if t.Lang == "en" {
			return t.Value
		}
	}
	if len(texts) > 0 {
		return texts[0].Value
	}
	return ""
}

func scoreCell(r vuln.Record) string {
	if r.Facts.Best == nil {
		return "-"
	}
	return fmt.Sprintf("%.1f", r.Facts.Best.Base)
}

// shorten cuts a text to one line of at most n characters.
func shorten(s string, n int) string {
	runes := []rune(strings.Join(strings.Fields(s), " "))
	if len(runes) <= n {
		return string(runes)
	}
	return string(runes[:n-1]) + "…"
}
