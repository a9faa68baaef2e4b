package feeds

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// current returns the build of what the store holds now, made if need be. Many
// callers wait for one build; it goes on when they leave, for the next one.
func (h *handler) current(ctx context.Context, f feed) (build, error) {
	flight := h.flights.DoChan(f.key(), func() (any, error) {
		return h.refresh(context.WithoutCancel(ctx), f)
	})
	select {
	case <-ctx.Done():
		return build{}, ctx.Err()
	case done := <-flight:
		if done.Err != nil {
			return build{}, done.Err
		}
		return done.Val.(build), nil
	}
}

func (h *handler) refresh(ctx context.Context, f feed) (build, error) {
	look, err := h.glance(ctx, f)
	if err != nil {
		return build{}, err
	}
	if look.built != nil {
		return *look.built, nil
	}
	h.slots <- struct{}{}
	defer func() { <-h.slots }()
	return h.rebuild(ctx, f)
}

// rebuild looks again, for it may have waited, and makes the build.
func (h *handler) rebuild(ctx context.Context, f feed) (build, error) {
	look, err := h.look(ctx, f)
	if err != nil {
		return build{}, err
	}
	defer look.snapshot.Close() // nothing was written
	if look.built != nil {
		return *look.built, nil
	}
	began := h.now()
	b, err := write(ctx, look.snapshot, look.query, f, look.edition, h.shelf(f))
	if err != nil {
		return build{}, err
	}
	if err := h.publish(f, b); err != nil {
		return build{}, err
	}
	h.log.Info("feed built", "feed", f.key(), "records", b.Digest.Count, "bytes", b.Size,
		"gzip_bytes", b.GzipSize, "seconds", h.now().Sub(began).Seconds())
	return b, nil
}

func (h *handler) publish(f feed, b build) error {
	e, on := h.entry(f), h.shelf(f)
	e.mu.Lock()
	defer e.mu.Unlock()
	before := e.state.Built
	next := state{Announced: e.state.Announced, Built: &b}
	if err := on.save(next); err != nil {
		return err
	}
	e.state = next
	if before != nil && before.File != b.File {
		on.drop(before.File)
	}
	return nil
}

// look is a feed as the store has it at one moment.
type look struct {
	snapshot store.Snapshot // closed by the caller
	query    store.Query
	edition  edition
	built    *build // nil when the build is of another edition
}

// look asks the store for the state of a feed and notes a new edition, without
// building anything.
func (h *handler) look(ctx context.Context, f feed) (_ look, err error) {
	e := h.entry(f)
	e.mu.Lock()
	defer e.mu.Unlock()
	snapshot, err := h.snapshot(ctx, f.layout)
	if err != nil {
		return look{}, err
	}
	defer func() {
		if err != nil {
			_ = snapshot.Close() // nothing was written
		}
	}()
	query, digest, err := h.digest(ctx, snapshot, f)
	if err != nil {
		return look{}, err
	}
	if f.year > lastYear(h.now()) && digest.Count == 0 {
		return look{}, errNoFeed
	}
	if !e.loaded {
		if e.state, err = h.shelf(f).load(h.now()); err != nil {
			return look{}, err
		}
		e.loaded = true
	}
	if next := e.state.Announced.next(f, digest); !e.state.Announced.is(digest) {
		changed := state{Announced: next, Built: e.state.Built}
		if err := h.shelf(f).save(changed); err != nil {
			return look{}, err
		}
		e.state = changed
	}
	found := look{snapshot: snapshot, query: query, edition: e.state.Announced}
	if b := e.state.Built; b != nil && b.is(digest) {
		found.built = b
	}
	return found, nil
}

// glance is a look that keeps no snapshot open.
func (h *handler) glance(ctx context.Context, f feed) (look, error) {
	look, err := h.look(ctx, f)
	if err == nil {
		err = look.snapshot.Close()
	}
	return look, err
}

// digest gives the query of a feed and the state of what it asks for.
func (h *handler) digest(ctx context.Context, from store.Reader, f feed) (store.Query, store.Digest, error) {
	var newest time.Time
	if f.isWindow() {
		all, err := from.Digest(ctx, f.layout.all())
		if err != nil {
			return store.Query{}, store.Digest{}, fmt.Errorf("state of all records: %w", err)
		}
		newest = all.Newest
	}
	q := f.query(newest, h.now())
	d, err := from.Digest(ctx, q)
	if err != nil {
		return store.Query{}, store.Digest{}, fmt.Errorf("state of the records of %s: %w", f.key(), err)
	}
	return q, d, nil
}

// years lists the years of a layout that have a feed: up to lastYear, and on
// as long as there are records.
func (h *handler) years(ctx context.Context, l *layout) ([]dated, error) {
	var all []dated
	for year := vuln.FirstFeedYear; ; year++ {
		f := feed{layout: l, name: strconv.Itoa(year), year: year}
		look, err := h.glance(ctx, f)
		if errors.Is(err, errNoFeed) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, dated{f.name, look.edition.Date})
	}
}
