package feeds

import (
	"time"

	"vulnmirror/store"
)

// An edition is the state of a feed's records that clients are told of.
type edition struct {
	Digest store.Digest `json:"digest"`
	// Date is what clients compare to learn of a change: a whole second, never
	// older than a record inside, and later than that of every earlier edition.
	Date time.Time `json:"date"`
}

// is reports whether d is the state of the edition.
func (e edition) is(d store.Digest) bool {
	return !e.Date.IsZero() && e.Digest.Count == d.Count && e.Digest.Revision == d.Revision &&
		e.Digest.Newest.Equal(d.Newest)
}

// next is the edition that follows e when the feed's records have digest d.
// A change that brings no newer lastModified, such as a record that came late,
// would be overlooked by clients that compare dates, so it adds a second.
func (e edition) next(f feed, d store.Digest) edition {
	if e.is(d) {
		return e
	}
	date := contentDate(f, d)
	if !e.Date.IsZero() && !date.After(e.Date) {
		date = e.Date.Add(time.Second)
	}
	return edition{Digest: d, Date: date}
}

// contentDate dates records by themselves: the newest change, rounded up to a
// whole second. The same records always have the same one.
func contentDate(f feed, d store.Digest) time.Time {
	if d.Newest.IsZero() {
		return f.empty()
	}
	date := d.Newest.UTC().Truncate(time.Second)
	if date.Before(d.Newest) {
		date = date.Add(time.Second)
	}
	return date
}
