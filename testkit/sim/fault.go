package sim

import (
	"net/http"
	"slices"
	"time"
)

// Fault names one way of misbehaving.
type Fault string

// The ways NVD has been seen to misbehave.
const (
	Forbidden       Fault = "status403html" // "Request forbidden by administrative rules."
	TooManyRequests Fault = "status429"     // with Retry-After: 0
	Status500       Fault = "status500"
	Status502       Fault = "status502"
	Status503       Fault = "status503"
	Status504       Fault = "status504"
	Status524       Fault = "status524"
	Truncated       Fault = "truncated"    // the connection closes in mid-body
	Reset           Fault = "reset"        // the connection is reset before an answer
	HTML            Fault = "html"         // 200 with a web page
	EmptyBody       Fault = "emptybody"    // 200 with nothing
	InvalidJSON     Fault = "invalidjson"  // API: 200, the list ends in ",]}"
	Stalled         Fault = "stalled"      // the body stops coming
	EmptyWindow     Fault = "emptywindow"  // API: 200, no results for a date range that has some
	MovingTotals    Fault = "movingtotals" // API: a record is published or changed just before the answer
	ShortPage       Fault = "shortpage"    // API: fewer records than resultsPerPage says
	OutOfOrder      Fault = "outoforder"   // API: the records of the page are shuffled
	OutOfStep       Fault = "outofstep"    // feeds: .meta is new, the body is still the old one
	RangeIgnored    Fault = "rangeignored" // feeds: 200 with everything when a range was asked for
)

// AllFaults lists every kind.
func AllFaults() []Fault {
	return []Fault{
		Forbidden, TooManyRequests, Status500, Status502, Status503, Status504, Status524, Truncated, Reset, HTML, EmptyBody,
		InvalidJSON, Stalled, EmptyWindow, MovingTotals, ShortPage, OutOfOrder, OutOfStep, RangeIgnored,
	}
}

// Bounds that let a client which tries again win in the end: so many failures
// in a row for one URL, and so many changes of the records on behalf of one.
const (
	maxInRow = 3
	maxMoves = 3
)

// faultPlan decides which answers fail. The decision depends on the seed, the
// URL and how often that URL was asked for before, not on the order in which
// requests for different URLs happen to arrive.
type faultPlan struct {
	seed  uint64
	share float64
	kinds []Fault
	urls  map[string]*history
}

type history struct{ asked, inRow int }

func newFaultPlan(o Options) faultPlan {
	p := faultPlan{seed: o.Seed, urls: map[string]*history{}}
	p.set(o.Faults, o.FaultKinds)
	return p
}

func (p *faultPlan) set(share float64, kinds []Fault) {
	if len(kinds) == 0 {
		kinds = AllFaults()
	}
	p.share, p.kinds = share, kinds
}

// next decides about one request; fits tells which kinds make sense for it.
func (p *faultPlan) next(url string, fits func(Fault) bool) Fault {
	h := p.urls[url]
	if h == nil {
		h = &history{}
		p.urls[url] = h
	}
	d := roll(p.seed, hashText(0, url), uint64(h.asked))
	h.asked++
	if !d.chance(p.share) || h.inRow == maxInRow {
		h.inRow = 0
		return ""
	}
	kinds := slices.DeleteFunc(slices.Clone(p.kinds), func(f Fault) bool { return !fits(f) })
	if len(kinds) == 0 {
		h.inRow = 0
		return ""
	}
	h.inRow++
	return pick(d, kinds)
}

// ask is a request as far as answers and faults depend on it.
type ask struct {
	class, url, path string
	page             *page  // of a valid API request
	refusal          string // of any other one
}

// plan chooses the fault for a request, "" for none.
func (u *Upstream) plan(a ask, r *http.Request) Fault {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.faults.share <= 0 {
		return ""
	}
	total, inPage := 0, 0
	if a.page != nil {
		matching, part := u.choose(a.page)
		total, inPage = matching, len(part)
	}
	fault := u.faults.next(a.url, func(f Fault) bool {
		switch f {
		case InvalidJSON:
			return inPage > 0
		case ShortPage, OutOfOrder:
			return inPage > 1
		case EmptyWindow:
			return total > 0 && a.page.windowed()
		case MovingTotals:
			return total > 0 && u.moved[a.url] < maxMoves
		case Truncated, Stalled:
			return bodied(a, r)
		case OutOfStep:
			return a.class == classFeed
		case RangeIgnored:
			return a.class == classFeed && r.Header.Get("Range") != ""
		}
		return true
	})
	if fault == MovingTotals {
		u.move(a)
	}
	return fault
}

// bodied tells whether the right answer is sure to have a body.
func bodied(a ask, r *http.Request) bool {
	static := a.class == classFeed || a.class == classMeta
	conditional := r.Header.Get("If-None-Match") != "" || r.Header.Get("If-Modified-Since") != ""
	return r.Method == http.MethodGet && (a.page != nil || static && !conditional)
}

// move changes the records between two pages: a record is published, or takes
// its place among older ones, or is changed. Callers hold the lock.
func (u *Upstream) move(a ask) {
	u.moved[a.url]++
	b := u.entries()
	at := u.now.Add(time.Millisecond)
	d := roll(u.options.Seed, hashText(3, a.url), uint64(u.moved[a.url]))
	if a.page.kind == CPEs && len(b.names) > 0 {
		b.grow(b.names[d.n(len(b.names))].of, d, at.UnixMilli())
	}
	var year int
	switch d.n(3) {
	case 0:
		u.now = at
		year = u.publish(at, at)
	case 1:
		u.now = at
		early := at.AddDate(0, 0, -1-d.n(3000))
		year = u.publish(early, at)
	default:
		year = u.change(at)
	}
	u.issue(map[int]bool{year: true})
}
