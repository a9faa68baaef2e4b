package nvdupstream

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"net/url"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"vulnmirror/progress"
)

// Listing is one question to the API whose answer may take many pages.
type Listing struct {
	Name  string // for people
	Dir   string // of its pages, in the archive
	Query url.Values
	// Moves: membership changes with the modification time, so that a record
	// that leaves hides another; only a pass with one total all through is proof.
	Moves bool
	// MayBeEmpty: nothing held proves that there are records.
	MayBeEmpty bool
}

// Answer is what all pages of a listing said together.
type Answer struct {
	Total  int       // newest stated
	Newest time.Time // newest modification
	Made   time.Time // upstream's time of the oldest page

	// ids holds hashes: a full list may have millions of identifiers. Two that
	// hash alike make the list look incomplete, never complete.
	ids map[uint64]struct{}
}

// NewAnswer returns an answer without pages, to merge others into.
func NewAnswer() Answer { return Answer{ids: make(map[uint64]struct{})} }

// Distinct is how many different identifiers were seen.
func (a *Answer) Distinct() int { return len(a.ids) }

// Merge adds what another listing of the same pass said; Total and Made are
// left alone.
func (a *Answer) Merge(b Answer) {
	for id := range b.ids {
		a.ids[id] = struct{}{}
	}
	if b.Newest.After(a.Newest) {
		a.Newest = b.Newest
	}
}

const (
	// rounds bounds how often a listing that moves is read again.
	rounds = 6
	// emptyReads is how often an answer must be empty to be believed.
	emptyReads = 5
)

// errMoving: upstream changed faster than it could be read.
var errMoving = errors.New("the answer kept changing while it was read; nothing was concluded from it, the next run asks again")

// List reads all pages of a listing until they agree with each other.
func (p *Pass) List(ctx context.Context, l Listing) (Answer, error) {
	a := NewAnswer()
	pages := make(map[int]int) // start -> total that page stated
	empty, short := 0, -1
	for round := 1; round <= rounds; round++ {
		dir := l.Dir
		if round > 1 {
			dir += "/round-" + strconv.Itoa(round)
		}
		if err := p.round(ctx, l, dir, &a, pages); err != nil {
			return a, err
		}
		if a.Total == 0 {
			if empty++; empty == emptyReads {
				return a, nil
			}
			continue
		}
		if p.proven(l, &a, pages) {
			return a, nil
		}
		if p.Repeats && !l.Moves && steady(a.Total, pages) {
			if a.Distinct() == short {
				return a, nil // two whole readings gave the same: upstream repeats itself
			}
			short = a.Distinct()
		}
		forget(l, &a, pages)
	}
	return a, fmt.Errorf("%s: %w", l.Name, errMoving)
}

// proven tells whether nothing can be missing. Where no record is ever taken
// away from the whole list, it is enough to have seen as many as there are.
func (p *Pass) proven(l Listing, a *Answer, pages map[int]int) bool {
	switch {
	case a.Distinct() < a.Total:
		return false
	case l.Moves:
		return steady(a.Total, pages)
	case p.Leaves:
		for _, total := range pages {
			if total > a.Total {
				return false
			}
		}
	}
	return true
}

// steady tells whether all pages stated the same total.
func steady(total int, pages map[int]int) bool {
	for _, stated := range pages {
		if stated != total {
			return false
		}
	}
	return true
}

// forget drops the pages that must be read again.
func forget(l Listing, a *Answer, pages map[int]int) {
	stale := 0
	for start, total := range pages {
		if !l.Moves && total != a.Total {
			delete(pages, start)
			stale++
		}
	}
	if stale == 0 {
		clear(pages)
		if l.Moves {
			clear(a.ids)
		}
	}
}

// round reads every page not in pages.
func (p *Pass) round(ctx context.Context, l Listing, dir string, a *Answer, pages map[int]int) error {
	task := p.Up.Meter().Begin(l.Name, 0, progress.Records)
	read := func(ctx context.Context, start int) error {
		path := fmt.Sprintf("%s/%06d.json", dir, start)
		s, err := p.Page(ctx, path, l.Query, start, l.MayBeEmpty)
		if err != nil {
			return fmt.Errorf("%s: %w", l.Name, err)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		a.add(s, p.seed)
		pages[start] = s.Header.TotalResults
		task.SetTotal(int64(a.Total))
		task.Advance(int64(s.Records))
		return nil
	}
	err := p.eachPage(ctx, a, pages, read)
	task.End(err)
	return err
}

// eachPage calls read for every page due, the first alone because it tells how
// many there are, the rest as they come, and those that appear meanwhile.
func (p *Pass) eachPage(ctx context.Context, a *Answer, pages map[int]int, read func(context.Context, int) error) error {
	if _, held := pages[0]; !held {
		if err := read(ctx, 0); err != nil {
			return err
		}
	}
	for {
		var due []int
		for start := p.PageSize; start < a.Total; start += p.PageSize {
			if _, held := pages[start]; !held {
				due = append(due, start)
			}
		}
		if len(due) == 0 {
			return nil
		}
		group, gctx := errgroup.WithContext(ctx)
		group.SetLimit(4)
		for _, start := range due {
			group.Go(func() error { return read(gctx, start) })
		}
		if err := group.Wait(); err != nil {
			return err
		}
	}
}

func (a *Answer) add(s Summary, seed maphash.Seed) {
	for _, id := range s.ids {
		a.ids[maphash.String(seed, id)] = struct{}{}
	}
	if s.Newest.After(a.Newest) {
		a.Newest = s.Newest
	}
	if a.Made.IsZero() || s.Made.Before(a.Made) {
		a.Made = s.Made
	}
	a.Total = s.Header.TotalResults
}
