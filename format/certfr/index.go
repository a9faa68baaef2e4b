package certfr

import (
	"io"
	"time"

	"vulnmirror/format/jsonlist"
)

// Entry is a line of the index of all avis or alertes.
type Entry struct {
	ID      string
	Title   string
	Revised string // last_revision_date as spelled: what changed has another
	URL     string // json_url
}

// Time returns when the document was last revised, zero when that is unreadable.
func (e Entry) Time() time.Time {
	t, err := moment(e.Revised)
	if err != nil {
		return time.Time{}
	}
	return t
}

// Index reads https://www.cert.ssi.gouv.fr/avis/json/ or /alerte/json/, in
// whatever order upstream lists them.
type Index struct {
	list  *jsonlist.Reader
	count int
}

// NewIndex reads an index from r.
func NewIndex(r io.Reader) *Index { return &Index{list: jsonlist.NewReader(r, "")} }

// Next returns the next entry, io.EOF after the last. A *RecordError concerns one
// entry, a *FormatError ends the index.
func (x *Index) Next() (Entry, error) {
	body, err := x.list.Next()
	if err != nil {
		return Entry{}, err
	}
	position := x.count
	x.count++
	var line struct {
		Reference string `json:"reference"`
		Title     string `json:"title"`
		Revised   string `json:"last_revision_date"`
		URL       string `json:"json_url"`
	}
	if err := jsonlist.Unmarshal(body, &line); err != nil {
		return Entry{}, &RecordError{Position: position, Err: err}
	}
	id, ok := ParseID(line.Reference)
	if !ok {
		return Entry{}, &RecordError{Position: position, ID: line.Reference, Err: errBadID}
	}
	return Entry{ID: id, Title: line.Title, Revised: line.Revised, URL: line.URL}, nil
}
