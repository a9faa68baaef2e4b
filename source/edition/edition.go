// Package edition is how upstreams are asked that publish all they have at once:
// a release, a catalogue, the scores of a day, in one file or in several that
// belong together. What such upstreams differ in is data, a Publication, which
// is a whole source.
//
// An edition is believed as a whole or not at all. Its files are fetched into a
// run, read and decoded; when it has as many records as it must, is not older
// than the one held and not much smaller, a file edition.json is put beside
// them, which names the files and the release. That file is what records are
// decoded from: the others yield none by themselves, so that files of different
// releases are never mixed. What an edition lacks, upstream has no longer.
package edition

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
	"time"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
	"vulnmirror/vuln"
)

// Path is where an edition's list of files is in the archive.
const Path = "edition.json"

// Edition names the files of one edition.
type Edition struct {
	Way     string    `json:"way"`               // Way.Name
	Release string    `json:"release,omitempty"` // as upstream calls it
	Date    time.Time `json:"date,omitzero"`     // upstream's own
	Records int       `json:"records"`           // of the source's kind
	Members []Member  `json:"files"`
}

// Member is one file of an edition.
type Member struct {
	Path     string `json:"path"`     // by which the reader asks for it
	Filename string `json:"filename"` // in the archive
	SHA256   string `json:"sha256"`   // of its content
	URL      string `json:"url"`
}

// sameFiles tells whether the files of an edition are those of another, read the
// same way.
func (e *Edition) sameFiles(other *Edition) bool {
	return other != nil && e.Way == other.Way && slices.Equal(e.Members, other.Members)
}

// origin names an edition in errors: where its files are from.
func (e *Edition) origin() string {
	if more := len(e.Members) - 1; more > 0 {
		return fmt.Sprintf("%s and %d more", e.Members[0].URL, more)
	}
	return e.Members[0].URL
}

// Publication is an upstream that publishes editions.
type Publication struct {
	source.Info
	// Ways lists how an edition can be had, the best first: the next one is taken
	// when one fails or does not prove itself.
	Ways []Way
	// Check tells at little cost whether upstream has another edition than
	// last.Release; nil where asking for the files again is as cheap, see also
	// Frozen.
	Check func(ctx context.Context, up *fetch.Client, last source.Cursor) (bool, error)
	// Read decodes one record's body.
	Read func(body []byte) (vuln.Record, error)
	// Least is the share of the records held that a new edition has at least; 0
	// means nine tenths.
	Least float64
}

// Way is one way to get an edition.
type Way struct {
	Name     string // for people, e.g. "XML"
	Requests int    // about how many it takes
	// Floor, where not 0, is a lower one than the source's for editions had this
	// way.
	Floor int
	// Gather fetches the files.
	Gather func(ctx context.Context, g *Gathering) error
	// Open begins to read the files, which fsys has by Member.Path, unpacked.
	Open func(fsys fs.FS) (Reading, error)
}

// Reading is an edition being read.
type Reading struct {
	// Next returns the body of the next record, io.EOF after the last.
	Next func() ([]byte, error)
	// Refusal reads an error of Next: one about a single record, after which
	// reading goes on, or nil.
	Refusal func(error) *source.Refused
	// Release is what upstream calls the edition and its date, empty and zero
	// when unknown. It is asked after the last Next.
	Release func() (string, time.Time)
	// Close releases what reading held.
	Close func() error
}

// Source fetches and decodes a publication.
type Source struct{ Publication }

// New returns the source that a publication is.
func New(p Publication) *Source {
	p.Replaces = true
	if p.Least == 0 {
		p.Least = 0.9
	}
	return &Source{p}
}

// Info describes the source.
func (s *Source) Info() source.Info { return s.Publication.Info }

// Lists tells that an edition lists all that upstream has.
func (s *Source) Lists(f archive.File) bool { return f.Path == Path }

// IsPart tells of the files that an edition consists of.
func (s *Source) IsPart(f archive.File) bool { return f.Path != Path }

// Changed tells whether upstream has another edition than the one held.
func (s *Source) Changed(ctx context.Context, up *fetch.Client, last source.Cursor) (bool, error) {
	if s.Check == nil {
		return true, nil
	}
	return s.Check(ctx, up, last)
}

// Preview says which way is tried first.
func (s *Source) Preview(source.Cursor) (source.Preview, error) {
	p := source.Preview{Way: s.Ways[0].Name, Requests: s.Ways[0].Requests}
	for _, l := range s.Locations[:min(len(s.Locations), 3)] {
		p.URLs = append(p.URLs, l.URL)
	}
	return p, nil
}

// Decode yields the records of an edition; the files that an edition consists of
// yield none.
func (s *Source) Decode(tree fs.FS, filename string) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		if !isEdition(filename) {
			return
		}
		e, err := open(func(name string) (io.ReadCloser, error) { return archive.OpenContent(tree, name) }, filename)
		if err == nil {
			err = s.each(e, members{e, func(name string) (io.ReadCloser, error) { return archive.OpenContent(tree, name) }}, yield, nil)
		}
		if err != nil {
			yield(vuln.Record{}, fmt.Errorf("%s: %w", filename, err))
		}
	}
}

// isEdition tells whether an archived file, RUN/edition.json or packed, is an
// edition's list.
func isEdition(filename string) bool {
	dir, name := path.Split(filename)
	return strings.TrimSuffix(name, ".zst") == Path && !strings.Contains(strings.TrimSuffix(dir, "/"), "/")
}

func open(content func(string) (io.ReadCloser, error), filename string) (*Edition, error) {
	in, err := content(filename)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(in)
	if err := errors.Join(err, in.Close()); err != nil {
		return nil, err
	}
	e := new(Edition)
	if err := json.Unmarshal(data, e); err != nil {
		return nil, fmt.Errorf("it is no list of an edition's files: %w", err)
	}
	return e, nil
}

// each yields every record of an edition. done, when not nil, gets the release
// at the end.
func (s *Source) each(e *Edition, fsys fs.FS, yield func(vuln.Record, error) bool, done func(string, time.Time)) (err error) {
	way, err := s.way(e.Way)
	if err != nil {
		return err
	}
	reading, err := way.Open(fsys)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reading.Close()) }()
	for {
		record, err := s.next(reading)
		var refused *source.Refused
		switch {
		case err == nil, errors.As(err, &refused):
			if !yield(record, err) {
				return nil
			}
		case errors.Is(err, io.EOF):
			if done != nil {
				done(reading.Release())
			}
			return nil
		default:
			return err
		}
	}
}

func (s *Source) way(name string) (Way, error) {
	for _, w := range s.Ways {
		if w.Name == name {
			return w, nil
		}
	}
	return Way{}, fmt.Errorf("no way of getting %s is called %q; a newer vulnmirror wrote the archive", s.Name, name)
}

// next reads one record. A *source.Refused concerns that record.
func (s *Source) next(reading Reading) (vuln.Record, error) {
	body, err := reading.Next()
	if err != nil {
		if refused := reading.Refusal(err); refused != nil {
			return vuln.Record{}, refused
		}
		return vuln.Record{}, err
	}
	record, err := s.Read(body)
	if err != nil {
		return vuln.Record{}, &source.Refused{ID: record.ID, Place: "its entry", Reason: err.Error()}
	}
	record.Source = s.Name
	return record, nil
}
