package sim

import (
	"slices"
	"time"
)

// Advance lets d pass and makes so many changes in that time, spread evenly:
// records are scored anew, get another status, text or reference, are rejected,
// and new ones are published. Every change gives its record a lastModified
// later than any before it, and an event to the change history. With each, the
// dictionary changes in one place of its own: a CPE name is added, renamed or
// deprecated, a match criterion or a source is touched. Feeds and their .meta
// follow.
func (u *Upstream) Advance(d time.Duration, changes int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.entries()
	start := u.now
	touched := map[int]bool{}
	for i := range changes {
		at := start.Add(time.Duration(float64(d) * float64(i+1) / float64(changes))).Truncate(time.Millisecond)
		touched[u.change(at)] = true
	}
	if end := start.Add(d).Truncate(time.Millisecond); end.After(u.now) {
		u.now = end
	}
	u.issue(touched)
}

// change makes one change not before at, moves the clock to it, and tells the
// feed year it belongs to. Callers hold the lock.
func (u *Upstream) change(at time.Time) int {
	if !at.After(u.now) {
		at = u.now.Add(time.Millisecond)
	}
	u.now = at
	n := u.changes
	u.changes++
	b := u.entries()
	b.evolve(n, at.UnixMilli())
	d := roll(u.options.Seed, n, 'c')
	if n%4 == 3 || len(u.states) == 0 {
		return u.publish(at, at)
	}
	s := &u.states[u.pick(d)]
	s.modified = at.UnixMilli()
	what := s.edit(n)
	s.advance()
	b.happened(what, s, s.modified)
	return s.feedYear()
}

// edit makes the nth change to a record.
func (s *state) edit(n uint64) happening {
	switch {
	case s.status == rejected || n%4 == 0:
		s.texts++
		return cveReworded
	case n%16 == 5 && !s.wellKnown() && !s.giant:
		s.status, s.kev = rejected, false
		return cveRejected
	case n%16 == 9:
		s.kev = s.status.enriched()
		s.refs++
		if s.kev {
			return cveKnownExploited
		}
		return cveReferenced
	case n%4 == 1:
		s.scores++
		return cveRescored
	default:
		s.refs++
		return cveReferenced
	}
}

// pick picks an existing record, recent ones more often.
func (u *Upstream) pick(d *dice) int {
	x := d.share()
	if d.n(2) == 0 {
		x = 1 - x*x*x*x
	}
	return min(int(x*float64(len(u.states))), len(u.states)-1)
}

// advance moves the status on, as analysis does.
func (s *state) advance() {
	switch s.status {
	case received:
		s.status = awaiting
	case awaiting, undergoing:
		s.status = analyzed
	case analyzed, deferred:
		s.status = modified
	}
}

// publish adds a record first seen at the given time. published may be earlier:
// such a record takes its place among older ones.
func (u *Upstream) publish(published, at time.Time) int {
	number := uint32(u.options.Records) + u.added
	d := roll(u.options.Seed, uint64(number), 's')
	s := state{
		number: number, year: uint16(at.Year()), serial: addedSerial + u.added,
		published: published.UnixMilli(), modified: at.UnixMilli(),
		status: []status{received, received, awaiting, analyzed}[d.n(4)],
	}
	u.added++
	place, _ := slices.BinarySearchFunc(u.states, s, byPublication)
	u.states = slices.Insert(u.states, place, s)
	b := u.entries()
	b.enter(&s, at.UnixMilli())
	b.happened(cveReceived, &s, at.UnixMilli())
	return s.feedYear()
}

// addedSerial is where the identifiers of records published later begin, above
// those of any first load.
const addedSerial = 5_000_000
