package certcc

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"vulnmirror/archive"
	format "vulnmirror/format/certcc"
)

// list says which files of the archive make up the records of a month: the one
// thing that records are decoded from.
type list struct {
	Month string            `json:"month"` // YYYY-MM of first publication
	Notes map[string]*entry `json:"notes"` // by identifier
	// Gone are notes that upstream had, and said of each that it has it no longer.
	Gone []string `json:"gone,omitempty"`
}

// entry names the files of a note, by archive.File.Filename.
type entry struct {
	Note     string `json:"note"` // the note alone, or those of its month
	Vuls     string `json:"vuls,omitempty"`
	Vendors  string `json:"vendors,omitempty"`
	Statuses string `json:"vendorsvuls,omitempty"`
	// Hash is of the note; Answered is the Hash that the note had when the rest
	// was asked for.
	Hash     string    `json:"hash"`
	Answered string    `json:"answered,omitempty"`
	Updated  time.Time `json:"updated,omitzero"`
	// Old is a note from before 2020.
	Old bool `json:"old,omitempty"`
}

const monthLayout = "2006-01"

func listPath(name string) string  { return "lists/" + name + ".json" }
func monthPath(name string) string { return "months/" + name + ".json" }
func yearPath(year int) string     { return fmt.Sprintf("years/%d.json", year) }

// notePath returns where one of a note's answers is in the archive; name is
// note, vuls, vendors or vendors-vuls.
func notePath(id, name string) string { return "notes/" + number(id) + "/" + name + ".json" }

// number is what stands for a note in addresses.
func number(id string) string { return strings.TrimPrefix(id, "VU#") }

// lists are all of them, and where each note is.
type lists struct {
	byMonth map[string]*list
	at      map[string]string // month by identifier
	changed map[string]bool   // months
}

// load reads the lists held, of all months until now.
func (p *pass) load() error {
	p.lists = lists{byMonth: make(map[string]*list), at: make(map[string]string), changed: make(map[string]bool)}
	for _, name := range monthsUntil(p.Now().UTC()) {
		f, ok := p.Run.Current(listPath(name))
		if !ok {
			continue
		}
		var l list
		if err := p.Read(f, &l); err != nil {
			return err
		}
		p.lists.byMonth[name] = &l
		for id := range l.Notes {
			p.lists.at[id] = name
		}
	}
	return nil
}

// monthsUntil are the months from the first on.
func monthsUntil(now time.Time) []string {
	var out []string
	for m := time.Date(firstYear, 1, 1, 0, 0, 0, 0, time.UTC); !m.After(now); m = m.AddDate(0, 1, 0) {
		out = append(out, m.Format(monthLayout))
	}
	return out
}

func (l *lists) find(id string) *entry {
	if at, ok := l.at[id]; ok {
		return l.byMonth[at].Notes[id]
	}
	return nil
}

// set makes a note be in a month as in the file named. What was said elsewhere of
// it stays, to be asked for anew when the note has changed.
func (l *lists) set(name, filename string, n reading) {
	e := entry{}
	if before := l.find(n.id); before != nil {
		e = *before
	}
	was, held := e, l.at[n.id] == name
	e.Note, e.Hash, e.Updated, e.Old = filename, n.hash, n.updated, n.old
	if held && e == was {
		return
	}
	if at, ok := l.at[n.id]; ok && at != name {
		delete(l.byMonth[at].Notes, n.id)
		l.changed[at] = true
	}
	into := l.byMonth[name]
	if into == nil {
		into = &list{Month: name, Notes: make(map[string]*entry)}
		l.byMonth[name] = into
	}
	into.Notes[n.id] = &e
	into.Gone = slices.DeleteFunc(into.Gone, func(id string) bool { return id == n.id })
	l.at[n.id] = name
	l.changed[name] = true
}

// remove notes that upstream has a note no longer.
func (l *lists) remove(id string) {
	name, ok := l.at[id]
	if !ok {
		return
	}
	from := l.byMonth[name]
	delete(from.Notes, id)
	delete(l.at, id)
	from.Gone = append(from.Gone, id)
	slices.Sort(from.Gone)
	l.changed[name] = true
}

// of returns the identifiers of the notes first published in a year, sorted.
func (l *lists) of(year int) []string {
	var out []string
	for id, name := range l.at {
		if strings.HasPrefix(name, fmt.Sprint(year)+"-") {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// write puts the lists that changed into the run.
func (p *pass) write() error {
	for name := range p.lists.changed {
		at, err := time.Parse(monthLayout, name)
		if err != nil {
			return err
		}
		if _, err := p.Write(listPath(name), p.monthURL(at), p.made, p.lists.byMonth[name]); err != nil {
			return err
		}
	}
	return nil
}

// answered is when a note was last received, alone or with its month, by
// upstream's clock.
func (p *pass) answered(id string) time.Time {
	var newest time.Time
	for _, path := range []string{notePath(id, "note"), monthPath(p.lists.at[id])} {
		if f, ok := p.Run.Current(path); ok && f.AsOf.After(newest) {
			newest = f.AsOf
		}
	}
	return newest
}

// reading is what is to be known of a note.
type reading struct {
	id        string
	hash      string
	published time.Time
	updated   time.Time
	old       bool
}

// read reads the notes of an archived file.
func (p *pass) read(f archive.File) ([]reading, error) {
	content, err := p.Run.Open(f)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	found, _, err := readNotes(format.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("%s in the archive: %w", f.Filename, err)
	}
	return found, nil
}
