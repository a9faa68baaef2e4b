// Package succession decides between two versions of a record, the same way for
// every store. The rules are those of store.Writer.Apply.
package succession

import (
	"time"

	"vulnmirror/vuln"
)

// Version is what decides about a version of a record.
type Version struct {
	Modified  time.Time // to the millisecond
	Converted bool
	Source    string // Record.Source
}

// Of returns what decides about a record, with its time as stores keep it.
func Of(r *vuln.Record) Version {
	return Version{Modified: r.Modified.UTC().Truncate(time.Millisecond), Converted: r.Converted, Source: r.Source}
}

// Verdict is what becomes of the next version.
type Verdict uint8

// The verdicts.
const (
	Replaces Verdict = iota // it takes the place of the one held
	Repeats                 // it says what is held
	Yields                  // the one held stays
)

// Manner is how the file that next is from wants to be taken: the fields of
// store.Origin that are called the same.
type Manner struct{ Copies, Replaces bool }

// Decide says what becomes of next when held is held. same, which is asked only
// when times do not decide, tells whether the two have one content.
func Decide(held, next Version, m Manner, same func() (bool, error)) (Verdict, error) {
	order := next.Modified.Compare(held.Modified)
	if m.Replaces && held.Source == next.Source {
		order = 0
	}
	switch {
	case next.Converted && !held.Converted:
		order = -1 // the native one says more, whatever its age
	case !next.Converted && held.Converted:
		order = 1
	}
	if order != 0 {
		if order < 0 {
			return Yields, nil
		}
		return Replaces, nil
	}
	is, err := same()
	switch {
	case err != nil:
		return Yields, err
	case is:
		return Repeats, nil
	case m.Copies && held.Source != next.Source:
		return Yields, nil
	}
	return Replaces, nil
}
