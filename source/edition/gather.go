package edition

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
)

// together is how many files of an edition are asked for at once.
const together = 4

// Part is one file to be fetched.
type Part struct {
	Path string   // in the archive and for the reader
	URLs []string // where it can be had, the preferred place first
	// Header is sent along. Without it JSON is expected.
	Header http.Header
	// Gzipped says that the file is a .gz itself.
	Gzipped bool
	// Check proves the content, unpacked, as far as a look at it alone can.
	Check func(io.Reader) error
}

// Gathering is the files of an edition being fetched.
type Gathering struct {
	Up *fetch.Client
	// Held is the edition held, nil when there is none.
	Held *Edition

	run     *archive.Run
	mu      sync.Mutex
	members []Member
	missing []error
}

// Get brings a file up to date and makes it one of the edition. When no place
// has it, the error names them all.
func (g *Gathering) Get(ctx context.Context, p Part) error {
	var failures []error
	for _, url := range p.URLs {
		err := g.from(ctx, p, url)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		failures = append(failures, err)
	}
	return errors.Join(failures...)
}

// All is Get for many files, side by side. It ends with the first that cannot be
// had.
func (g *Gathering) All(ctx context.Context, parts []Part) error {
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(together)
	for _, p := range parts {
		group.Go(func() error { return g.Get(gctx, p) })
	}
	return group.Wait()
}

// Keep makes a file as held one of the edition, without asking for it; false when
// none is held.
func (g *Gathering) Keep(path string) bool {
	f, ok := g.run.Current(path)
	if ok {
		g.add(f)
	}
	return ok
}

// KeepAll makes all files of the edition held those of this one.
func (g *Gathering) KeepAll() bool {
	if g.Held == nil {
		return false
	}
	for _, m := range g.Held.Members {
		if !g.Keep(m.Path) {
			return false
		}
	}
	return true
}

// Miss notes that a file could not be had: the one held stays in the edition, if
// there is one, and the run counts as incomplete.
func (g *Gathering) Miss(path string, err error) {
	g.Keep(path)
	g.mu.Lock()
	g.missing = append(g.missing, err)
	g.mu.Unlock()
}

// Open returns the content of a file of the edition.
func (g *Gathering) Open(path string) (io.ReadCloser, error) {
	f, ok := g.run.Current(path)
	if !ok {
		return nil, fmt.Errorf("%s was not fetched", path)
	}
	return g.run.Open(f)
}

func (g *Gathering) add(f archive.File) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.members = append(g.members, Member{Path: f.Path, Filename: f.Filename, SHA256: f.ContentSHA256, URL: f.URL})
}

// from brings a file up to date from one place.
func (g *Gathering) from(ctx context.Context, p Part, url string) error {
	request := fetch.Request{URL: url, Resumable: true, Gzipped: p.Gzipped, Header: p.Header, Check: p.Check}
	held, isHeld := g.run.Current(p.Path)
	if isHeld && held.URL == url {
		request.ETag, request.LastModified = held.ETag, held.LastModified
	}
	got, err := g.Up.Download(ctx, request, g.run.Part(p.Path))
	if errors.Is(err, fetch.ErrNotModified) {
		g.add(held)
		return nil
	}
	var bad *fetch.ContentError
	if errors.As(err, &bad) {
		err = fmt.Errorf("%w: %w", source.ErrRefused, err)
		if bad.Part != "" {
			err = errors.Join(err, g.run.QuarantineFile(archive.File{Path: p.Path, URL: url}, bad.Reason.Error()))
		}
	}
	if err != nil {
		return err
	}
	f, err := g.run.Put(archive.File{
		Path: p.Path, Encoding: got.Encoding, URL: url, ETag: got.ETag, LastModified: got.LastModified,
		ContentBytes: got.ContentBytes, ContentSHA256: got.ContentSHA256, WireSHA256: got.WireSHA256,
	})
	if err != nil {
		return err
	}
	g.add(f)
	return nil
}

// edition is what was gathered.
func (g *Gathering) edition(way string) *Edition {
	slices.SortFunc(g.members, func(a, b Member) int { return strings.Compare(a.Path, b.Path) })
	g.members = slices.CompactFunc(g.members, func(a, b Member) bool { return a.Path == b.Path })
	return &Edition{Way: way, Members: g.members}
}
