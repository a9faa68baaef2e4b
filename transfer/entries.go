package transfer

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"vulnmirror/vuln"
)

// eachRecord yields the records of a kind by id.
func (s side) eachRecord(ctx context.Context, kind vuln.Kind, yield func(entry) error) error {
	d := newDigest()
	last := ""
	return s.each(ctx, kind, nil, func(current vuln.Record, h history) error {
		if h.id < last {
			return fmt.Errorf("the %s does not list records in the order of their ids: %s comes after %s", s.name, h.id, last)
		}
		last = h.id
		return yield(entry{h.id, len(h.versions), d.historySum(&current, h.versions)})
	})
}

// eachOrigin yields the files ingested.
func (s side) eachOrigin(ctx context.Context, yield func(entry) error) error {
	origins, err := s.origins(ctx)
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
func (s side) eachState(ctx context.Context, yield func(entry) error) error {
	states, err := s.states(ctx)
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
func explain(ctx context.Context, from, to side, kind vuln.Kind, id string) (string, error) {
	var both [2]history
	for i, s := range []side{from, to} {
		current, err := s.Get(ctx, kind, id)
		if err != nil {
			return "", s.failed(err)
		}
		if both[i], err = s.history(ctx, current); err != nil {
			return "", err
		}
	}
	return difference(both[0], both[1]), nil
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
