package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// How many records a chunk of a large archive has.
const (
	namesPerChunk    = 10_000
	criteriaPerChunk = 4_000
)

// WriteArchives writes nvdcpe-2.0.tar.gz with so many CPE names and
// nvdcpematch-2.0.tar.gz with so many match criteria, with their .meta, below dir
// as HOST/PATH. A count of 0 leaves that archive out. Names and criteria are of
// the same products, which are not those of the CVE records; a criterion lists
// every name it holds, also where names are left out. now (zero =
// 2026-11-21T12:00:00Z) is when they are issued. Memory is eight bytes a record
// and a few chunks.
func WriteArchives(ctx context.Context, dir string, seed uint64, names, criteria int, now time.Time) error {
	if now.IsZero() {
		now = defaultNow
	}
	b := newBulk(seed, names, criteria, now.UTC().Truncate(time.Millisecond))
	issued := issueTime(b.now, time.Time{})
	for _, c := range []collected{
		{&archives[0], issued, len(b.names), namesPerChunk, b.appendName},
		{&archives[1], issued, len(b.criteria), criteriaPerChunk, b.appendCriterion},
	} {
		if c.total == 0 {
			continue
		}
		if err := c.writeFiles(ctx, dir); err != nil {
			return err
		}
	}
	return nil
}

// writeFiles writes first the body, then the .meta that vouches for it.
func (c *collected) writeFiles(ctx context.Context, dir string) error {
	folder := filepath.Join(dir, hostFeeds, filepath.FromSlash(c.folder))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("archive %s: %w", c.name, err)
	}
	base := filepath.Join(folder, c.name)
	var meta []byte
	err := create(base+".tar.gz", func(out io.Writer) (err error) {
		meta, err = c.write(ctx, out)
		return err
	})
	if err == nil {
		err = os.WriteFile(base+".meta", meta, 0o644)
	}
	if err != nil {
		return fmt.Errorf("archive %s: %w", c.name, err)
	}
	return nil
}

// create makes a file of what write writes.
func create(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}
