package feeds

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// Store is what feeds are built from; every store.Store is one. Each build
// reads one snapshot.
type Store interface {
	Snapshot(ctx context.Context) (store.Snapshot, error)
}

// Options say how feeds are served.
type Options struct {
	// Dir is the cache folder. It is made when needed and may be emptied at any
	// time. One process at a time should use it; a second one does no harm but
	// builds some feeds twice.
	Dir string
	// Sources names the sources that supply the records of each kind; answers
	// begin when one of them has completed its first load. nil means any source.
	Sources map[vuln.Kind][]string
	// Enabled names the sources that are kept up to date; nil means all. Feeds of
	// what none of them supplies and never was loaded do not exist; others are
	// waited for.
	Enabled []string
	// Converted also puts records made from older formats into the feeds.
	Converted bool
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Logger hears of feeds built and of failures; nil means slog.Default.
	Logger *slog.Logger
}

const (
	// buildsAtOnce bounds how many feeds are compressed at the same time.
	buildsAtOnce = 2
	// pairHold is how long a .gz or .zip stays the one that its .meta, just
	// served, speaks of, although the store has moved on. A client that wants
	// both asks for the second at once.
	pairHold = 2 * time.Second
)

// The reasons for not having a feed that are no failures.
var (
	errNoFeed  = errors.New("no such feed")
	errLoading = errors.New("the first complete load has not finished")
	errAbsent  = errors.New("records of this kind are not kept here")
)

// New returns a handler for the folders below /feeds/; the package
// comment describes them. Feeds are built when they are asked for, once for
// all who wait, and kept in o.Dir. It answers 404 for any other path, 503 with
// Retry-After before the first complete load and when the store fails.
func New(from Store, o Options) http.Handler {
	h := &handler{
		from:    from,
		dir:     o.Dir,
		sources: o.Sources,
		enabled: o.Enabled,
		now:     o.Now,
		log:     o.Logger,
		folders: folders(!o.Converted),
		feeds:   map[string]*entry{},
		slots:   make(chan struct{}, buildsAtOnce),
	}
	if h.now == nil {
		h.now = time.Now
	}
	if h.log == nil {
		h.log = slog.Default()
	}
	return h
}

type handler struct {
	from    Store
	dir     string
	sources map[vuln.Kind][]string
	enabled []string
	now     func() time.Time
	log     *slog.Logger
	folders []folder

	flights singleflight.Group
	slots   chan struct{} // one element for each build under way

	mu    sync.Mutex
	feeds map[string]*entry // by feed.key
}

// entry is what is known of one feed. Its lock is held while the store is
// asked, so that answers are taken in the order of the snapshots.
type entry struct {
	mu     sync.Mutex
	loaded bool
	state  state
	held   time.Time // until then the build answers without asking the store
}

func (h *handler) entry(f feed) *entry {
	h.mu.Lock()
	defer h.mu.Unlock()
	e, ok := h.feeds[f.key()]
	if !ok {
		e = &entry{}
		h.feeds[f.key()] = e
	}
	return e
}

func (h *handler) shelf(f feed) shelf {
	return shelf(filepath.Join(h.dir, filepath.FromSlash(f.key())))
}
