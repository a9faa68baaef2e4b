package msrc

import (
	"io"
	"time"

	"vulnmirror/format/jsonlist"
	"vulnmirror/vuln"
)

// Document is a line of the index. Months come and go there, so that a document
// whose line is missing may still be had.
type Document struct {
	ID      string // as spelled: 2016-Apr, 2018-FEB, 2017-May-B, Oct-OOB
	Alias   string
	Title   string
	Initial string // InitialReleaseDate as spelled
	Current string // CurrentReleaseDate as spelled; what changed has another, not always a later one
	URL     string // CvrfUrl
}

// Time returns CurrentReleaseDate, zero when it is unreadable.
func (d Document) Time() time.Time { return moment(d.Current) }

// Index reads the answer of /updates.
type Index struct {
	list  *jsonlist.Reader
	count int
}

// NewIndex reads an index in JSON from r.
func NewIndex(r io.Reader) *Index { return &Index{list: jsonlist.NewReader(r, "value")} }

// Next returns the next line, io.EOF after the last. A *RecordError concerns one
// line, a *FormatError ends the index; {"error": …} is one.
func (x *Index) Next() (Document, error) {
	body, err := x.list.Next()
	if err != nil {
		return Document{}, err
	}
	position := x.count
	x.count++
	var line struct {
		ID      string `json:"ID"`
		Alias   string `json:"Alias"`
		Title   string `json:"DocumentTitle"`
		Initial string `json:"InitialReleaseDate"`
		Current string `json:"CurrentReleaseDate"`
		URL     string `json:"CvrfUrl"`
	}
	if err := jsonlist.Unmarshal(body, &line); err != nil {
		return Document{}, &RecordError{Position: position, Err: err}
	}
	if line.ID == "" {
		return Document{}, &RecordError{Position: position, ID: line.Alias, Err: errNoID}
	}
	return Document(line), nil
}

// More returns the address where the index goes on, "" when it does not, once
// Next has returned io.EOF.
func (x *Index) More() string { return jsonlist.String(x.list.Header("@odata.nextLink")) }

// moment reads a date, which upstream writes with and without a Z.
func moment(s string) time.Time {
	t, err := vuln.ParseTime(s)
	if err != nil {
		return time.Time{}
	}
	return t
}
