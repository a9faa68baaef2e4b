package transfer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"golang.org/x/sync/errgroup"

	"vulnmirror/progress"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// The parts of a comparison that are no kinds of records.
const (
	PartFiles  = "files"  // those ingested
	PartStates = "states" // of sources
)

// Comparison says whether two stores hold the same.
type Comparison struct{ Parts []Part }

// Same reports whether they do.
func (c Comparison) Same() bool {
	for _, p := range c.Parts {
		if !p.Same() {
			return false
		}
	}
	return true
}

// Part compares the records of one kind, the files, or the states.
type Part struct {
	Name     string // the kind, PartFiles or PartStates
	From, To Tally
	// Different counts what differs, or is on one side only.
	Different int
	// First are the first differences, by id.
	First []Difference
}

// Same reports whether both sides hold the same of it.
func (p Part) Same() bool { return p.From == p.To && p.Different == 0 }

// Tally sums up one side: how many records with how many versions, and the
// SHA-256, in hex, over all of them in the order of their ids. Two stores that
// hold the same have the same one, whatever databases they are.
type Tally struct {
	Records  int
	Versions int
	SHA256   string
}

// Difference is one record, file or state that is not the same on both sides.
type Difference struct {
	ID      string
	Problem string // in a few words
}

// differencesKept is how many differences of a part are named.
const differencesKept = 10

// Compare reads all of both sides. Each answers from one state, as a
// store.Snapshot does, and is asked by one goroutine at a time. Differences are
// no error.
func Compare(ctx context.Context, from, to store.Reader, o Options) (Comparison, error) {
	var c Comparison
	left, right := source(from), target(to)
	for _, k := range o.Kinds {
		part, err := compareKind(ctx, left, right, k.Kind, o.Meter)
		if err != nil {
			return c, fmt.Errorf("compare records of kind %s: %w", k.Kind, err)
		}
		c.Parts = append(c.Parts, part)
	}
	for _, p := range []struct {
		name, problem string
		of            func(side, context.Context, func(entry) error) error
	}{{PartFiles, "its times differ", side.eachOrigin}, {PartStates, "its times, its release or the reason differ", side.eachState}} {
		part, err := compare(ctx, p.name, left, right, p.of, func() {})
		if err != nil {
			return c, fmt.Errorf("compare %s: %w", p.name, err)
		}
		for i := range part.First {
			if part.First[i].Problem == "" {
				part.First[i].Problem = p.problem
			}
		}
		c.Parts = append(c.Parts, part)
	}
	return c, nil
}

func compareKind(ctx context.Context, from, to side, kind vuln.Kind, meter progress.Meter) (Part, error) {
	records, err := from.count(ctx, kind)
	if err != nil {
		return Part{}, err
	}
	task := meter.Begin("comparing "+string(kind), int64(records), progress.Records)
	part, err := compare(ctx, string(kind), from, to, func(s side, ctx context.Context, yield func(entry) error) error {
		return s.eachRecord(ctx, kind, yield)
	}, func() { task.Advance(1) })
	task.End(err)
	if err != nil {
		return part, err
	}
	for i := range part.First {
		if d := &part.First[i]; d.Problem == "" {
			if d.Problem, err = explain(ctx, from, to, kind, d.ID); err != nil {
				return part, err
			}
		}
	}
	return part, nil
}

// entry is what two sides are compared by.
type entry struct {
	id       string
	versions int
	sum      [sha256.Size]byte
}

// compare goes through both sides at once, in the order of ids. of yields the
// entries of a side; stepped is called for every one of the first. What differs
// is named without a Problem.
func compare(ctx context.Context, name string, from, to side, of func(side, context.Context, func(entry) error) error, stepped func()) (Part, error) {
	part := Part{Name: name}
	group, ctx := errgroup.WithContext(ctx)
	start := func(s side) <-chan entry {
		entries := make(chan entry, 64)
		group.Go(func() error {
			defer close(entries)
			return of(s, ctx, func(e entry) error {
				select {
				case entries <- e:
					return nil
				case <-ctx.Done():
					return context.Cause(ctx)
				}
			})
		})
		return entries
	}
	left, right := start(from), start(to)
	group.Go(func() error {
		part.merge(left, right, stepped)
		return nil
	})
	err := group.Wait()
	return part, err
}

// merge empties both channels.
func (p *Part) merge(left, right <-chan entry, stepped func()) {
	from, to := newTallier(), newTallier()
	a, more := <-left
	b, others := <-right
	for more || others {
		order := 0
		switch {
		case !others || more && a.id < b.id:
			order = -1
			p.differ(a.id, "only in the source")
		case !more || b.id < a.id:
			order = 1
			p.differ(b.id, "only in the target")
		case !bytes.Equal(a.sum[:], b.sum[:]):
			p.differ(a.id, "")
		}
		if order <= 0 {
			from.add(a)
			stepped()
			a, more = <-left
		}
		if order >= 0 {
			to.add(b)
			b, others = <-right
		}
	}
	p.From, p.To = from.tally(), to.tally()
}

func (p *Part) differ(id, problem string) {
	if p.Different++; len(p.First) < differencesKept {
		p.First = append(p.First, Difference{id, problem})
	}
}

// tallier adds up one side.
type tallier struct {
	records, versions int
	digest            *digest
}

func newTallier() tallier { return tallier{digest: newDigest()} }

func (t *tallier) add(e entry) {
	t.records++
	t.versions += e.versions
	t.digest.texts(e.id)
	t.digest.bytes(e.sum[:])
}

func (t *tallier) tally() Tally {
	sum := t.digest.end()
	return Tally{t.records, t.versions, hex.EncodeToString(sum[:])}
}
