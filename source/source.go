// Package source says what a source of vulnerability knowledge is. Fetch writes
// bytes, Decode reads bytes: working without network, parsing again, bundles
// and tests then need no second way. Each source is one folder below this one;
// source/all lists them.
package source

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"iter"
	"time"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/vuln"
)

// The meanings of errors that callers act on. Sources wrap ErrRefused.
var (
	// ErrUnchanged is returned by Fetch when upstream has nothing new.
	ErrUnchanged = errors.New("nothing changed upstream")
	// ErrRefused: upstream's data did not prove itself and was not taken over.
	ErrRefused = errors.New("data refused")
)

// Source is one upstream. Implementations keep no state between calls.
type Source interface {
	// Info describes the source. It returns the same every time.
	Info() Info

	// Fetch puts what changed upstream since last into run and returns where
	// to resume. It is called once a run, with the source's lock held; the run
	// may be one that an earlier process began and did not finish, and what it
	// already holds is not fetched again. The cursor returned is kept only when
	// everything put into the run is safe to ingest, which is so when the error
	// is nil, ErrUnchanged (run is empty) or an *Incomplete. With any other
	// error the run stays open, and the next call continues it.
	Fetch(ctx context.Context, up *fetch.Client, run *archive.Run, last Cursor) (Cursor, error)

	// Decode yields the records of one archived file, in file order; filename
	// is relative to tree, as in the manifest. No network, no clock: the same
	// bytes give the same records. A *Refused ends one record only and the
	// sequence goes on; any other error ends the sequence.
	Decode(tree fs.FS, filename string) iter.Seq2[vuln.Record, error]
}

// Info describes a source to people and to the program.
type Info struct {
	Name  string // as typed on the command line, e.g. "nvd-cve"
	Title string
	Kind  vuln.Kind
	// With are further kinds of its records.
	With        []vuln.Kind
	Home        string // page for people
	Licence     string
	Attribution string // to be shown with the data
	// Restricted: its terms do not allow to pass it on in bulk.
	Restricted bool
	// Locations are all addresses it asks, the preferred ones first. Operators
	// may put others in their place; Fetch gets them from fetch.Client.At.
	Locations []fetch.Location
	Interval  time.Duration // how often upstream is worth asking
	// Floor is the fewest records of Kind a complete load may have; fewer is
	// refused.
	Floor int
	// DependsOn names the sources whose records its own are about: where one of
	// them is broken, answers from this one may lead nowhere.
	DependsOn []string
	// Replaces and Forgets are as in store.Origin.
	Replaces, Forgets bool
	// Copies: it does not ask upstream, but takes in copies of what upstream said
	// once; where upstream was asked, that counts.
	Copies bool
	// Once: what it took in cannot be had again, so it is never fetched anew.
	Once bool
}

// Cursor says where a source's next Fetch resumes.
type Cursor struct {
	// Watermark: everything upstream changed until then is held. It is taken
	// from lastModified values actually held, never from a clock.
	Watermark time.Time `json:"watermark,omitzero"`
	// Complete is set once a whole load has succeeded, and stays.
	Complete bool `json:"complete"`
	// Release is what upstream calls the edition held, e.g. "4.19.1".
	Release string `json:"release,omitempty"`
	// Notes is what operators should know of the last Fetch that succeeded, such
	// as which place served when the preferred one could not.
	Notes []string `json:"notes,omitempty"`
	// Begun and Asked are set by the caller of Fetch: when the first Fetch was of
	// what is held now, and when the last one was that got an answer.
	Begun time.Time `json:"begun,omitzero"`
	Asked time.Time `json:"asked,omitzero"`
	// Renewal is set by the caller of Fetch too: when everything was to be fetched
	// anew and could not be.
	Renewal time.Time `json:"renewal,omitzero"`
	// State belongs to the source.
	State json.RawMessage `json:"state,omitempty"`
}

// Incomplete reports a Fetch that got only part of what it went for: what the
// run holds is good and the cursor stands, but the run counts as failed.
type Incomplete struct {
	Missing []error // one for each thing not had, naming it
}

func (e *Incomplete) Error() string { return errors.Join(e.Missing...).Error() }

// Unwrap makes errors.Is and errors.As look into Missing.
func (e *Incomplete) Unwrap() []error { return e.Missing }

// Refused reports one record that Decode could not make sense of.
type Refused struct {
	ID     string // as far as known
	Place  string // where in the file
	Reason string
}

func (e *Refused) Error() string {
	id := e.ID
	if id == "" {
		id = "record without id"
	}
	return id + " at " + e.Place + ": " + e.Reason
}

// Lister is implemented by sources that have files which list all that upstream
// has. What such a file lacks, upstream has no longer.
type Lister interface {
	// Lists tells whether an archived file lists every record that upstream had
	// when it made the file, f.AsOf.
	Lists(f archive.File) bool
}

// Previewer is implemented by sources that can say, without network, what
// Fetch would do first.
type Previewer interface {
	Preview(last Cursor) (Preview, error)
}

// Preview is what a Fetch would do first.
type Preview struct {
	Way      string   `json:"way"`      // in a few words
	Requests int      `json:"requests"` // about how many it takes
	URLs     []string `json:"urls"`     // the first of them
}

// Auditor is implemented by sources that can list upstream anew, for comparison
// with a store.
type Auditor interface {
	// Audit lists upstream. What the archive holds byte for byte is read from
	// tree instead of being fetched again; scratch is an empty folder for the
	// rest, which the caller removes afterwards.
	Audit(ctx context.Context, up *fetch.Client, tree *archive.Tree, scratch string) (*Upstream, error)
}

// Upstream is what Audit found.
type Upstream struct {
	// Records has upstream's newest version of each record, by id.
	Records map[string]Seen
	// Whole tells whether upstream listed completely whatever an id belongs to,
	// and when it made that list: a record we hold, modified before, that
	// Records lacks is a difference. Nil: upstream listed nothing completely.
	Whole func(id string) (made time.Time, whole bool)
	// Total is upstream's own count of all records; negative when unknown.
	Total int
	// Unchecked names what could not be compared, and why.
	Unchecked []string
}

// Seen is upstream's version of a record.
type Seen struct {
	Modified time.Time
	Hash     [16]byte // vuln.ContentHash of its body
}

// Checker is implemented by sources that can tell at less cost than Fetch whether
// upstream has something new. Others are fetched at every occasion.
type Checker interface {
	// Changed tells whether upstream has something else than last. An error
	// means that it could not be told.
	Changed(ctx context.Context, up *fetch.Client, last Cursor) (bool, error)
}

// Merger is implemented by sources of which several files may speak of one
// record.
type Merger interface {
	// Merge puts together what is held of a record and what the next file says.
	// held is as a store hands it back, with the envelope and Body; it is of the
	// same kind and id, and of this source. What Merge returns is as from Decode.
	Merge(held, fresh vuln.Record) (vuln.Record, error)
}

// Composer is implemented by sources of which some files are only parts of what
// other files put together.
type Composer interface {
	// IsPart tells whether Decode yields nothing of an archived file by itself.
	IsPart(f archive.File) bool
}

// Indexer is implemented by sources that have files which name all that upstream
// has without holding the records.
type Indexer interface {
	// Index reads an archived file; nil when it is no such file.
	Index(tree fs.FS, f archive.File) (*Index, error)
}

// Index is what upstream has, as a file says that names it.
type Index struct {
	IDs []string
	// Covers tells whether the file would name that record if upstream had it.
	Covers func(id string) bool
}
