package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"
)

// journalVersion is the schema number of the journal's first line.
const journalVersion = 1

// entry is one line of the journal. The first line has Version, Run and
// Started; every other exactly one of Put, Kept, Drop, Note and Discard. A line
// is on disk before what it announces is done, so that whoever finds the
// journal after a crash can finish it.
type entry struct {
	Version int       `json:"version,omitempty"`
	Run     string    `json:"run,omitempty"`
	Started time.Time `json:"started,omitzero"`

	Put  *File  `json:"put,omitempty"` // From, relative to incoming, becomes this file
	From string `json:"from,omitempty"`
	Kept *File  `json:"kept,omitempty"` // the file held already was confirmed

	Drop   string  `json:"drop,omitempty"`   // this file leaves the run
	To     string  `json:"to,omitempty"`     // for quarantine under this name; "": it is no more
	Reason *Reason `json:"reason,omitempty"` // with this reason

	Note  string          `json:"note,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`

	Discard bool `json:"discard,omitempty"` // the run is given up
}

// received is a file that a run holds.
type received struct {
	File
	from string // where it was before it moved into raw, relative to incoming
	kept bool
}

// journal is what a journal file says.
type journal struct {
	run     string
	started time.Time
	files   []received      // in the order of Put
	names   map[string]bool // every filename ever in files
	drops   []entry         // files on their way to quarantine
	notes   map[string]json.RawMessage
	discard bool
	last    string // path of the last line if that line put a file
	size    int64  // bytes up to the end of the last whole line
}

// parseJournal reads a journal. A last line cut short by a crash was never
// acted on, and is left out. Damage anywhere else is an error wrapping
// ErrDamaged; the journal returned then holds what came before it.
func parseJournal(data []byte) (*journal, error) {
	j := &journal{names: map[string]bool{}, notes: map[string]json.RawMessage{}}
	for number := 1; len(data) > 0; number++ {
		line, rest, whole := bytes.Cut(data, []byte("\n"))
		var e entry
		err := json.Unmarshal(line, &e)
		if number > 1 && (!whole || err != nil && len(rest) == 0) {
			return j, nil
		}
		if err == nil && !whole {
			err = io.ErrUnexpectedEOF
		}
		if err == nil && number == 1 {
			err = j.start(e)
		} else if err == nil {
			err = j.check(e)
		}
		if errors.Is(err, ErrNewer) {
			return j, err
		}
		if err != nil {
			return j, fmt.Errorf("%w at line %d: %w", ErrDamaged, number, err)
		}
		if number > 1 {
			j.add(e)
		}
		j.size += int64(len(line)) + 1
		data = rest
	}
	if j.run == "" {
		return j, fmt.Errorf("%w: empty", ErrDamaged)
	}
	return j, nil
}

// start takes in the first line.
func (j *journal) start(e entry) error {
	if e.Version > journalVersion {
		return fmt.Errorf("%w: version %d, this one knows up to %d; use the newer program", ErrNewer, e.Version, journalVersion)
	}
	if e.Version < 1 {
		return errors.New("no version number")
	}
	if !validName(e.Run) || strings.Contains(e.Run, "/") {
		return fmt.Errorf("bad run %q", e.Run)
	}
	j.run, j.started = e.Run, e.Started
	return nil
}

// check says why e cannot be the next line, if it cannot.
func (j *journal) check(e entry) error {
	switch {
	case e.Put != nil:
		if !validName(e.From) || !strings.HasPrefix(e.Put.Filename, j.run+"/") || j.names[e.Put.Filename] {
			return fmt.Errorf("cannot put %q as %q", e.From, e.Put.Filename)
		}
		return e.Put.check()
	case e.Kept != nil:
		return e.Kept.check()
	case e.Drop != "" && !j.names[e.Drop]:
		return fmt.Errorf("cannot drop %q", e.Drop)
	case e.To != "" && (!validName(e.To) || e.Reason == nil || !strings.HasPrefix(e.Drop, j.run+"/")):
		return fmt.Errorf("cannot drop %q to %q", e.Drop, e.To)
	case e.Drop == "" && e.Note == "" && !e.Discard:
		return errors.New("a line that says nothing")
	}
	return nil
}

// add takes in a line that check found good.
func (j *journal) add(e entry) {
	j.last = ""
	switch {
	case e.Put != nil:
		j.take(received{File: *e.Put, from: e.From})
	case e.Kept != nil:
		j.take(received{File: *e.Kept, kept: true})
	case e.Drop != "":
		if e.To != "" {
			j.drops = append(j.drops, e)
		}
		j.remove(e.Drop)
	case e.Note != "":
		j.notes[e.Note] = e.Value
	case e.Discard:
		j.discard = true
	}
}

// take adds a file as the current one at its path. One that the run confirmed
// before replaces its earlier self.
func (j *journal) take(r received) {
	if r.kept {
		for i, old := range j.files {
			if old.Filename == r.Filename {
				r.from, r.kept = old.from, old.kept
				j.files = append(j.files[:i], j.files[i+1:]...)
				break
			}
		}
	}
	for i := range j.files {
		if j.files[i].Path == r.Path {
			j.files[i].Status = Superseded
		}
	}
	j.files = append(j.files, r)
	j.names[r.Filename] = true
	j.last = r.Path
}

// remove takes a file out; the one before it at its path is current again.
func (j *journal) remove(filename string) {
	path := ""
	for i, f := range j.files {
		if f.Filename == filename {
			path = f.Path
			j.files = append(j.files[:i], j.files[i+1:]...)
			break
		}
	}
	for i := len(j.files) - 1; i >= 0; i-- {
		if j.files[i].Path == path {
			j.files[i].Status = Current
			return
		}
	}
}

// newest returns the current file at path.
func (j *journal) newest(path string) (received, bool) {
	for i := len(j.files) - 1; i >= 0; i-- {
		if j.files[i].Path == path {
			return j.files[i], true
		}
	}
	return received{}, false
}

// unfinished reads the journal of the unfinished run; nil if there is none.
func (t *Tree) unfinished() (*journal, error) {
	data, err := os.ReadFile(t.journalPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the journal of the unfinished run: %w", err)
	}
	j, err := parseJournal(data)
	if errors.Is(err, ErrNewer) {
		return j, fmt.Errorf("%s: %w", t.journalPath(), err)
	}
	if err != nil {
		return j, fmt.Errorf("%s: %w (to give the unfinished run up, delete %s and its folder in %s; what is committed stays)",
			t.journalPath(), err, t.incomingPath(), t.Raw())
	}
	return j, nil
}

// append writes one line after the last whole one and takes it in. When it
// returns nil the line survives a crash; after an error the next call
// overwrites whatever part of the line reached the disk.
func (j *journal) append(file string, e entry) error {
	if err := j.check(e); err != nil {
		return err
	}
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	err = f.Truncate(j.size)
	if err == nil {
		_, err = f.WriteAt(line, j.size)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	j.size += int64(len(line))
	j.add(e)
	return nil
}
