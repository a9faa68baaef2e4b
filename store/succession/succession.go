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

// Decide says what becomes of next when held is held. copies tells that next is
// a copy somebody kept (store.Origin.Copies); same, which is asked only when
// times do not decide, whether the two have one content.
func Decide(held, next Version, copies bool, same func() (bool, error)) (Verdict, error) {
	order := next.Modified.Compare(held.Modified)
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
	case copies && held.Source != next.Source:
		return Yields, nil
	}
	return Replaces, nil
}
