package transfer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// eachRecord yields the records of a kind by id.
func eachRecord(ctx context.Context, side store.Reader, kind vuln.Kind, yield func(entry) error) error {
	d := newDigest()
	last := ""
	for record, err := range side.List(ctx, store.Query{Kind: kind, Withdrawn: true, Order: store.ByID}) {
		if err != nil {
			return err
		}
		if record.ID < last {
			return fmt.Errorf("records are not listed in the order of their ids: %s comes after %s", record.ID, last)
		}
		last = record.ID
		versions, err := side.Versions(ctx, kind, record.ID)
		if err != nil {
			return err
		}
		if err := yield(entry{record.ID, len(versions), d.historySum(&record, versions)}); err != nil {
			return err
		}
	}
	return nil
}

// eachOrigin yields the files ingested.
func eachOrigin(ctx context.Context, side store.Reader, yield func(entry) error) error {
	origins, err := side.Origins(ctx)
	if err != nil {
		return err
	}
	entries := make([]entry, len(origins))
	for i := range origins {
		o := &origins[i]
		entries[i] = entry{id: o.Source + " " + o.Filename + " " + o.SHA256, sum: originSum(o)}
	}
	return yieldAll(entries, yield)
}

// eachState yields the states of sources.
func eachState(ctx context.Context, side store.Reader, yield func(entry) error) error {
	states, err := side.Sources(ctx)
	if err != nil {
		return err
	}
	entries := make([]entry, len(states))
	for i := range states {
		entries[i] = entry{id: states[i].Source, sum: stateSum(&states[i])}
	}
	return yieldAll(entries, yield)
}

func yieldAll(entries []entry, yield func(entry) error) error {
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.id, b.id) })
	for _, e := range entries {
		if err := yield(e); err != nil {
			return err
		}
	}
	return nil
}

// explain says how a record that both sides have differs.
func explain(ctx context.Context, from, to store.Reader, kind vuln.Kind, id string) (string, error) {
	var sides [2]history
	for i, side := range []store.Reader{from, to} {
		current, err := side.Get(ctx, kind, id)
		if errors.Is(err, store.ErrNotFound) {
			return "it cannot be got by its id on both sides", nil
		}
		if err != nil {
			return "", err
		}
		if sides[i], err = read(ctx, side, current); err != nil {
			return "", err
		}
	}
	return difference(sides[0], sides[1]), nil
}

// difference says in a few words how two histories differ.
func difference(from, to history) string {
	for i := range min(len(from.versions), len(to.versions)) {
		a, b := &from.versions[i], &to.versions[i]
		switch {
		case !sameRecord(&a.Record, &b.Record):
			return fmt.Sprintf("version %d is not the same (modified %s, in the target %s)", i+1, vuln.FormatTime(a.Record.Modified), vuln.FormatTime(b.Record.Modified))
		case !sameVersion(a, b):
			return fmt.Sprintf("version %d was first seen in another file (%s, in the target %s)", i+1, a.Origin.Filename, b.Origin.Filename)
		case a.Record.Source != b.Record.Source:
			return fmt.Sprintf("version %d belongs to another source (%s, in the target %s)", i+1, a.Record.Source, b.Record.Source)
		}
	}
	switch {
	case len(from.versions) != len(to.versions):
		return fmt.Sprintf("it has %d versions, in the target %d", len(from.versions), len(to.versions))
	case !sameTime(from.withdrawn, to.withdrawn):
		return fmt.Sprintf("it is withdrawn on one side only, or at another time (%s, in the target %s)", when(from.withdrawn), when(to.withdrawn))
	}
	return "the record listed is not its last version"
}

// when spells a time for people, "-" for none.
func when(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return vuln.FormatTime(t)
}
