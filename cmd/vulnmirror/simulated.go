package main

import (
	"net/http"
	"strings"
	"time"

	"vulnmirror/testkit/sim"
	"vulnmirror/testkit/sim/publishers"
)

// simulated is everybody upstream: NVD, and those who publish what its records
// lead to.
type simulated struct {
	nvd    *sim.Upstream
	others *publishers.Upstream
}

func newSimulated(o sim.Options) *simulated {
	s := &simulated{nvd: sim.New(o)}
	var troubles []publishers.Trouble
	if o.Faults > 0 {
		troubles = []publishers.Trouble{{Share: o.Faults}}
	}
	s.others = publishers.New(publishers.Options{Seed: o.Seed, Now: o.Now, CVEs: s.nvd.IDs, Troubles: troubles})
	return s
}

// ServeHTTP answers /HOST/PATH, and what names none of the others' hosts as NVD.
func (s *simulated) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host, _, _ := strings.Cut(strings.TrimLeft(r.URL.Path, "/"), "/")
	if s.others.Knows(host) {
		s.others.ServeHTTP(w, r)
		return
	}
	s.nvd.ServeHTTP(w, r)
}

// pass lets time go by, in which NVD makes so many changes.
func (s *simulated) pass(d time.Duration, changes int) {
	s.nvd.Advance(d, changes)
	s.others.Advance(d)
}

// simulatedReport is what a simulation saw.
type simulatedReport struct {
	sim.Report
	Others map[string]int           `json:"others"` // requests by host
	Failed map[publishers.Fault]int `json:"others_failed,omitempty"`
}

func (s *simulated) report() simulatedReport {
	r := simulatedReport{Report: s.nvd.Report(), Others: make(map[string]int), Failed: s.others.Failures()}
	for address, n := range s.others.Requests() {
		host, _, _ := strings.Cut(strings.TrimLeft(address, "/"), "/")
		r.Others[host] += n
	}
	return r
}
