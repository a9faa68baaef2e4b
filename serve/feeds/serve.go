package feeds

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"time"
)

// retryAfter is how many seconds a client should wait out a 503.
const retryAfter = "30"

// answer is one file ready to be sent.
type answer struct {
	io.ReadSeeker
	contentType string
	tag         string // of exactly these bytes
	modified    time.Time
	close       func() error
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	want, ok := parsePath(h.folders, r.URL.Path)
	if !ok {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "feeds are read only: GET or HEAD", http.StatusMethodNotAllowed)
		return
	}
	a, err := h.answer(r.Context(), want)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	defer a.close() //nolint:errcheck // nothing was written
	w.Header().Set("Content-Type", a.contentType)
	w.Header().Set("ETag", `"`+a.tag+`"`)
	// A cache between must ask each time, or it would pair an old .meta with a
	// new .gz; and nobody may compress a .gz again.
	w.Header().Set("Cache-Control", "no-cache, no-transform")
	http.ServeContent(w, r, "", a.modified, a)
	if r.Method == http.MethodGet {
		h.keepPair(want, r.Header.Get("Range") == "")
	}
}

// refuse answers for what went wrong. Failures of the store or the disk are
// the server's alone and pass: the client hears only to come again.
func (h *handler) refuse(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, errNoFeed):
		http.NotFound(w, r)
		return
	case errors.Is(err, errAbsent):
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	reason := "the first complete load has not finished; try again later"
	if !errors.Is(err, errLoading) {
		reason = "the feed cannot be built at the moment; try again later"
		if r.Context().Err() == nil { // else the client left or its time was up
			h.log.Error("feed not served", "path", r.URL.Path, "error", err)
		}
	}
	w.Header().Set("Retry-After", retryAfter)
	http.Error(w, reason, http.StatusServiceUnavailable)
}

func (h *handler) answer(ctx context.Context, want target) (answer, error) {
	if want.properties != nil {
		return h.properties(ctx, want.properties)
	}
	f := want.feed
	if want.form == metaForm {
		b, err := h.current(ctx, f)
		if err != nil {
			return answer{}, err
		}
		text := f.layout.meta(b, zipSize(f.file(".json"), b.GzipSize), f.layout.zone)
		return plain(text, b.Date), nil
	}
	file, b, err := h.open(ctx, f)
	if err != nil {
		return answer{}, err
	}
	a := answer{file, "application/gzip", b.GzipSHA256, b.Date, file.Close}
	if want.form == zipForm {
		a.contentType, a.tag = "application/zip", b.GzipSHA256+"-zip"
		if a.ReadSeeker, err = zipOf(f.file(".json"), file, b.GzipSize, b.Size); err != nil {
			return answer{}, errors.Join(err, file.Close())
		}
	}
	return a, nil
}

// open opens the file of a feed's build. A file that is gone, because a newer
// build or another process replaced it, makes it look again.
func (h *handler) open(ctx context.Context, f feed) (*os.File, build, error) {
	for attempt := 1; ; attempt++ {
		b, held := h.heldBuild(f)
		if !held {
			var err error
			if b, err = h.current(ctx, f); err != nil {
				return nil, build{}, err
			}
		}
		file, err := os.Open(h.shelf(f).path(b.File))
		if err == nil {
			return file, b, nil
		}
		if !errors.Is(err, fs.ErrNotExist) || attempt == 3 {
			return nil, build{}, fmt.Errorf("file of a cached feed: %w", err)
		}
		h.forget(f)
	}
}

// properties answers with the index of a layout. It needs dates only, so it
// builds nothing.
func (h *handler) properties(ctx context.Context, l *layout) (answer, error) {
	modified, err := h.glance(ctx, feed{layout: l, name: "modified"})
	if err != nil {
		return answer{}, err
	}
	years, err := h.years(ctx, l)
	if err != nil {
		return answer{}, err
	}
	newest := modified.edition.Date
	for _, y := range years {
		if y.date.After(newest) {
			newest = y.date
		}
	}
	return plain(cacheProperties(l.prefix, modified.edition.Date, years), newest), nil
}

func plain(text []byte, modified time.Time) answer {
	hash := sha256.Sum256(text)
	return answer{
		ReadSeeker:  bytes.NewReader(text),
		contentType: "text/plain; charset=utf-8",
		tag:         hex.EncodeToString(hash[:]),
		modified:    modified,
		close:       func() error { return nil },
	}
}

// keepPair holds the build a .meta was just served for, until its file has been
// fetched whole or pairHold has passed.
func (h *handler) keepPair(served target, whole bool) {
	switch {
	case served.properties != nil:
		return
	case served.form == metaForm:
		h.hold(served.feed, h.now().Add(pairHold))
	case whole:
		h.hold(served.feed, time.Time{})
	}
}

func (h *handler) hold(f feed, until time.Time) {
	e := h.entry(f)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.held = until
}

// heldBuild returns the build that is held, if one is.
func (h *handler) heldBuild(f feed) (build, bool) {
	e := h.entry(f)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.state.Built == nil || !h.now().Before(e.held) {
		return build{}, false
	}
	return *e.state.Built, true
}

// forget makes the next look read the shelf again.
func (h *handler) forget(f feed) {
	e := h.entry(f)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.loaded, e.held = false, time.Time{}
}
