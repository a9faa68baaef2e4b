package sim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// feeds holds the editions that were asked for. Each is written when first
// wanted.
type feeds struct {
	author author

	mu   sync.Mutex
	held map[string]*shelf
}

// shelf is the place of one feed.
type shelf struct {
	mu      sync.Mutex
	edition *edition
}

// shelf gives the place of a feed.
func (f *feeds) shelf(name string) *shelf {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.held == nil {
		f.held = map[string]*shelf{}
	}
	if f.held[name] == nil {
		f.held[name] = &shelf{}
	}
	return f.held[name]
}

// issue announces new editions of modified, recent, the given feed years and
// every year that had none yet. Callers hold the lock.
func (u *Upstream) issue(years map[int]bool) {
	renew := func(name string) { u.issued[name] = issueTime(u.now, u.issued[name]) }
	renew("modified")
	renew("recent")
	for _, year := range feedYears(u.now) {
		name := strconv.Itoa(year)
		if _, ok := u.issued[name]; !ok || years[year] {
			renew(name)
		}
	}
	if len(years) > 0 || u.issued[archives[0].name].IsZero() {
		u.issueArchives()
	}
}

// issueArchives announces new editions of the archives. Callers hold the lock.
func (u *Upstream) issueArchives() {
	for _, a := range archives {
		u.issued[a.name] = issueTime(u.now, u.issued[a.name])
	}
}

// content gives the records of a feed and when it was issued; false when there
// is no such feed.
func (u *Upstream) content(name string) ([]state, time.Time, bool) {
	u.mu.RLock()
	defer u.mu.RUnlock()
	issued, ok := u.issued[name]
	if !ok {
		return nil, time.Time{}, false
	}
	since := u.now.Add(-feedReach).UnixMilli()
	var states []state
	for i := range u.states {
		s := &u.states[i]
		var in bool
		switch name {
		case "modified":
			in = s.modified >= since
		case "recent":
			in = s.published >= since
		default:
			in = strconv.Itoa(s.feedYear()) == name
		}
		if in {
			states = append(states, *s)
		}
	}
	return states, issued, true
}

// current gives a feed's newest edition; nil when there is no such feed.
func (u *Upstream) current(name string) (*edition, error) {
	place := u.feeds.shelf(name)
	place.mu.Lock()
	defer place.mu.Unlock()
	states, issued, ok := u.content(name)
	if !ok {
		return nil, nil
	}
	if place.edition == nil || !place.edition.issued.Equal(issued) {
		e, err := newEdition(name, u.feeds.author, states, issued)
		if err != nil {
			return nil, err
		}
		place.edition = e
	}
	return place.edition, nil
}

// previous gives an edition as it was a day before: without the record changed
// last.
func (u *Upstream) previous(name string) (*edition, error) {
	states, issued, _ := u.content(name)
	if len(states) > 0 {
		last := 0
		for i := range states {
			if states[i].modified > states[last].modified {
				last = i
			}
		}
		states = slices.Delete(states, last, last+1)
	}
	return newEdition(name, u.feeds.author, states, issued.Add(-day))
}

// currentArchive gives an archive's newest edition.
func (u *Upstream) currentArchive(a *archive) (*edition, error) {
	place := u.feeds.shelf(a.name)
	place.mu.Lock()
	defer place.mu.Unlock()
	u.wanted()
	u.mu.RLock()
	defer u.mu.RUnlock()
	issued := u.issued[a.name]
	if place.edition == nil || !place.edition.issued.Equal(issued) {
		e, err := u.collect(a, 0, issued).edition()
		if err != nil {
			return nil, err
		}
		place.edition = e
	}
	return place.edition, nil
}

// previousArchive gives an archive as it was a day before: without the record
// created last.
func (u *Upstream) previousArchive(a *archive) (*edition, error) {
	u.wanted()
	u.mu.RLock()
	defer u.mu.RUnlock()
	return u.collect(a, 1, u.issued[a.name].Add(-day)).edition()
}

// collect gives what an archive holds, but for so many records at the end.
// Callers hold the lock until it has been written.
func (u *Upstream) collect(a *archive, without int, issued time.Time) *collected {
	_, items := u.choose(&page{kind: a.kind, size: math.MaxInt})
	return &collected{
		archive: a, issued: issued, total: max(0, len(items)-without), perChunk: chunkSize,
		record: func(dst []byte, i int) []byte { return items[i](dst) },
	}
}

// edition gives the feed a path is about, and the extension asked for; stale
// gives the one before the newest. It is nil when there is no such feed.
func (u *Upstream) edition(path string, stale bool) (e *edition, ext string, err error) {
	if a, ext := archiveAt(path); a != nil {
		if stale {
			e, err = u.previousArchive(a)
		} else {
			e, err = u.currentArchive(a)
		}
		return e, ext, err
	}
	name, ext, _ := strings.Cut(strings.TrimPrefix(path, feedFolder+feedPrefix), ".")
	e, err = u.current(name)
	if err == nil && e != nil && stale {
		e, err = u.previous(name)
	}
	return e, ext, err
}

// serveFeed answers for the files of a feed.
func (u *Upstream) serveFeed(w http.ResponseWriter, r *http.Request, a ask, fault Fault) {
	e, ext, err := u.edition(a.path, fault == OutOfStep)
	if err != nil {
		html(w, http.StatusInternalServerError, err.Error())
		return
	}
	if e == nil {
		html(w, http.StatusNotFound, "There is no such feed.")
		return
	}
	body, kind := e.gz, "application/gzip"
	switch ext {
	case "meta":
		body, kind = e.meta, "text/plain"
	case "json.zip":
		kind = "application/zip"
		if body, err = e.zipped(); err != nil {
			html(w, http.StatusInternalServerError, err.Error())
			return
		}
	}
	if fault == RangeIgnored {
		r = r.Clone(r.Context())
		r.Header.Del("Range")
	}
	sum := sha256.Sum256(body)
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	w.Header().Set("Content-Type", kind)
	http.ServeContent(w, r, "", e.issued, bytes.NewReader(body))
}
