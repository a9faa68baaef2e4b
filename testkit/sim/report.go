package sim

import (
	"maps"
	"sync"
	"time"
)

// Report tells how an Upstream was asked and how it answered.
type Report struct {
	Requests map[string]int   `json:"requests"` // by class: api, meta, feed, other
	Faults   map[Fault]int    `json:"faults"`   // injected, by kind
	Hosts    map[string]Usage `json:"hosts"`
}

// Usage is what one host saw.
type Usage struct {
	Requests int `json:"requests"`
	// WorstWindow is the largest number of requests that arrived within any
	// rolling window; two requests exactly one window apart do not share one.
	WorstWindow int `json:"worst_window"`
	// Violations counts requests that arrived when the limit was already used up.
	Violations int `json:"violations"`
}

type meter struct {
	window time.Duration

	mu       sync.Mutex
	requests map[string]int
	faults   map[Fault]int
	hosts    map[string]Usage
	recent   map[string][]arrival
}

type arrival struct {
	at      time.Time
	allowed bool
}

// arrive counts a request and tells whether it is within the limit (0 = none).
// Refused requests do not use up the limit, but count in WorstWindow.
func (m *meter) arrive(host, class string, at time.Time, limit int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.requests == nil {
		m.requests, m.hosts, m.recent = map[string]int{}, map[string]Usage{}, map[string][]arrival{}
	}
	recent := m.recent[host]
	for len(recent) > 0 && at.Sub(recent[0].at) >= m.window {
		recent = recent[1:]
	}
	used := 0
	for _, a := range recent {
		if a.allowed {
			used++
		}
	}
	allowed := limit == 0 || used < limit
	recent = append(recent, arrival{at, allowed})
	m.recent[host] = recent

	m.requests[class]++
	usage := m.hosts[host]
	usage.Requests++
	usage.WorstWindow = max(usage.WorstWindow, len(recent))
	if !allowed {
		usage.Violations++
	}
	m.hosts[host] = usage
	return allowed
}

func (m *meter) failed(f Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.faults == nil {
		m.faults = map[Fault]int{}
	}
	m.faults[f]++
}

func (m *meter) report() Report {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Report{Requests: maps.Clone(m.requests), Faults: maps.Clone(m.faults), Hosts: maps.Clone(m.hosts)}
}
