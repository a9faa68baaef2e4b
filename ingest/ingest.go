// Package ingest carries records from the archive into a store: decode, prepare
// and apply run side by side, in the order of the files.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"vulnmirror/archive"
	"vulnmirror/progress"
	"vulnmirror/source"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

const (
	// A batch ends at whichever comes first; together with the three batches
	// under way at a time this bounds memory whatever the size of records.
	batchRecords = 500
	batchBytes   = 4 << 20
)

// Report says what became of the records of the files ingested.
type Report struct {
	Files     int            `json:"files"`
	Added     int            `json:"added"`
	Changed   int            `json:"changed"`
	Unchanged int            `json:"unchanged"`
	Older     int            `json:"older"`
	Withdrawn int            `json:"withdrawn"` // held, and upstream has them no longer
	Refused   int            `json:"refused"`
	Refusals  []string       `json:"refusals,omitempty"` // the first of them
	Drift     map[string]int `json:"drift,omitempty"`    // what decoders did not know, counted
}

const refusalsKept = 20

// Pending returns those of files whose records the store does not hold yet, in
// the order in which they are to be ingested: as upstream made them.
func Pending(ctx context.Context, st store.Reader, src source.Source, files []archive.File) ([]archive.File, error) {
	held, err := ingested(ctx, st, src.Info().Name)
	if err != nil {
		return nil, err
	}
	var out []archive.File
	cut := make(map[string]bool) // runs of which something is to be ingested
	for _, f := range InOrder(src, files) {
		if !held[file{f.Filename, f.SHA256}] {
			out = append(out, f)
			cut[f.Run] = true
		}
	}
	if !slices.ContainsFunc(out, func(f archive.File) bool { return f.Anew }) {
		return out, nil
	}
	// What was fetched anew says as a whole what upstream has.
	return slices.DeleteFunc(InOrder(src, files), func(f archive.File) bool {
		return !slices.Contains(out, f) && (!f.Anew || !cut[f.Run])
	}), nil
}

// file names an archived file of one source.
type file struct{ name, sha256 string }

// ingested lists the files of a source whose records the store holds.
func ingested(ctx context.Context, st store.Reader, source string) (map[file]bool, error) {
	origins, err := st.Origins(ctx)
	out := make(map[file]bool, len(origins))
	for _, o := range origins {
		if o.Source == source {
			out[file{o.Filename, o.SHA256}] = true
		}
	}
	return out, err
}

// Files decodes files of one source, in the order given, and applies their
// records to st. It may be repeated after a failure at any point: what was
// applied is recognised. The report counts what was done until then.
func Files(ctx context.Context, src source.Source, tree *archive.Tree, files []archive.File, st store.Store, meter progress.Meter) (Report, error) {
	report := Report{Drift: make(map[string]int)}
	if len(files) == 0 {
		return report, nil
	}
	bulk, isBulk := st.(store.BulkLoader)
	kinds := append([]vuln.Kind{src.Info().Kind}, src.Info().With...)
	for _, kind := range kinds {
		if !isBulk {
			break
		}
		if err := bulk.BeginBulk(ctx, kind); err != nil {
			return report, err
		}
	}
	err := run(ctx, src, tree, files, st, meter, &report)
	for _, kind := range kinds {
		if isBulk && err == nil {
			err = bulk.EndBulk(ctx, kind)
		}
	}
	return report, err
}

func run(ctx context.Context, src source.Source, tree *archive.Tree, files []archive.File, st store.Store, meter progress.Meter, report *Report) error {
	decoded, prepared := make(chan step, 1), make(chan step, 1)
	group, gctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(decoded)
		d := decoder{src: src, tree: tree, out: decoded, report: report, anew: generations(src.Info(), files)}
		return d.files(gctx, files)
	})
	merger, merges := src.(source.Merger)
	group.Go(func() error {
		defer close(prepared)
		return prepare(gctx, st, merges, decoded, prepared)
	})
	group.Go(func() error {
		a := applier{st: st, report: report}
		if merges {
			a.merge = &merging{merger, st}
		}
		return a.run(gctx, prepared, meter)
	})
	return group.Wait()
}

// step is what is done to the store at a time.
type step struct {
	*store.Batch
	// withdraw comes with the last batch of a file that lists everything, or ends
	// what was fetched anew. It is carried out before that batch is applied, since
	// the file counts as ingested afterwards.
	withdraw []store.Withdrawal
}

// prepare does the store's own work on batches while the one before is applied,
// unless they are yet to be merged.
func prepare(ctx context.Context, st store.Store, merges bool, in <-chan step, out chan<- step) error {
	preparer, ok := st.(store.Preparer)
	for b := range in {
		if ok && !merges {
			if err := preparer.Prepare(b.Batch); err != nil {
				return fmt.Errorf("%s: %w", b.Origin.Filename, err)
			}
		}
		if err := send(ctx, out, b); err != nil {
			return err
		}
	}
	return nil
}

// applier carries out steps.
type applier struct {
	st     store.Store
	merge  *merging // nil when records are of one file each
	report *Report
}

func (a applier) run(ctx context.Context, in <-chan step, meter progress.Meter) error {
	task := meter.Begin("storing", 0, progress.Records)
	var err error
	for s := range in {
		if err = a.step(ctx, s); err != nil {
			err = fmt.Errorf("storing %s: %w", s.Origin.Filename, err)
			break
		}
		task.Advance(int64(len(s.Records)))
	}
	task.End(err)
	return err
}

func (a applier) step(ctx context.Context, s step) error {
	for _, w := range s.withdraw {
		n, err := a.st.Withdraw(ctx, w)
		if err != nil {
			return err
		}
		a.report.Withdrawn += n
	}
	if a.merge != nil {
		if err := a.merge.batch(ctx, s.Batch); err != nil {
			return err
		}
	}
	o, err := a.st.Apply(ctx, s.Batch)
	if err != nil {
		return err
	}
	a.report.Added += o.Added
	a.report.Changed += o.Changed
	a.report.Unchanged += o.Unchanged
	a.report.Older += o.Older
	if s.Last {
		a.report.Files++
	}
	return nil
}

// decoder cuts files into batches.
type decoder struct {
	src    source.Source
	tree   *archive.Tree
	out    chan<- step
	report *Report                // only Refused, Refusals and Drift
	anew   map[string]*generation // by run
}

func (d *decoder) files(ctx context.Context, files []archive.File) error {
	for _, f := range files {
		if err := d.file(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) file(ctx context.Context, f archive.File) error {
	info := d.src.Info()
	origin := store.Origin{Source: info.Name, Filename: f.Filename, SHA256: f.SHA256, Fetched: f.Fetched, Copies: info.Copies, Replaces: info.Replaces || f.Anew, Forgets: info.Forgets}
	batch := &store.Batch{Origin: origin}
	listed, err := d.listed(f)
	if err != nil {
		return err
	}
	size := 0
	for record, err := range d.src.Decode(d.tree.FS(), f.Filename) {
		var refused *source.Refused
		if errors.As(err, &refused) {
			listed.add(refused.ID)
			d.anew[f.Run].refused(refused.ID)
			d.refuse(err)
			continue
		}
		if err != nil {
			return err
		}
		listed.add(record.ID)
		d.anew[f.Run].add(record)
		d.count(record)
		batch.Records = append(batch.Records, record)
		if size += len(record.Body); len(batch.Records) == batchRecords || size >= batchBytes {
			if err := send(ctx, d.out, step{Batch: batch}); err != nil {
				return err
			}
			batch, size = &store.Batch{Origin: origin}, 0
		}
	}
	batch.Last = true
	withdraw := d.anew[f.Run].ended()
	if w := listed.withdrawal(d.src, f); w != nil {
		withdraw = append(withdraw, *w)
	}
	return send(ctx, d.out, step{batch, withdraw})
}

// listed collects what a file lists, nil when it lists no more than it holds.
func (d *decoder) listed(f archive.File) (*inventory, error) {
	indexer, ok := d.src.(source.Indexer)
	if !ok {
		return inventoryOf(d.src, f), nil
	}
	index, err := indexer.Index(d.tree.FS(), f)
	if err != nil || index == nil {
		return inventoryOf(d.src, f), err
	}
	return inventoryIn(index), nil
}

func (d *decoder) refuse(err error) {
	d.report.Refused++
	if len(d.report.Refusals) < refusalsKept {
		d.report.Refusals = append(d.report.Refusals, err.Error())
	}
}

func (d *decoder) count(r vuln.Record) {
	for _, what := range r.Drift {
		d.report.Drift[what]++
	}
}

func send(ctx context.Context, out chan<- step, b step) error {
	select {
	case out <- b:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
