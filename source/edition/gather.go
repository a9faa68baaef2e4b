package edition

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
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
	Path string   // in the archive and for the reader; .gz at its end says that the file is packed itself
	URLs []string // where it can be had, the preferred place first
	// Header is sent along. Without it JSON is expected.
	Header http.Header
	// Anew says that the file held is known to be outdated, so that upstream is not
	// believed when it answers that nothing was modified.
	Anew bool
	// Check proves the content, unpacked, as far as a look at it alone can.
	Check func(io.Reader) error
}

// Gathering is the files of an edition being fetched. It is safe for concurrent
// use.
type Gathering struct {
	Up *fetch.Client
	// Held is the edition held, nil when there is none.
	Held *Edition

	run     *archive.Run
	mu      sync.Mutex
	members map[string]Member
	missing []error
	notes   []string
}

// Get brings a file up to date and makes it one of the edition. That a place
// other than the first served is noted. When none has it, the error names them
// all.
func (g *Gathering) Get(ctx context.Context, p Part) error {
	var failures []error
	for _, url := range p.URLs {
		err := g.from(ctx, p, url)
		if err == nil {
			if len(failures) > 0 {
				g.Note(fmt.Sprintf("%s is from %s, since: %v", p.Path, url, errors.Join(failures...)))
			}
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

// GetOne is a Way.Gather for editions that are one file, which is at any of the
// locations.
func GetOne(path string, check func(io.Reader) error, header http.Header, locations ...fetch.Location) func(context.Context, *Gathering) error {
	return func(ctx context.Context, g *Gathering) error {
		p := Part{Path: path, Header: header, Check: check}
		for _, l := range locations {
			p.URLs = append(p.URLs, g.Up.At(l))
		}
		return g.Get(ctx, p)
	}
}

// Keep makes a file of the edition held one of this edition, without asking for
// it; false when none is held.
func (g *Gathering) Keep(path string) bool {
	if g.Held == nil {
		return false
	}
	i := slices.IndexFunc(g.Held.Members, func(m Member) bool { return m.Path == path })
	if i >= 0 {
		g.add(g.Held.Members[i])
	}
	return i >= 0
}

// KeepAll makes all files of the edition held those of this one.
func (g *Gathering) KeepAll() bool {
	if g.Held == nil {
		return false
	}
	for _, m := range g.Held.Members {
		g.add(m)
	}
	return true
}

// Unchanged tells whether a file of the edition is the one of the edition held.
func (g *Gathering) Unchanged(path string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.Held != nil && slices.Contains(g.Held.Members, g.members[path])
}

// Miss notes that a file could not be had: the one held stays, if there is one,
// and the run counts as incomplete. It is for files that mean something without
// the others.
func (g *Gathering) Miss(path string, err error) {
	// A run that was cut short may have a newer one than the edition held.
	if f, ok := g.run.Received(path); ok {
		g.add(memberOf(f))
	} else {
		g.Keep(path)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.missing = append(g.missing, err)
}

// Note leaves a remark for operators about how the edition was had, which does
// not make the run fail.
func (g *Gathering) Note(remark string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.notes = append(g.notes, strings.ReplaceAll(remark, "\n", "; "))
}

// Open returns the content of a file that is one of the edition by now.
func (g *Gathering) Open(path string) (io.ReadCloser, error) {
	g.mu.Lock()
	m, ok := g.members[path]
	g.mu.Unlock()
	if !ok {
		return nil, fmt.Errorf("%s was not fetched", path)
	}
	return g.run.Open(archive.File{Filename: m.Filename})
}

func (g *Gathering) add(m Member) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.members == nil {
		g.members = make(map[string]Member)
	}
	g.members[m.Path] = m
}

func memberOf(f archive.File) Member {
	return Member{Path: f.Path, Filename: f.Filename, SHA256: f.ContentSHA256, URL: f.URL}
}

// from brings a file up to date from one place.
func (g *Gathering) from(ctx context.Context, p Part, url string) error {
	request := fetch.Request{URL: url, Resumable: true, Gzipped: strings.HasSuffix(p.Path, ".gz"), Header: p.Header, Check: p.Check}
	held, isHeld := g.run.Current(p.Path)
	if isHeld && held.URL == url && !p.Anew {
		request.ETag, request.LastModified = held.ETag, held.LastModified
	}
	got, err := g.Up.Download(ctx, request, g.run.Part(p.Path))
	if errors.Is(err, fetch.ErrNotModified) {
		g.add(memberOf(held))
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
	g.add(memberOf(f))
	return nil
}

// edition is what was gathered.
func (g *Gathering) edition(way string) *Edition {
	e := &Edition{Way: way}
	for _, path := range slices.Sorted(maps.Keys(g.members)) {
		e.Members = append(e.Members, g.members[path])
	}
	return e
}
