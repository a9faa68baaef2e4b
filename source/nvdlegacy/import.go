package nvdlegacy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"time"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/progress"
	"vulnmirror/source"
	"vulnmirror/vuln"
)

// The results of importing one item.
const (
	Imported = "imported" // taken into the archive
	Held     = "held"     // was there already; nothing changed
	Refused  = "refused"  // did not prove itself; it is in the quarantine
	Failed   = "failed"   // could not be read or fetched
)

// Taken tells what became of one item.
type Taken struct {
	Item     string
	Result   string
	Proof    Proof  // of a held file only Form
	Filename string // in the archive, when it is there
	Reason   error  // why it was refused or failed
}

// Import is the source of files that were handed over.
type Import struct {
	items []Item
	tell  func(Taken)
}

// NewImport returns the source with nothing to fetch: it decodes what was
// imported before.
func NewImport() *Import { return &Import{tell: func(Taken) {}} }

// ImportOf returns the source whose Fetch takes in items, in their order, and
// tells what became of each.
func ImportOf(items []Item, tell func(Taken)) *Import { return &Import{items, tell} }

// Info describes the source.
func (*Import) Info() source.Info {
	i := info(ImportName, "Files of NVD handed over with vulnmirror import")
	i.Locations, i.Interval = []fetch.Location{{Name: "file", URL: "file:FILE"}}, 365*24*time.Hour
	return i
}

// Preview says that there is nothing to fetch.
func (*Import) Preview(source.Cursor) (source.Preview, error) {
	return source.Preview{Way: "nothing but vulnmirror import FILE"}, nil
}

// Fetch takes in the items it was made with. Those that are refused or cannot
// be read are the missing ones of an *source.Incomplete. Without items, and when
// all are held already, it returns source.ErrUnchanged.
func (i *Import) Fetch(ctx context.Context, up *fetch.Client, run *archive.Run, last source.Cursor) (source.Cursor, error) {
	var missing []error
	fresh := len(run.ReceivedFiles()) > 0 // by a run that was cut off
	b := bringing{up: up, run: run}
	if len(i.items) > 0 {
		b.task = up.Meter().Begin("proving", 0, progress.Bytes)
		defer func() { b.task.End(context.Cause(ctx)) }()
	}
	for _, item := range i.items {
		if err := context.Cause(ctx); err != nil {
			return last, err
		}
		taken, err := b.take(ctx, item)
		if ctx.Err() != nil {
			return last, errors.Join(err, context.Cause(ctx))
		}
		if err != nil {
			err = fmt.Errorf("%s: %w", item.Name, err)
			missing = append(missing, err)
		}
		fresh = fresh || taken.Result == Imported
		i.tell(taken)
	}
	switch {
	case len(missing) > 0:
		return last, &source.Incomplete{Missing: missing}
	case !fresh:
		return last, fmt.Errorf("%w: files come to it by vulnmirror import", source.ErrUnchanged)
	}
	return last, nil
}

// Decode yields the records of an archived file.
func (*Import) Decode(tree fs.FS, filename string) iter.Seq2[vuln.Record, error] {
	return decode(ImportName, tree, filename)
}
