package nvdupstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"sync"
	"time"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
)

// State is the part of a cursor that belongs to every collection.
type State struct {
	Total  int            `json:"total,omitempty"`  // records the API counted last
	Counts map[string]int `json:"counts,omitempty"` // records of each feed held, by path
	// Stated is the SHA-256 in the .meta of each feed held, by path, where that
	// is not the one of the feed's own content.
	Stated map[string]string `json:"stated,omitempty"`
	// Listed is when upstream made the archive held.
	Listed time.Time `json:"listed,omitzero"`
	// Loading is when the run began that started a full load by API which is
	// not finished; its pages are not fetched again.
	Loading time.Time `json:"loading,omitzero"`
}

// Pass is one fetch of a collection at work. Its methods may be called side by
// side where they say so.
type Pass struct {
	Collection
	Settings
	Up  *fetch.Client
	Run *archive.Run

	Cursor source.Cursor // as far as the pass has come
	State  State

	start   source.Cursor
	missing []error
	seed    maphash.Seed // of the hashes that stand for identifiers

	mu sync.Mutex // guards State.Counts and answers while feeds and pages are fetched in parallel
}

// NewPass begins where last ended. The settings are complete; up and run may be
// nil for a pass that fetches nothing.
func NewPass(c Collection, s Settings, up *fetch.Client, run *archive.Run, last source.Cursor) (*Pass, error) {
	if up != nil {
		c = c.At(up)
	}
	p := &Pass{Collection: c, Settings: s, Up: up, Run: run, start: last, Cursor: last, seed: maphash.MakeSeed()}
	if len(last.State) > 0 {
		if err := json.Unmarshal(last.State, &p.State); err != nil {
			return nil, fmt.Errorf("%s: the manifest's cursor is unreadable: %w", c.Name, err)
		}
	}
	if p.State.Counts == nil {
		p.State.Counts = make(map[string]int)
	}
	return p, nil
}

// Close turns what happened into what Fetch returns. State is the source's own
// part of the cursor, with the pass's.
func (p *Pass) Close(state any, err error) (source.Cursor, error) {
	if err != nil {
		return p.start, err
	}
	var merr error
	p.Cursor.State, merr = json.Marshal(state)
	switch {
	case merr != nil:
		return p.start, merr
	case len(p.missing) > 0:
		return p.Cursor, &source.Incomplete{Missing: p.missing}
	case len(p.Run.ReceivedFiles()) == 0 && p.Cursor.Complete == p.start.Complete:
		return p.start, source.ErrUnchanged
	}
	return p.Cursor, nil
}

// Advance moves the watermark forward, never back and never past bound, which
// is upstream's own time of the newest thing read; a zero bound is none.
func (p *Pass) Advance(newest, bound time.Time) {
	if !bound.IsZero() && newest.After(bound) {
		newest = bound
	}
	if newest.After(p.Cursor.Watermark) {
		p.Cursor.Watermark = newest
	}
}

// Miss notes what could not be had; the run is then incomplete.
func (p *Pass) Miss(errs ...error) { p.missing = append(p.missing, errs...) }

// Tolerate notes err, when it is one, and lets the rest go on, unless ctx
// ended: then it returns why.
func (p *Pass) Tolerate(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	p.Miss(err)
	return nil
}

// Gap is how much time a window must cover.
func (p *Pass) Gap() time.Duration {
	return p.Now().Sub(p.Cursor.Watermark) + p.Overlap
}

// quarantine keeps a body that would not prove itself, for a person to look at.
func (p *Pass) quarantine(path string, err error) error {
	var bad *fetch.ContentError
	if !errors.As(err, &bad) || bad.Part == "" {
		return err
	}
	if moved := p.Run.Quarantine(path, bad.Reason.Error()); moved != nil {
		return errors.Join(err, moved)
	}
	return fmt.Errorf("%w: %w", source.ErrRefused, err)
}
