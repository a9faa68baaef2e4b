package serve

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"vulnmirror/store"
)

// The states of a source.
const (
	never  = "never"  // no complete load yet
	fresh  = "fresh"  // synchronised not long ago
	stale  = "stale"  // complete, but too long ago
	broken = "broken" // the last run failed
)

// freshness is one source's line in the answer of /readyz.
type freshness struct {
	Source    string    `json:"source"`
	State     string    `json:"state"`
	Age       int64     `json:"age_seconds,omitempty"` // since the last run that succeeded
	Synced    time.Time `json:"synced,omitzero"`
	Watermark time.Time `json:"watermark,omitzero"`
	Failed    time.Time `json:"failed,omitzero"`
	Reason    string    `json:"reason,omitempty"`
}

func assess(s store.SourceState, now time.Time, maxAge time.Duration) freshness {
	f := freshness{Source: s.Source, Synced: s.Synced, Watermark: s.Watermark, Failed: s.Failed, Reason: s.Reason}
	age := now.Sub(s.Synced)
	if !s.Synced.IsZero() {
		f.Age = int64(age / time.Second)
	}
	switch {
	case !s.Failed.IsZero():
		f.State = broken
	case s.Completed.IsZero():
		f.State = never
	case age > maxAge:
		f.State = stale
	default:
		f.State = fresh
	}
	return f
}

// assessAll gives a line for each source named, in that order; one the store
// has not heard of was never loaded.
func assessAll(ctx context.Context, s Store, names []string, now time.Time, maxAge time.Duration) ([]freshness, error) {
	states, err := s.Sources(ctx)
	if err != nil {
		return nil, err
	}
	byName := make(map[string]store.SourceState, len(states))
	for _, state := range states {
		byName[state.Source] = state
	}
	lines := make([]freshness, 0, len(names))
	for _, name := range names {
		state := byName[name]
		state.Source = name
		lines = append(lines, assess(state, now, maxAge))
	}
	return lines, nil
}

// readiness answers /readyz: 200 when every source is fresh, else 503, and why.
type readiness struct {
	store  Store
	names  []string
	maxAge time.Duration
	now    func() time.Time
	log    *slog.Logger
}

func (h readiness) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := struct {
		Ready   bool        `json:"ready"`
		Sources []freshness `json:"sources"`
		Error   string      `json:"error,omitempty"`
	}{Ready: true, Sources: []freshness{}}
	lines, err := assessAll(r.Context(), h.store, h.names, h.now(), h.maxAge)
	if err != nil {
		h.log.Error("cannot read the state of the sources", "error", err)
		answer.Ready, answer.Error = false, "the store cannot be read"
	}
	for _, line := range lines {
		answer.Sources = append(answer.Sources, line)
		answer.Ready = answer.Ready && line.State == fresh
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if !answer.Ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		h.log.Debug("client went away", "path", r.URL.Path, "error", err)
	}
}
