package certcc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
	"vulnmirror/format/xmljson"
)

// ParseSummary reads the answer of {year}/summary/ or {year}/{month}/summary/:
// the normalised numbers of the notes first published then, in upstream's order.
// It fails where the count upstream states is not that of the numbers.
func ParseSummary(r io.Reader) ([]string, error) {
	document := jsonlist.NewReader(r, "")
	body, err := document.Next()
	if errors.Is(err, io.EOF) {
		err = errors.New("no summary")
	}
	if err != nil {
		return nil, err
	}
	var summary struct {
		Count *int     `json:"count"`
		Notes []string `json:"notes"`
	}
	if err := jsonlist.Unmarshal(body, &summary); err != nil {
		return nil, fmt.Errorf("not a summary: %w", err)
	}
	if summary.Count == nil || *summary.Count != len(summary.Notes) {
		return nil, fmt.Errorf("not a summary, or not whole: it lists %d notes", len(summary.Notes))
	}
	for i, name := range summary.Notes {
		id, ok := ParseID(name)
		if !ok {
			return nil, fmt.Errorf("the summary's note %d, %.40q, is no note's number", i, name)
		}
		summary.Notes[i] = id
	}
	return summary.Notes, nil
}

// Update is a row of the list of notes by their latest update.
type Update struct {
	ID        string
	Published time.Time // a day
	Updated   time.Time // a day
}

var (
	row    = regexp.MustCompile(`(?is)<tr\b[^>]*>(.*?)</tr>`)
	cell   = regexp.MustCompile(`(?is)<t[dh]\b[^>]*>(.*?)</t[dh]>`)
	column = map[string]int{"published": 0, "updated": 1, "id": 2}
)

// ParseUpdates reads one page of https://kb.cert.org/vuls/byupdate/desc/, the
// only place that tells which old notes were edited. It is HTML, so what is
// looked for are the columns Published, Updated and ID; a page without them, or
// without any note, is an error, and a sweep through all months the way out.
func ParseUpdates(r io.Reader) ([]Update, error) {
	page, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var at []int
	var updates []Update
	for _, tr := range row.FindAllSubmatch(page, -1) {
		var cells []string
		for _, td := range cell.FindAllSubmatch(tr[1], -1) {
			cells = append(cells, strings.TrimSpace(xmljson.Plain(string(td[1]))))
		}
		if at == nil {
			at = columns(cells)
			continue
		}
		update, err := readUpdate(cells, at)
		if err != nil {
			return nil, fmt.Errorf("row %d of the list of updates: %w", len(updates), err)
		}
		updates = append(updates, update)
	}
	if len(updates) == 0 {
		return nil, errors.New("the page has no list of updates")
	}
	return updates, nil
}

// columns finds where Published, Updated and ID stand, nil unless all do.
func columns(cells []string) []int {
	at := []int{-1, -1, -1}
	for i, name := range cells {
		if c, ok := column[strings.ToLower(name)]; ok {
			at[c] = i
		}
	}
	for _, i := range at {
		if i < 0 {
			return nil
		}
	}
	return at
}

func readUpdate(cells []string, at []int) (Update, error) {
	if len(cells) <= max(at[0], at[1], at[2]) {
		return Update{}, fmt.Errorf("%d cells", len(cells))
	}
	id, ok := ParseID(cells[at[2]])
	if !ok {
		return Update{}, fmt.Errorf("%.40q is no note's number", cells[at[2]])
	}
	published, err := time.Parse(time.DateOnly, cells[at[0]])
	if err != nil {
		return Update{}, err
	}
	updated, err := time.Parse(time.DateOnly, cells[at[1]])
	if err != nil {
		return Update{}, err
	}
	return Update{ID: id, Published: published, Updated: updated}, nil
}

// The members Attach adds, by what is attached.
const (
	Vulnerabilities = "vuls"        // the answer of {id}/vuls/
	Vendors         = "vendors"     // the answer of {id}/vendors/
	Statuses        = "vendorsvuls" // the answer of {id}/vendors/vuls/
)

// Attach returns a note with one more member, what the API answered elsewhere
// about it, at the end. The answer must be an array; notes that have the member
// already are refused.
func Attach(note []byte, name string, answer []byte) ([]byte, error) {
	compact, err := jsonlist.Compact(bytes.TrimPrefix(answer, []byte("\xEF\xBB\xBF")))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if kind := jsontext.Value(compact).Kind(); kind != '[' {
		return nil, fmt.Errorf("%s: %s, expected an array", name, kind)
	}
	var members map[string]jsontext.Value
	if err := json.Unmarshal(note, &members, jsonlist.Tolerant); err != nil || len(members) == 0 {
		return nil, errors.New("not a note to attach to")
	}
	if members[name] != nil {
		return nil, fmt.Errorf("the note has %q already", name)
	}
	quoted, err := jsontext.AppendQuote(nil, name)
	if err != nil {
		return nil, err
	}
	end := bytes.LastIndexByte(note, '}')
	out := append(bytes.Clone(note[:end]), ',')
	out = append(append(out, quoted...), ':')
	return append(append(out, compact...), '}'), nil
}
