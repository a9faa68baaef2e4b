package certfr

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	format "vulnmirror/format/certfr"
	"vulnmirror/source"
	"vulnmirror/source/documents"
	"vulnmirror/vuln"
)

// lag is how long a document may be older than the index says before the index
// is taken to be mistaken.
const lag = 48 * time.Hour

// pass is one Fetch at work.
type pass struct {
	*documents.Pass
	*Source
	last  source.Cursor
	state state
	notes []string

	lists    map[string]*listing        // by section; those that could be had, or are held
	made     map[string]time.Time       // when upstream gave them
	again    map[string]map[string]bool // by section, of identifiers
	contents map[int]contents           // of the archives held, by year
	down     bool                       // archives are of no use now
}

// Fetch puts the documents into run that are new or were revised since last.
func (s *Source) Fetch(ctx context.Context, up *fetch.Client, run *archive.Run, last source.Cursor) (source.Cursor, error) {
	st, err := readState(last)
	if err != nil {
		return last, err
	}
	p := &pass{
		Pass: documents.NewPass(up, run), Source: s, last: last, state: st,
		lists: make(map[string]*listing), made: make(map[string]time.Time),
		again: make(map[string]map[string]bool), contents: make(map[int]contents),
	}
	whole, err := p.all(ctx)
	if err != nil {
		return last, err
	}
	return p.close(whole)
}

// all does it all, and tells whether everything that upstream names is held.
func (p *pass) all(ctx context.Context) (bool, error) {
	whole := true
	for _, section := range sections {
		if err := p.index(ctx, section); err != nil {
			if err := p.unlisted(ctx, section, err); err != nil {
				return false, err
			}
			whole = false
		}
	}
	due, err := p.seed(ctx, p.due())
	if err != nil {
		return false, err
	}
	failed, err := p.Each(ctx, "documents of CERT-FR", together, len(due), func(ctx context.Context, i int) error {
		return p.document(ctx, due[i])
	})
	if err != nil {
		return false, err
	}
	p.state.Missing = len(failed)
	had, err := p.standIn(ctx, due, failed)
	if err != nil {
		return false, err
	}
	return whole && had, p.returned()
}

// close says where the next Fetch resumes.
func (p *pass) close(whole bool) (source.Cursor, error) {
	next := p.last
	next.Complete = next.Complete || whole
	next.Notes = p.notes
	for _, f := range p.Run.ReceivedFiles() {
		section, _, _ := strings.Cut(f.Path, "/")
		if slices.Contains(sections, section) && f.AsOf.After(next.Watermark) && !f.AsOf.After(p.made[section]) {
			next.Watermark = f.AsOf
		}
	}
	var err error
	if next.State, err = json.Marshal(p.state); err != nil {
		return p.last, err
	}
	return p.Close(p.last, next, nil)
}

func indexPath(section string) string { return "index/" + section + ".json" }

func location(section string) fetch.Location {
	if section == "alerte" {
		return alerte
	}
	return avis
}

// index brings the index of a section up to date. It is taken into the run when
// it says something else than the one held.
func (p *pass) index(ctx context.Context, section string) error {
	path := indexPath(section)
	if f, ok := p.Run.Received(path); ok {
		return p.resumed(section, f)
	}
	var now, held *listing
	d := documents.Document{Path: path, URL: p.Up.At(location(section)), Check: func(r io.Reader) (err error) {
		if now, err = readListing(r); err != nil {
			return err
		}
		return now.follows(held)
	}}
	if f, ok := p.Run.Current(path); ok {
		var err error
		if held, err = p.listed(f); err != nil {
			return err
		}
		p.lists[section], p.made[section] = held, f.AsOf
		d.ETag, d.LastModified = p.state.Indexes[section].ETag, p.state.Indexes[section].LastModified
	}
	result, err := p.Download(ctx, d)
	if errors.Is(err, fetch.ErrNotModified) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("index of %s: %w", section, err)
	}
	made := result.Date
	if made.IsZero() {
		made = p.Run.Started()
	}
	p.lists[section], p.made[section] = now, made
	p.state.Indexes[section] = seen{now.digest(), result.ETag, result.LastModified}
	if held != nil && held.digest() == now.digest() {
		return nil
	}
	changes := now.since(held)
	changes.Returned = slices.DeleteFunc(changes.Returned, func(id string) bool {
		_, known := p.Run.Current(documentPath(section, id))
		return !known
	})
	p.learn(section, changes)
	if err := p.Run.Note("again/"+section, changes); err != nil {
		return err
	}
	d.AsOf = func() time.Time { return made }
	_, err = p.Take(d, result)
	return err
}

// resumed continues with the index that an earlier process took into the run.
func (p *pass) resumed(section string, f archive.File) error {
	l, err := p.listed(f)
	if err != nil {
		return err
	}
	p.lists[section], p.made[section] = l, f.AsOf
	p.state.Indexes[section] = seen{l.digest(), f.ETag, f.LastModified}
	var changes again
	if _, err := p.Run.Noted("again/"+section, &changes); err != nil {
		return err
	}
	p.learn(section, changes)
	return nil
}

func (p *pass) learn(section string, a again) {
	p.again[section] = make(map[string]bool)
	for _, id := range slices.Concat(a.Changed, a.Returned) {
		p.again[section][id] = true
	}
}

func (p *pass) listed(f archive.File) (*listing, error) {
	content, err := p.Run.Open(f)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	l, err := readListing(content)
	if err != nil {
		return nil, fmt.Errorf("%s in the archive: %w", f.Filename, err)
	}
	return l, nil
}

// wanted is a document to be asked for.
type wanted struct {
	section string
	format.Entry
	held bool // in an earlier version
}

func documentPath(section, id string) string { return section + "/" + id + ".json" }

// due lists the documents to be asked for, those revised last first.
func (p *pass) due() []wanted {
	received := make(map[string]bool)
	for _, f := range p.Run.ReceivedFiles() {
		received[f.Path] = true
	}
	var out []wanted
	for _, section := range sections {
		l := p.lists[section]
		if l == nil {
			continue
		}
		for _, e := range l.entries {
			path := documentPath(section, e.ID)
			if received[path] {
				continue
			}
			f, held := p.Run.Current(path)
			if held && !p.again[section][e.ID] && (f.AsOf.Equal(e.Time()) || e.Time().IsZero()) {
				continue
			}
			out = append(out, wanted{section, e, held})
		}
	}
	slices.SortStableFunc(out, func(a, b wanted) int { return b.Time().Compare(a.Time()) })
	return out
}

// document takes one document into the run.
func (p *pass) document(ctx context.Context, w wanted) error {
	var got vuln.Record
	_, err := p.Get(ctx, documents.Document{
		Path: documentPath(w.section, w.ID),
		URL:  p.Up.At(document, "section", w.section, "id", spelling(w.Entry)),
		Check: func(r io.Reader) (err error) {
			if got, err = single(r); err == nil && got.ID != w.ID {
				err = fmt.Errorf("it is %s", got.ID)
			}
			return err
		},
		AsOf: func() time.Time {
			fresh := w.Time().After(p.made[w.section].Add(-lag))
			if fresh && got.Modified.Before(w.Time()) {
				return got.Modified
			}
			return w.Time()
		},
	})
	if err != nil {
		return fmt.Errorf("%s: %w", w.ID, err)
	}
	return nil
}

// single reads the one document in r.
func single(r io.Reader) (vuln.Record, error) {
	reader := format.NewReader(r)
	body, err := reader.Next()
	if err != nil {
		return vuln.Record{}, err
	}
	record, err := format.Decode(body)
	if err != nil {
		return record, err
	}
	if _, err := reader.Next(); !errors.Is(err, io.EOF) {
		return record, errors.New("more than one document")
	}
	return record, nil
}
