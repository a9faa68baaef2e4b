// Package store says what a database must do to hold a mirror and answer from
// it. Implementations live below it and pass the suite in store/storetest. No
// method here names a source, and nothing here knows where bytes came from
// beyond the Origin a batch carries.
package store

import (
	"context"
	"errors"
	"iter"
	"time"

	"vulnmirror/vuln"
)

// The meanings of errors that callers act on. Implementations wrap them.
var (
	// ErrNotFound: no record of that kind and id.
	ErrNotFound = errors.New("not found")
	// ErrNoMirror: nothing was ever stored there.
	ErrNoMirror = errors.New("there is no mirror yet")
	// ErrTooNew: a newer program wrote this database; it is left untouched.
	ErrTooNew = errors.New("the database was written by a newer vulnmirror")
)

// Store is a database that holds a mirror. All methods are safe for concurrent
// use; readers never block the writer.
type Store interface {
	Reader
	Writer

	// Snapshot gives a Reader whose answers all come from one state of the
	// database. The caller closes it soon: it may pin old data.
	Snapshot(ctx context.Context) (Snapshot, error)

	// Close releases everything. Further calls fail.
	Close() error
}

// Snapshot is a Reader frozen in time.
type Snapshot interface {
	Reader
	Close() error
}

// Reader answers questions. Records it returns carry the envelope, Title,
// Facts.Best and Body, but no other Facts and no Text. Records of NVD's kinds
// have no Title, and it is not kept for versions: those that Versions returns have
// none. Records withdrawn are found by Get and Versions; a Query leaves them out
// unless it asks for them.
type Reader interface {
	// Get returns the current version of a record, or ErrNotFound.
	Get(ctx context.Context, kind vuln.Kind, id string) (vuln.Record, error)
	// List yields the records that q asks for, in q's order. An error ends it.
	List(ctx context.Context, q Query) iter.Seq2[vuln.Record, error]
	// Digest summarises what q asks for, whatever its Offset, Limit and Order.
	Digest(ctx context.Context, q Query) (Digest, error)
	// Versions returns every version of a record ever held, oldest first, the
	// current one last; ErrNotFound when there is none.
	Versions(ctx context.Context, kind vuln.Kind, id string) ([]Version, error)
	// Sources returns the state last set for each source, by name.
	Sources(ctx context.Context) ([]SourceState, error)
	Applicability
	// Ingested tells whether the last batch of the archived file with this
	// filename and SHA-256 (Origin.Filename, Origin.SHA256) was applied.
	Ingested(ctx context.Context, source, filename, sha256 string) (bool, error)
	// Origins returns the archived files that Ingested reports, by source,
	// filename and SHA-256. Copies is not kept.
	Origins(ctx context.Context) ([]Origin, error)
}

// Writer changes a database. One process writes at a time; Apply calls are
// carried out one after another.
type Writer interface {
	// Apply makes a batch visible all at once or not at all, durably, and says
	// what it did with every record. A record replaces the one held when its
	// Modified is newer, or equal and the content differs; the version replaced
	// is kept for Versions. An older one is counted and skipped. Whatever their
	// times, a record that is Converted is older than one that is not. Upstream
	// changes records without moving Modified, so of two with one Modified a copy
	// (Origin.Copies) does not replace what another source brought. With
	// Origin.Replaces times do not count between versions of one source. A record
	// found unchanged becomes the source's that found it, unless that has copies,
	// and is no longer withdrawn.
	Apply(ctx context.Context, b *Batch) (Outcome, error)
	// Withdraw marks the records that w.Keep refuses as withdrawn and returns
	// how many that were. Records already withdrawn, and those whose Modified is
	// after w.UpTo, are left alone. It is done whole or not at all.
	Withdraw(ctx context.Context, w Withdrawal) (int, error)
	// SetSource records the state of a source, replacing the previous one.
	SetSource(ctx context.Context, s SourceState) error
}

// Preparer is implemented by stores whose Apply spends time on work that needs
// no database, such as compression. Prepare does that work ahead of Apply, may
// be called from many goroutines for different batches, and leaves its result
// in the batch. Apply does it itself for a batch that was not prepared.
type Preparer interface {
	Prepare(b *Batch) error
}

// BulkLoader is implemented by stores that load the first records of a kind
// faster when told before. BeginBulk may leave out whatever makes loading slow,
// such as secondary indexes of that kind; EndBulk makes up for it. A process
// that dies in between loses nothing: the next Open or EndBulk completes the
// work. BeginBulk does nothing when more than a few records of the kind are held.
type BulkLoader interface {
	BeginBulk(ctx context.Context, kind vuln.Kind) error
	EndBulk(ctx context.Context, kind vuln.Kind) error
}

// Batch is a run of records out of one archived file, in file order.
type Batch struct {
	Origin  Origin
	Records []vuln.Record
	// Last marks the batch that ends its file: once applied, Ingested reports
	// the file. It may carry no records.
	Last bool
	// Prepared belongs to the store that Prepare was called on.
	Prepared any
}

// Origin names the archived file a batch was decoded from.
type Origin struct {
	Source   string
	Filename string // as in the manifest, relative to the source's raw folder
	SHA256   string // lower-case hex, of the archived file
	Fetched  time.Time
	// Copies: what upstream said once, as somebody kept it. See Writer.Apply.
	Copies bool
	// Replaces: upstream's dates do not order its versions, so that what it says
	// now counts, whatever its Modified. See Writer.Apply.
	Replaces bool
	// Forgets: versions replaced are not kept for Versions. All records change
	// every day, and the archive has their past.
	Forgets bool
}

// Withdrawal says which records upstream was found to have no longer.
type Withdrawal struct {
	Kind   vuln.Kind
	Source string               // Record.Source
	At     time.Time            // becomes Record.Withdrawn
	UpTo   time.Time            // upstream's time of the list that lacks them
	Keep   func(id string) bool // whether upstream still has it
}

// Disposition is what Apply did with one record.
type Disposition uint8

// What can happen to a record.
const (
	Added     Disposition = iota // was not held
	Changed                      // replaced the version held
	Unchanged                    // same content as the version held
	Older                        // the version held is newer; skipped
)

// Outcome says what Apply did.
type Outcome struct {
	Added, Changed, Unchanged, Older int
	// Dispositions has one entry per record of the batch, in its order.
	Dispositions []Disposition
}

// Note enters what was done with the record at index i, for which Dispositions
// must have room.
func (o *Outcome) Note(i int, what Disposition) {
	o.Dispositions[i] = what
	switch what {
	case Added:
		o.Added++
	case Changed:
		o.Changed++
	case Unchanged:
		o.Unchanged++
	case Older:
		o.Older++
	}
}

// Digest summarises a set of records.
type Digest struct {
	Count    int
	Newest   time.Time // largest Modified; zero when Count is 0
	Revision int64     // with Count: when neither changed, no record of the set did, came in or left
}

// Version is one version of a record.
type Version struct {
	Record vuln.Record // envelope and Body
	Seen   time.Time   // when it was first fetched
	Origin Origin      // the file it was first seen in
}

// SourceState is what answers need to know about a source's freshness.
type SourceState struct {
	Source    string
	Completed time.Time // end of the first complete load; zero before it
	Synced    time.Time // end of the last run that succeeded; zero before it
	Watermark time.Time // everything upstream changed until then is held
	Failed    time.Time // end of the last run when that run failed, else zero
	Reason    string    // why it failed, in one line
	// Release is what upstream calls the edition held, e.g. "4.19.1"; "" when it
	// publishes none.
	Release string
}
