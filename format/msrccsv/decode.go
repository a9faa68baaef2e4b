package msrccsv

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/msrc"
	"vulnmirror/vuln"
)

// The rules of links: the columns that name the other record, whatever they are
// called in the file's generation.
const (
	RuleArticle = "Article"
	RuleDetails = "Details"
)

// vulnerabilityBody is the body of a vulnerability.
type vulnerabilityBody struct {
	ID   string           `json:"id"`
	Rows []jsontext.Value `json:"rows"`
}

// Decode reads one record, as Reader.Next or Merge returns it, and keeps body as
// the record's Body.
func Decode(body []byte) (vuln.Record, error) {
	if _, err := msrc.ParseUpdate(body); err == nil {
		return msrc.Decode(body)
	}
	v, err := parse(body)
	if err != nil {
		return vuln.Record{}, err
	}
	r := vuln.Record{Kind: vuln.KindMSRC, ID: v.ID, Converted: true, Body: body}
	links := links{record: &r}
	links.add(vuln.KindCVE, strings.TrimSuffix(v.ID, "M"), RuleDetails)
	for _, text := range v.Rows {
		h, row, err := parseRow(text)
		if err != nil {
			return vuln.Record{ID: v.ID}, err
		}
		h.tell(row, &r)
		for _, kb := range h.updates(row) {
			links.add(vuln.KindMSKB, kb, RuleArticle)
		}
	}
	r.Facts.Best = vuln.BestScore(r.Facts.Scores)
	return r, nil
}

func parse(body []byte) (vulnerabilityBody, error) {
	var v vulnerabilityBody
	if err := json.Unmarshal(body, &v); err != nil {
		return v, fmt.Errorf("neither a vulnerability nor an update: %w", err)
	}
	if id, ok := msrc.ParseID(v.ID); !ok || id != v.ID {
		return v, fmt.Errorf("id %q is no identifier of a vulnerability", v.ID)
	}
	return v, nil
}

// parseRow reads a row back with the header its names make.
func parseRow(text []byte) (header, []string, error) {
	var cells map[string]string
	if err := json.Unmarshal(text, &cells); err != nil {
		return header{}, nil, fmt.Errorf("not a row: %w", err)
	}
	var h header
	var row []string
	for _, name := range slices.Sorted(maps.Keys(cells)) {
		plain := name
		if at := strings.LastIndex(name, " ("); at > 0 {
			if _, err := strconv.Atoi(strings.TrimSuffix(name[at+2:], ")")); err == nil {
				plain = name[:at]
			}
		}
		h.names = append(h.names, name)
		h.meanings = append(h.meanings, meanings[strings.ToLower(plain)])
		row = append(row, cells[name])
	}
	return h, row, nil
}

// tell adds what a row says to a record.
func (h *header) tell(row []string, r *vuln.Record) {
	if r.Title == "" {
		r.Title = h.title(row)
	}
	if date := day(h.cell(row, released)); !date.IsZero() {
		if r.Published.IsZero() || date.Before(r.Published) {
			r.Published = date
		}
		if date.After(r.Modified) {
			r.Modified = date
		}
	} else if h.cell(row, released) != "" && !slices.Contains(r.Drift, "Release Date unreadable") {
		r.Drift = append(r.Drift, "Release Date unreadable")
	}
	for _, value := range append(h.cells(row, impact), h.title(row)) {
		if text := (vuln.Text{Lang: "en", Value: value}); value != "" && !slices.Contains(r.Text, text) {
			r.Text = append(r.Text, text)
		}
	}
	url := h.address(row)
	known := slices.ContainsFunc(r.Facts.References, func(have vuln.Reference) bool { return have.URL == url })
	if url != "" && !known {
		r.Facts.References = append(r.Facts.References, vuln.Reference{URL: url})
	}
	if s, ok := h.score(row); ok && !slices.Contains(r.Facts.Scores, s) {
		r.Facts.Scores = append(r.Facts.Scores, s)
	}
}

// score reads a row's assessment. Without a vector there is no telling which
// version of CVSS the base score is of.
func (h *header) score(row []string) (vuln.Score, bool) {
	base, err := strconv.ParseFloat(h.cell(row, score), 64)
	text := h.cell(row, vector)
	if err != nil || text == "" {
		return vuln.Score{}, false
	}
	s := vuln.Score{Version: "2.0", Scorer: msrc.Scorer, Base: base, Vector: text}
	if rest, ok := strings.CutPrefix(text, "CVSS:"); ok {
		s.Version, _, _ = strings.Cut(rest, "/")
	}
	return s, true
}

// links adds links to a record, each once.
type links struct{ record *vuln.Record }

func (l links) add(kind vuln.Kind, id, rule string) {
	link := vuln.Link{Kind: kind, ID: id, Rule: rule}
	if kind == vuln.KindCVE && !vuln.ValidCVE(id) || slices.Contains(l.record.Facts.Links, link) {
		return
	}
	l.record.Facts.Links = append(l.record.Facts.Links, link)
}

// Merge returns the body of a record with all that held and fresh say of it:
// exports show what somebody chose to see, so rows of both are kept.
func Merge(held, fresh []byte) ([]byte, error) {
	if _, err := msrc.ParseUpdate(held); err == nil {
		return msrc.Merge(held, fresh)
	}
	old, err := parse(held)
	if err != nil {
		return nil, err
	}
	v, err := parse(fresh)
	if err != nil {
		return nil, err
	}
	if old.ID != v.ID {
		return nil, errors.New("two vulnerabilities cannot be one: " + old.ID + ", " + v.ID)
	}
	rows := make([][]byte, 0, len(old.Rows)+len(v.Rows))
	for _, row := range slices.Concat(old.Rows, v.Rows) {
		if !slices.ContainsFunc(rows, func(have []byte) bool { return bytes.Equal(have, row) }) {
			rows = append(rows, row)
		}
	}
	return bodyOf(old.ID, rows), nil
}
