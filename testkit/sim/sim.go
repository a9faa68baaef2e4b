// Package sim is an NVD that can be run anywhere: it answers the API 2.0, that
// is CVEs, CPE names, match criteria, sources and the change history, and the
// 2.0 data feeds as services.nvd.nist.gov and nvd.nist.gov do, over records it
// makes up. It is deterministic by its seed, lets time pass on
// request, misbehaves on request in every way the real one has been seen to,
// and measures how politely it was asked.
//
// Records are invented: vendors, products, people and texts do not exist. Their
// shapes, spellings and key order are NVD's. Only one identifier is borrowed,
// CVE-2021-44228, so that examples have something known to ask for.
package sim

import (
	"iter"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Options say what to simulate. The zero value is an NVD without records that
// never fails.
type Options struct {
	Seed    uint64
	Records int // from 100 on, one of them is about 700 KB

	// Now is where the simulated clock starts; it moves by Advance, and by a
	// millisecond for each change that MovingTotals makes. The
	// zero time means 2026-11-21T12:00:00Z. Feeds exist for the years from 2002
	// to this clock's, so a program that goes by the real clock wants time.Now().
	// A time before 2022 is not supported.
	Now time.Time

	Faults     float64       // share of answers that misbehave, 0 to 1
	FaultKinds []Fault       // nil = all
	StallFor   time.Duration // longest a stalled answer hangs; 0 = 2 minutes

	// Rate is the rolling-window limit of the API host. Requests beyond it are
	// refused with 429 or 403. Requests 0 = measure only; Window 0 = 30 s.
	Rate Rate
	// Key is the one valid API key: it raises the limit tenfold, and any other
	// key is refused. "" = every key is accepted and none matters.
	Key string

	// PageMax is the API's largest and default page where it is below the real
	// one, which is what 0 stands for: 2000 CVEs, 10000 CPE names, 500 match
	// criteria, 1000 sources, 5000 changes.
	PageMax int

	// Clock gives the real time at which requests arrive; nil = time.Now.
	Clock func() time.Time
}

// Rate is a limit of Requests starts in any rolling Window.
type Rate struct {
	Requests int
	Window   time.Duration
}

// Upstream is a simulated NVD. It is safe for concurrent use.
type Upstream struct {
	options Options
	author  author
	meter   meter
	feeds   feeds

	mu      sync.RWMutex
	now     time.Time
	states  []state // in NVD's order
	changes uint64  // made so far
	added   uint32  // serials given out beyond the first ones, see publish
	moved   map[string]int
	issued  map[string]time.Time // when each feed was last written
	faults  faultPlan

	dictionary *dictionary // nil until it is wanted
}

// New makes an NVD whose records, answers and failures follow from the options
// alone.
func New(o Options) *Upstream {
	if o.Now.IsZero() {
		o.Now = defaultNow
	}
	if o.Rate.Window == 0 {
		o.Rate.Window = 30 * time.Second
	}
	if o.StallFor == 0 {
		o.StallFor = 2 * time.Minute
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	u := &Upstream{
		options: o,
		author:  author{o.Seed},
		now:     o.Now.UTC().Truncate(time.Millisecond),
		moved:   map[string]int{},
		issued:  map[string]time.Time{},
		faults:  newFaultPlan(o),
	}
	u.meter.window = o.Rate.Window
	u.feeds.author = u.author
	u.states = newStates(o.Seed, o.Records, u.now)
	u.issue(nil)
	return u
}

// Now tells the simulated time.
func (u *Upstream) Now() time.Time {
	u.mu.RLock()
	defer u.mu.RUnlock()
	return u.now
}

// Truth yields the identifier and the newest compact body of every record, in
// NVD's order: what a perfect mirror holds. It is a snapshot of the moment the
// iteration starts.
func (u *Upstream) Truth() iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		states := u.snapshot()
		for i := range states {
			if !yield(states[i].id(), u.author.body(nil, &states[i])) {
				return
			}
		}
	}
}

// TruthOf is Truth for any collection. Identifiers are the CVE ID, the CPE name,
// the matchCriteriaId, the first identifier of a source and the cveChangeId.
func (u *Upstream) TruthOf(kind Kind) iter.Seq2[string, []byte] {
	if kind == CVEs {
		return u.Truth()
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	type record struct {
		id   string
		body []byte
	}
	var all []record
	b := u.entries()
	switch kind {
	case CPEs:
		for _, n := range b.names {
			all = append(all, record{n.text, n.body(nil)})
		}
	case MatchCriteria:
		for _, c := range b.criteria {
			all = append(all, record{c.id(), c.body(nil)})
		}
	case Sources:
		for _, o := range b.sources {
			all = append(all, record{o.identifiers[0], o.body(nil)})
		}
	case Changes:
		for _, e := range b.changes {
			all = append(all, record{e.id(), e.body(nil, u.author)})
		}
	}
	return func(yield func(string, []byte) bool) {
		for _, r := range all {
			if !yield(r.id, r.body) {
				return
			}
		}
	}
}

// snapshot copies the records.
func (u *Upstream) snapshot() []state {
	u.mu.RLock()
	defer u.mu.RUnlock()
	return slices.Clone(u.states)
}

// SetFaults changes the share and the kinds (none = all) of failures from now on.
func (u *Upstream) SetFaults(share float64, kinds ...Fault) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.faults.set(share, kinds)
}

// Report tells what was asked and answered so far.
func (u *Upstream) Report() Report { return u.meter.report() }

var _ http.Handler = (*Upstream)(nil)
