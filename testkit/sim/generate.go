package sim

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"
)

// Generate yields n records as compact `cve` objects in NVD's order. The same
// seed and n give the same bytes; each body is the caller's to keep. From 100
// records on, one of them is about 700 KB.
func Generate(seed uint64, n int) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		a := author{seed}
		var room []byte
		for _, s := range newStates(seed, n, defaultNow) {
			room = a.body(room[:0], &s)
			if !yield(bytes.Clone(room)) {
				return
			}
		}
	}
}

// WriteFeeds writes the feeds of n records as they stand at now (zero =
// 2026-11-21T12:00:00Z) below dir as HOST/PATH, so that any static file server
// on dir is NVD's feed host: .json.gz and .meta for every year from 2002,
// modified and recent. It streams; memory does not grow with the bodies.
func WriteFeeds(ctx context.Context, dir string, seed uint64, n int, now time.Time) error {
	u := New(Options{Seed: seed, Records: n, Now: now})
	folder := filepath.Join(dir, hostFeeds, filepath.FromSlash(feedFolder))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("feeds: %w", err)
	}
	names := []string{"modified", "recent"}
	for _, year := range feedYears(u.now) {
		names = append(names, strconv.Itoa(year))
	}
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(runtime.GOMAXPROCS(0))
	for _, name := range names {
		work.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return u.writeFiles(folder, name)
		})
	}
	return work.Wait()
}

// writeFiles writes one feed: first the body, then the .meta that vouches for it.
func (u *Upstream) writeFiles(folder, name string) error {
	states, issued, _ := u.content(name)
	base := filepath.Join(folder, feedPrefix+name)
	f, err := os.Create(base + ".json.gz")
	if err != nil {
		return fmt.Errorf("feed %s: %w", name, err)
	}
	meta, err := writeEdition(f, name, u.author, states, issued)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.WriteFile(base+".meta", meta, 0o644)
	}
	if err != nil {
		return fmt.Errorf("feed %s: %w", name, err)
	}
	return nil
}
