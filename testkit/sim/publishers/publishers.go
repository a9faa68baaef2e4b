// Package publishers is everybody but NVD whose data is mirrored, in a form
// that can be run anywhere: MITRE (CWE, CAPEC, ATT&CK, D3FEND, CAR, SHIELD,
// ENGAGE), CERT/CC, CERT-FR, Microsoft, CISA's catalogue of exploited
// vulnerabilities and EPSS. It answers at their addresses, in their shapes, with
// their validators, over entries it makes up. It is deterministic by its seed,
// lets time pass on request, and misbehaves on request in the ways the real ones
// have been seen to.
//
// Texts are invented, numbers are borrowed where that makes examples work: what
// is published links CVE-2021-44228 to CWE-502, CAPEC-586, T1190, T1059,
// T1055.001 and from there to countermeasures, analytics and deceptions.
package publishers

import (
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"vulnmirror/vuln"
)

// Options say what to simulate. The zero value is a small world without faults.
type Options struct {
	Seed uint64
	// Now is where the simulated clock starts; zero means 2026-11-21T12:00:00Z.
	// Nothing before 2024 is supported.
	Now time.Time
	// CVEs returns the identifiers of the vulnerabilities there are. It is called
	// by New and by every Advance; nil means about fifty invented ones. Published
	// are these and CVE-2021-44228.
	CVEs func() []string
	Size Size
	// Publishers are those wanted, by the names of their sources; nil = all.
	Publishers []string
	// Troubles are what goes wrong, see SetTroubles.
	Troubles []Trouble
}

// Upstream is those publishers. It is safe for concurrent use.
type Upstream struct {
	options    Options
	publishers []publisher
	requests   counter[string]
	failures   counter[Fault]

	mu     sync.RWMutex
	now    time.Time
	site   site // what is published
	before site // what was published before the latest release of each
	faults faults
}

// publisher is one of those who publish. Its name is that of its source.
type publisher interface {
	name() string
	// hosts are all it publishes at.
	hosts() []string
	// publish returns what it has at its addresses.
	publish() site
	// move makes its next release.
	move(at time.Time, cves []string)
	// truth returns what it has published, by kind.
	truth() map[vuln.Kind]shelf
}

// New makes publishers whose answers and failures follow from the options
// alone.
func New(o Options) *Upstream {
	if o.Now.IsZero() {
		o.Now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	}
	if o.CVEs == nil {
		o.CVEs = inventedCVEs
	}
	o.Size = o.Size.orDefault()
	u := &Upstream{options: o, now: o.Now.UTC().Truncate(time.Second), site: site{}, before: site{}}
	u.faults.seed = o.Seed
	u.faults.set(o.Troubles)
	u.publishers = found(author{o.Seed}, o, u.now)
	for _, p := range u.publishers {
		p.publish().into(u.before, p.name())
		p.move(u.now, cvesOf(o))
		for _, s := range p.truth() {
			s.forget()
		}
		p.publish().into(u.site, p.name())
	}
	return u
}

// found makes the publishers as they were some time before now.
func found(a author, o Options, now time.Time) []publisher {
	earlier, yesterday := now.AddDate(0, 0, -60).Truncate(24*time.Hour), now.AddDate(0, 0, -1)
	c := newChain(a, o.Size, cvesOf(o))
	var out []publisher
	for _, one := range []struct {
		name string
		make func() publisher
	}{
		{"cwe", func() publisher { return newCWE(a, c, earlier) }},
		{"capec", func() publisher { return newCAPEC(a, c) }},
		{"attack", func() publisher { return newATTACK(a, c, earlier) }},
		{"d3fend", func() publisher { return newD3FEND(a, c, earlier) }},
		{"car", func() publisher { return newCAR(a, c, earlier) }},
		{"shield", func() publisher { return newSHIELD(a, c) }},
		{"engage", func() publisher { return newENGAGE(a, c) }},
		{"kev", func() publisher { return newKEV(a, c, yesterday) }},
		{"epss", func() publisher { return newEPSS(a, c, yesterday) }},
		{"certcc", func() publisher { return newCERTCC(a, c, yesterday) }},
		{"certfr", func() publisher { return newCERTFR(a, c, yesterday) }},
		{"msrc", func() publisher { return newMSRC(a, c, yesterday) }},
	} {
		if len(o.Publishers) == 0 || slices.Contains(o.Publishers, one.name) {
			out = append(out, one.make())
		}
	}
	return out
}

// Advance moves the clock by d and lets the publishers named, or all of them,
// publish anew: some entries are new, some say something else, and where the
// real one drops entries, one is gone. CAPEC and SHIELD are final and stay as
// they are. Names are those of sources, such as "certcc".
func (u *Upstream) Advance(d time.Duration, names ...string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.now = u.now.Add(d)
	now, before := maps.Clone(u.site), maps.Clone(u.before)
	for _, p := range u.publishers {
		if len(names) > 0 && !slices.Contains(names, p.name()) {
			continue
		}
		before.takeOver(now, p.name())
		p.move(u.now, cvesOf(u.options))
		now.drop(p.name())
		p.publish().into(now, p.name())
	}
	u.site, u.before = now, before
}

// Now tells the simulated time.
func (u *Upstream) Now() time.Time {
	u.mu.RLock()
	defer u.mu.RUnlock()
	return u.now
}

// Entry is one record as a perfect mirror has it.
type Entry struct {
	ID string
	// Title is the record's title as its decoder gives it, "" where there is none.
	Title string
	// Says is a text in the body of its newest version, which no older one has.
	Says string
	// Gone is set when it was published since New, and is no longer.
	Gone bool
}

// Truth returns what was published of a kind since New, by identifier. Of a kind
// nobody publishes there is nothing.
func (u *Upstream) Truth(kind vuln.Kind) []Entry {
	u.mu.RLock()
	defer u.mu.RUnlock()
	var out []Entry
	for _, p := range u.publishers {
		if s, ok := p.truth()[kind]; ok {
			out = append(out, s.entries()...)
		}
	}
	slices.SortFunc(out, byID)
	return out
}

// Names returns the names of the publishers, as Trouble and Advance take them.
func (u *Upstream) Names() []string {
	var out []string
	for _, p := range u.publishers {
		out = append(out, p.name())
	}
	return out
}

// Hosts returns the names of all hosts that are simulated.
func (u *Upstream) Hosts() []string {
	var out []string
	for _, p := range u.publishers {
		out = append(out, p.hosts()...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Knows tells whether a host is simulated.
func (u *Upstream) Knows(host string) bool { return slices.Contains(u.Hosts(), host) }

// SetTroubles replaces what goes wrong from now on.
func (u *Upstream) SetTroubles(troubles ...Trouble) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.faults.set(troubles)
}

// Requests returns how often each address was asked for, by HOST/PATH with its
// query.
func (u *Upstream) Requests() map[string]int { return u.requests.all() }

// Failures returns how often each fault befell an answer.
func (u *Upstream) Failures() map[Fault]int { return u.failures.all() }

var _ http.Handler = (*Upstream)(nil)
