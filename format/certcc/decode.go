package certcc

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
	"vulnmirror/format/xmljson"
	"vulnmirror/vuln"
)

// Scorer is who scored what a note scores, by the name NVD gives CERT/CC.
const Scorer = "cret@cert.org"

// Decode reads one note of either generation, as Reader.Next or Attach returns
// it, and keeps body as the record's Body.
func Decode(body []byte) (vuln.Record, error) {
	n, old, err := parse(body)
	if err != nil {
		return vuln.Record{}, err
	}
	if said, failed := jsonlist.Failure(body); failed {
		return vuln.Record{}, fmt.Errorf("upstream answered with an error: %s", said)
	}
	id, ok := ParseID(n.ID)
	if !ok {
		return vuln.Record{}, fmt.Errorf("%q is no note's number", n.ID)
	}
	r := vuln.Record{
		Kind: vuln.KindCERTCC, ID: id, Title: xmljson.Plain(n.Name), Text: n.text(),
		Facts: n.facts(id, old), Drift: n.drift(), Body: body,
	}
	for _, date := range []struct {
		name, text string
		into       *time.Time
	}{{"datefirstpublished", n.Published, &r.Published}, {"dateupdated", n.Updated, &r.Modified}} {
		if *date.into, err = moment(date.text); err != nil && date.text != "" {
			r.Drift = append(r.Drift, date.name+" unreadable")
		}
	}
	return r, nil
}

// parse tells whether the note has the names of the archive.
func parse(body []byte) (note, bool, error) {
	var names map[string]jsontext.Value
	if err := jsonlist.Unmarshal(body, &names); err != nil {
		return note{}, false, fmt.Errorf("not a note: %w", err)
	}
	var n note
	if _, old := names["ID"]; old {
		var a archived
		if err := jsonlist.Unmarshal(body, &a); err != nil {
			return note{}, true, fmt.Errorf("not a note of the archive: %w", err)
		}
		return a.note(), true, nil
	}
	if err := jsonlist.Unmarshal(body, &n); err != nil {
		return note{}, false, fmt.Errorf("not a note: %w", err)
	}
	return n, false, nil
}

// moment reads a date of either generation; it is zero with an error.
func moment(s string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, nil
	}
	return vuln.ParseTime(s)
}

// text is what the note says, without the HTML of older notes. The Markdown of
// newer ones stays.
func (n *note) text() []vuln.Text {
	parts := []string{n.Overview, n.Details, n.Impact, n.Resolution, n.Workaround, n.Affected, strings.Join(n.Keywords, ", ")}
	for _, e := range n.Entries {
		parts = append(parts, e.Description)
	}
	var out []vuln.Text
	for _, part := range parts {
		plain := strings.TrimSpace(part)
		if strings.ContainsAny(plain, "<&") {
			plain = xmljson.Plain(plain)
		}
		if plain != "" {
			out = append(out, vuln.Text{Lang: "en", Value: plain})
		}
	}
	return out
}

func (n *note) drift() []string {
	for name := range n.Unknown {
		if known(name) {
			delete(n.Unknown, name)
		}
	}
	return slices.Compact(jsonlist.Drift("note", n.Unknown))
}
