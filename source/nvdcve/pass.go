package nvdcve

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
)

// state is the source's own part of the cursor.
type state struct {
	Years  []int          `json:"years,omitempty"`  // feed years held whole; empty with All
	All    bool           `json:"all,omitempty"`    // the API's whole list was loaded
	Total  int            `json:"total,omitempty"`  // records the API counted last
	Counts map[string]int `json:"counts,omitempty"` // records of each feed held, by path
	// Loading is when the run began that started a full load by API which is
	// not finished; its pages are not fetched again.
	Loading time.Time `json:"loading,omitzero"`
}

// pass is one Fetch at work.
type pass struct {
	*Source
	up    *fetch.Client
	run   *archive.Run
	start source.Cursor

	mu      sync.Mutex // guards state.Counts and answers while feeds and pages are fetched in parallel
	cursor  source.Cursor
	state   state
	missing []error
}

func (s *Source) newPass(up *fetch.Client, run *archive.Run, last source.Cursor) (*pass, error) {
	p := &pass{Source: s, up: up, run: run, start: last, cursor: last}
	if len(last.State) > 0 {
		if err := json.Unmarshal(last.State, &p.state); err != nil {
			return nil, fmt.Errorf("%s: the manifest's cursor is unreadable: %w", Name, err)
		}
	}
	if p.state.Counts == nil {
		p.state.Counts = make(map[string]int)
	}
	// Years asked for since the last complete load make it incomplete again.
	p.cursor.Complete = last.Complete && p.holds(s.years())
	return p, nil
}

func (p *pass) holds(years []int) bool {
	if p.state.All {
		return true
	}
	// A year that has only just begun is covered by "modified" until its feed
	// is fetched with the others.
	newest := 0
	if len(p.state.Years) > 0 {
		newest = slices.Max(p.state.Years)
	}
	for _, y := range years {
		if !slices.Contains(p.state.Years, y) && !(len(p.Years) == 0 && y > newest && newest > 0) {
			return false
		}
	}
	return true
}

// close turns what happened into what Fetch returns.
func (p *pass) close(err error) (source.Cursor, error) {
	if err != nil {
		return p.start, err
	}
	var merr error
	p.cursor.State, merr = json.Marshal(p.state)
	switch {
	case merr != nil:
		return p.start, merr
	case len(p.missing) > 0:
		return p.cursor, &source.Incomplete{Missing: p.missing}
	case len(p.run.ReceivedFiles()) == 0 && p.cursor.Complete == p.start.Complete:
		return p.start, source.ErrUnchanged
	}
	return p.cursor, nil
}

// advance moves the watermark forward, never back and never past bound, which
// is upstream's own time of the newest thing read.
func (p *pass) advance(newest, bound time.Time) {
	if !bound.IsZero() && newest.After(bound) {
		newest = bound
	}
	if newest.After(p.cursor.Watermark) {
		p.cursor.Watermark = newest
	}
}

// quarantine keeps a body that would not prove itself, for a person to look at.
func (p *pass) quarantine(path string, err error) error {
	var bad *fetch.ContentError
	if !errors.As(err, &bad) || bad.Part == "" {
		return err
	}
	if moved := p.run.Quarantine(path, bad.Reason.Error()); moved != nil {
		return errors.Join(err, moved)
	}
	return fmt.Errorf("%w: %w", source.ErrRefused, err)
}
