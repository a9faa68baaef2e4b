package transfer

import (
	"bytes"
	"slices"
	"time"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// history is all that a store holds of one record.
type history struct {
	id        string
	withdrawn time.Time
	versions  []store.Version // oldest first; none when the record is not held
}

// lacking is what to apply, oldest first, for a target that holds to to hold
// what from is, and whether to mark the record as withdrawn afterwards.
//
// Where the target's versions begin as the source's do, the rest follows.
// Otherwise the target has a past of its own: it is offered what it has not seen
// and decides by its own rules.
func lacking(from, to history) (versions []store.Version, withdraw bool) {
	n := 0
	for n < min(len(from.versions), len(to.versions)) && sameVersion(&from.versions[n], &to.versions[n]) {
		n++
	}
	if n < len(to.versions) {
		return unseen(from.versions[n:], to.versions), false
	}
	first := n
	if n > 0 {
		readmitted := n == len(from.versions) && !to.withdrawn.IsZero() && !sameTime(to.withdrawn, from.withdrawn)
		adopted := from.versions[n-1].Record.Source != to.versions[n-1].Record.Source
		if readmitted || adopted {
			// What is found unchanged is withdrawn no longer and belongs to
			// whoever found it (store.Writer.Apply).
			first = n - 1
		}
	}
	versions = from.replay(first)
	return versions, !from.withdrawn.IsZero() && (len(versions) > 0 || to.withdrawn.IsZero())
}

// replay is the versions from the one at first on, as they are to be applied to a
// store that holds those before it. One that is dated before what it replaced
// came from a source that may do that. If it is another's since, that one found
// it unchanged.
func (h history) replay(first int) []store.Version {
	var out []store.Version
	for i := first; i < len(h.versions); i++ {
		v := h.versions[i]
		if i > 0 {
			before := &h.versions[i-1].Record
			if v.Record.Converted == before.Converted && v.Record.Modified.Before(before.Modified) {
				again := v
				again.Record.Source, again.Origin.Replaces = before.Source, true
				out = append(out, again)
				if v.Record.Source == before.Source {
					continue
				}
			}
		}
		out = append(out, v)
	}
	return out
}

// unseen returns the versions whose content is not among those held.
func unseen(versions, held []store.Version) []store.Version {
	var out []store.Version
	for i := range versions {
		if !slices.ContainsFunc(held, func(h store.Version) bool { return sameRecord(&versions[i].Record, &h.Record) }) {
			out = append(out, versions[i])
		}
	}
	return out
}

// sameVersion compares all but the source that a version belongs to, which may
// change as long as it is the current one.
func sameVersion(a, b *store.Version) bool {
	return sameRecord(&a.Record, &b.Record) && sameTime(a.Seen, b.Seen) && sameOrigin(a.Origin, b.Origin)
}

func sameRecord(a, b *vuln.Record) bool {
	return sameTime(a.Published, b.Published) && sameTime(a.Modified, b.Modified) && a.Status == b.Status &&
		a.SourceIdentifier == b.SourceIdentifier && a.Converted == b.Converted && bytes.Equal(a.Body, b.Body)
}

func sameOrigin(a, b store.Origin) bool {
	return a.Source == b.Source && a.Filename == b.Filename && a.SHA256 == b.SHA256 && sameTime(a.Fetched, b.Fetched)
}

// sameTime compares as stores keep times.
func sameTime(a, b time.Time) bool {
	return a.Truncate(time.Millisecond).Equal(b.Truncate(time.Millisecond))
}
