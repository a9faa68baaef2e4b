package msrc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/progress"
	"vulnmirror/source"
)

const (
	// parallel is how many documents are asked for at a time.
	parallel = 2
	// patience is how many requests in a row may fail without an answer.
	patience = 3
)

// pass is one Fetch.
type pass struct {
	up    *fetch.Client
	run   *archive.Run
	asked time.Time // when upstream gave the index, by its own clock

	mu      sync.Mutex // guards the rest
	state   state
	missing []error
	vain    int      // requests without an answer, in a row
	unasked []string // documents left for the next run
}

// Fetch puts the index and the documents that changed since last into run.
func (s *Source) Fetch(ctx context.Context, up *fetch.Client, run *archive.Run, last source.Cursor) (source.Cursor, error) {
	have, err := readState(last)
	if err != nil {
		return last, err
	}
	before, err := json.Marshal(have)
	if err != nil {
		return last, err
	}
	p := &pass{up: up, run: run, state: have}
	l, err := p.index(ctx)
	if err != nil {
		return last, fmt.Errorf("index of documents: %w", err)
	}
	p.missing = l.faults
	if err := p.documents(ctx, s.plan(l, have, last.Complete)); err != nil {
		return last, err
	}
	cursor, err := p.cursor(last, l)
	switch {
	case err != nil:
		return last, err
	case len(p.missing) > 0:
		return cursor, &source.Incomplete{Missing: p.missing}
	}
	same := bytes.Equal(cursor.State, before) && slices.Equal(cursor.Notes, last.Notes) && cursor.Complete == last.Complete
	if same && len(run.ReceivedFiles()) == 0 {
		return cursor, source.ErrUnchanged
	}
	return cursor, nil
}

// documents asks for documents side by side. An error ends the run; what is
// wrong with single ones is noted.
func (p *pass) documents(ctx context.Context, all []wanted) error {
	task := p.up.Meter().Begin("documents", int64(len(all)), progress.Pages)
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for _, w := range all {
		group.Go(func() error {
			defer task.Advance(1)
			return p.document(gctx, w)
		})
	}
	err := group.Wait()
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	task.End(err)
	if err == nil && len(p.unasked) > 0 {
		slices.SortFunc(p.unasked, later)
		p.missing = append(p.missing, fmt.Errorf("documents %s: not asked for, as %d requests in a row had no answer", strings.Join(p.unasked, ", "), patience))
	}
	return err
}

// cursor is where the next Fetch resumes.
func (p *pass) cursor(last source.Cursor, l list) (source.Cursor, error) {
	cursor := last
	newest := ""
	for id, h := range p.state.Documents {
		if h.Date.After(cursor.Watermark) && (p.asked.IsZero() || !h.Date.After(p.asked)) {
			cursor.Watermark = h.Date
		}
		if newest == "" || later(id, newest) > 0 {
			newest = id
		}
	}
	cursor.Release = newest
	cursor.Complete = last.Complete || len(p.missing) == 0
	cursor.Notes = nil
	if ids := p.state.unlisted(l); len(ids) > 0 {
		cursor.Notes = []string{"upstream's index does not name " + strings.Join(ids, ", ") + "; what is held of them stays"}
	}
	var err error
	cursor.State, err = json.Marshal(p.state)
	return cursor, err
}

func (p *pass) miss(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.missing = append(p.missing, err)
}

// givesUp tells that upstream has stopped to answer; the document is then left.
func (p *pass) givesUp(w wanted) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.vain < patience {
		return false
	}
	p.unasked = append(p.unasked, w.id)
	return true
}

// answered notes whether upstream answered a request at all.
func (p *pass) answered(err error) {
	var status *fetch.StatusError
	var content *fetch.ContentError
	silent := err != nil && !errors.Is(err, fetch.ErrNotModified) && !errors.As(err, &content) &&
		(!errors.As(err, &status) || status.Status >= http.StatusInternalServerError || status.Status == http.StatusTooManyRequests)
	p.mu.Lock()
	defer p.mu.Unlock()
	if silent {
		p.vain++
	} else {
		p.vain = 0
	}
}

// quarantine keeps the last bad body, when there was one, for a person to look
// at, and says that it was refused.
func (p *pass) quarantine(file archive.File, err error) error {
	var bad *fetch.ContentError
	if !errors.As(err, &bad) {
		return err
	}
	err = fmt.Errorf("%w: %w", source.ErrRefused, err)
	if bad.Part != "" {
		err = errors.Join(err, p.run.QuarantineFile(file, bad.Reason.Error()))
	}
	return err
}
