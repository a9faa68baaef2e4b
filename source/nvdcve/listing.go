package nvdcve

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"vulnmirror/progress"
)

// listing is one question to the API whose answer may take many pages.
type listing struct {
	name  string // for people
	dir   string // of its pages, in the archive
	query url.Values
	// window: membership changes with lastModified, so that a record that
	// leaves hides another; only a pass with one total all through is proof.
	window bool
	// mayBeEmpty: nothing held proves that there are records.
	mayBeEmpty bool
}

// answer is what all pages of a listing said together.
type answer struct {
	ids    map[string]struct{}
	total  int       // newest stated
	newest time.Time // newest lastModified
	made   time.Time // upstream's time of the oldest page
}

const (
	// rounds bounds how often a listing that moves is read again.
	rounds = 6
	// emptyReads is how often an answer must be empty to be believed.
	emptyReads = 5
)

// errMoving: upstream changed faster than it could be read.
var errMoving = errors.New("the answer kept changing while it was read; nothing was concluded from it, the next run asks again")

// list reads all pages of a listing until they agree with each other.
func (p *pass) list(ctx context.Context, l listing) (answer, error) {
	a := answer{ids: make(map[string]struct{})}
	pages := make(map[int]int) // start -> total that page stated
	empty := 0
	for round := 1; round <= rounds; round++ {
		dir := l.dir
		if round > 1 {
			dir += "/round-" + strconv.Itoa(round)
		}
		if err := p.round(ctx, l, dir, &a, pages); err != nil {
			return a, err
		}
		if a.total == 0 {
			if empty++; empty == emptyReads {
				return a, nil
			}
			continue
		}
		if a.proven(l, pages) {
			return a, nil
		}
		forget(l, &a, pages)
	}
	return a, fmt.Errorf("%s: %w", l.name, errMoving)
}

// proven tells whether nothing can be missing. No record is ever taken away
// from the whole list, so there it is enough to have seen as many as there are.
func (a *answer) proven(l listing, pages map[int]int) bool {
	if len(a.ids) < a.total {
		return false
	}
	if !l.window {
		return true
	}
	for _, total := range pages {
		if total != a.total {
			return false
		}
	}
	return true
}

// forget drops the pages that must be read again.
func forget(l listing, a *answer, pages map[int]int) {
	stale := 0
	for start, total := range pages {
		if !l.window && total != a.total {
			delete(pages, start)
			stale++
		}
	}
	if stale == 0 {
		clear(pages)
		if l.window {
			clear(a.ids)
		}
	}
}

// round reads every page not in pages.
func (p *pass) round(ctx context.Context, l listing, dir string, a *answer, pages map[int]int) error {
	task := p.up.Meter().Begin(l.name, 0, progress.Records)
	read := func(ctx context.Context, start int) error {
		path := fmt.Sprintf("%s/%06d.json", dir, start)
		s, err := p.page(ctx, path, l.query, start, l.mayBeEmpty)
		if err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		a.add(s)
		pages[start] = s.header.TotalResults
		task.SetTotal(int64(a.total))
		task.Advance(int64(s.records))
		return nil
	}
	err := p.eachPage(ctx, a, pages, read)
	task.End(err)
	return err
}

// eachPage calls read for every page due, the first alone because it tells how
// many there are, the rest as they come, and those that appear meanwhile.
func (p *pass) eachPage(ctx context.Context, a *answer, pages map[int]int, read func(context.Context, int) error) error {
	if _, held := pages[0]; !held {
		if err := read(ctx, 0); err != nil {
			return err
		}
	}
	for {
		var due []int
		for start := pageSize; start < a.total; start += pageSize {
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

func (a *answer) add(s summary) {
	for _, id := range s.ids {
		a.ids[id] = struct{}{}
	}
	if s.newest.After(a.newest) {
		a.newest = s.newest
	}
	if a.made.IsZero() || s.made.Before(a.made) {
		a.made = s.made
	}
	a.total = s.header.TotalResults
}
