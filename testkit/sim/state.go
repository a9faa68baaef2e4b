package sim

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"vulnmirror/vuln"
)

// state is all that is kept of a record; its text is written anew from it
// whenever somebody asks. Times are Unix milliseconds.
type state struct {
	published, modified int64
	number              uint32 // the record's own dice; never changes
	serial              uint32 // last part of the identifier
	year                uint16 // of the identifier
	status              status
	kev, giant          bool
	texts, scores, refs uint8 // how often each part has changed
}

type status uint8

const (
	analyzed status = iota
	modified
	deferred
	received
	awaiting
	undergoing
	rejected
)

func (s status) String() string {
	return [...]string{"Analyzed", "Modified", "Deferred", "Received", "Awaiting Analysis", "Undergoing Analysis", "Rejected"}[s]
}

// enriched tells whether NVD has added its own findings.
func (s status) enriched() bool { return s <= deferred }

func (s *state) id() string { return fmt.Sprintf("CVE-%04d-%04d", s.year, s.serial) }

func (s *state) feedYear() int { return max(int(s.year), vuln.FirstFeedYear) }

// The identifier that is always there.
const (
	wellKnownYear   = 2021
	wellKnownSerial = 44228
)

func (s *state) wellKnown() bool { return s.year == wellKnownYear && s.serial == wellKnownSerial }

// byPublication is NVD's order: publication time, then identifier.
func byPublication(a, b state) int {
	if c := cmp.Compare(a.published, b.published); c != 0 {
		return c
	}
	return strings.Compare(a.id(), b.id())
}

// firstYear is the oldest year in identifiers; growth says how many records a
// year has relative to the others, from firstYear on, as in the real list.
const firstYear = 1999

var growth = []int{6, 4, 5, 9, 5, 9, 16, 22, 21, 19, 17, 16, 14, 19, 21, 30, 28, 32, 56, 52, 56, 61, 66, 77, 86, 115, 135, 120}

// giantFrom is the number of records from which one of about 700 KB is among them.
const giantFrom = 100

// newStates lays out n records as they stand at now, in NVD's order.
func newStates(seed uint64, n int, now time.Time) []state {
	if n <= 0 {
		return nil
	}
	states := make([]state, 0, n)
	number := uint32(0)
	for i, count := range yearCounts(n, now.Year()) {
		year := firstYear + i
		for k := range count {
			states = append(states, firstState(seed, number, year, k, count, now))
			number++
		}
		if year == wellKnownYear && count > 0 {
			makeWellKnown(&states[len(states)-count], now)
		}
	}
	if n >= giantFrom {
		makeGiant(&states[2*n/3])
	}
	slices.SortFunc(states, byPublication)
	return states
}

// yearCounts shares n records out over the years. The year of the well-known
// record gets one at least, and the first and last year when there are enough.
func yearCounts(n, last int) []int {
	counts := make([]int, last-firstYear+1)
	weight := func(i int) int { return growth[min(i, len(growth)-1)] }
	sum := 0
	for i := range counts {
		sum += weight(i)
	}
	before, given := 0, 0
	for i := range counts {
		before += weight(i)
		counts[i] = n*before/sum - given
		given += counts[i]
	}
	ensure := func(year, least int) {
		to := year - firstYear
		for to < len(counts) && counts[to] < least {
			from := (to + 1) % len(counts)
			for i := range counts {
				if i != to && counts[i] > counts[from] {
					from = i
				}
			}
			counts[from]--
			counts[to]++
		}
	}
	if n >= 40 {
		ensure(firstYear, 2)
		ensure(last, 6)
	}
	ensure(wellKnownYear, 1)
	return counts
}

const day = 24 * time.Hour

// firstState lays out the kth of count records of a year.
func firstState(seed uint64, number uint32, year, k, count int, now time.Time) state {
	d := roll(seed, uint64(number), 's')
	s := state{number: number, year: uint16(year)}

	// Serials grow with k in blocks, shuffled inside each block of eight, with
	// gaps: publication does not follow the identifiers.
	const gap = 3
	slot := k&^7 | (k&7 ^ int(mix(seed+uint64(k>>3))&7))
	s.serial = uint32(1 + slot*gap + d.n(gap-1))
	if s.wellKnown() {
		s.serial++ // the last place of a slot is always free
	}

	s.published = publication(d, year, k, count, now)
	age := now.Sub(time.UnixMilli(s.published))
	s.modified = lastModification(d, s.published, age, now)
	s.status = firstStatus(d, age)
	s.kev = s.status.enriched() && year >= 2002 && d.n(90) == 0
	return s
}

// publication gives a time about the kth place of a year. Some are published
// long after their identifier's year, those of the first year long before, and
// the last ones of the present year within the past week.
func publication(d *dice, year, k, count int, now time.Time) int64 {
	if last := count - 1 - k; year == now.Year() && last < 3 && count > 3 {
		return now.Add(-time.Duration(last)*2*day - time.Minute - time.Duration(d.n(86_000))*time.Second).UnixMilli()
	}
	from := time.Date(year, 1, 1, 5, 0, 0, 0, time.UTC)
	to := time.Date(year+1, 2, 1, 0, 0, 0, 0, time.UTC)
	switch {
	case year == firstYear:
		from = time.Date(1988, 10, 1, 4, 0, 0, 0, time.UTC)
	case d.n(25) == 0:
		to = to.AddDate(2, 0, 0)
		k = d.n(count)
	}
	if to.After(now) {
		to = now.Add(-time.Minute)
	}
	if from.After(to) {
		from = to.Add(-day)
	}
	at := from.Add(time.Duration((float64(k) + d.share()) / float64(count) * float64(to.Sub(from))))
	if year < 2005 || d.n(10) == 0 { // old entries carry the day only
		if whole := at.Truncate(day).Add(5 * time.Hour); whole.Before(to) {
			at = whole
		}
	}
	return at.UnixMilli()
}

// sweeps are moments at which very many records were touched at once.
var sweeps = []time.Time{
	time.Date(2024, 11, 21, 0, 12, 44, 0, time.UTC),
	time.Date(2025, 4, 3, 1, 3, 51, 193e6, time.UTC),
	time.Date(2026, 6, 17, 1, 30, 0, 0, time.UTC),
}

func lastModification(d *dice, published int64, age time.Duration, now time.Time) int64 {
	kind := d.n(100)
	if kind < 45 {
		sweep := pick(d, sweeps).Add(time.Duration(d.n(40)) * 997 * time.Millisecond)
		if at := sweep.UnixMilli(); at > published && sweep.Before(now) {
			return at
		}
	}
	reach := age
	if kind >= 98 {
		reach = min(age, 7*day)
		return now.Add(-time.Duration(d.share() * float64(reach))).UnixMilli()
	}
	u := d.share()
	return published + time.Duration(u*u*float64(reach)).Milliseconds()
}

func firstStatus(d *dice, age time.Duration) status {
	n := d.n(100)
	switch {
	case n < 3:
		return rejected
	case age < 10*day:
		return []status{received, awaiting, undergoing, analyzed}[n%4]
	case age < 200*day:
		return []status{awaiting, deferred, analyzed, analyzed, modified, undergoing, deferred}[n%7]
	default:
		return []status{analyzed, modified, modified, deferred}[n%4]
	}
}

func makeWellKnown(s *state, now time.Time) {
	s.serial = wellKnownSerial
	s.published = time.Date(2021, 12, 10, 10, 15, 9, 143e6, time.UTC).UnixMilli()
	s.modified = min(now.UnixMilli(), time.Date(2025, 10, 27, 17, 35, 54, 430e6, time.UTC).UnixMilli())
	s.status, s.kev = analyzed, true
}

func makeGiant(s *state) {
	if !s.wellKnown() {
		s.giant, s.status = true, analyzed
	}
}
