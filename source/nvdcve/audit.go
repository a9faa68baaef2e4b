package nvdcve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
	"vulnmirror/source/nvdupstream"
	"vulnmirror/vuln"
)

// listed is a feed as upstream has it now.
type listed struct {
	name string
	year int // 0 for modified
	made time.Time
	open func() (io.ReadCloser, error)
}

// Audit lists every record of the wanted year feeds and of modified, and asks
// the API for its total.
func (s *Source) Audit(ctx context.Context, up *fetch.Client, tree *archive.Tree, scratch string) (*source.Upstream, error) {
	whole := make(map[int]time.Time) // feed years
	out := &source.Upstream{Records: make(map[string]source.Seen), Total: -1, Whole: func(id string) (time.Time, bool) {
		made, ok := whole[vuln.FeedYear(id)]
		return made, ok
	}}
	manifest, err := tree.Manifest()
	if err != nil {
		return nil, err
	}
	var feeds []listed
	var failures []error
	names := []string{modified}
	for _, year := range s.years() {
		names = append(names, strconv.Itoa(year))
	}
	for _, name := range names {
		feed, err := s.locate(ctx, up, tree, manifest, scratch, name)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			failures = append(failures, err)
			continue
		}
		feeds = append(feeds, feed)
	}
	failures = gather(failures)
	if len(feeds) == 0 {
		return nil, fmt.Errorf("no feed could be had to compare with: %w", errors.Join(failures...))
	}
	for _, err := range failures {
		out.Unchecked = append(out.Unchecked, err.Error())
	}
	// Feeds made later overrule earlier ones where lastModified is equal.
	slices.SortStableFunc(feeds, func(a, b listed) int { return a.made.Compare(b.made) })
	for _, feed := range feeds {
		content, err := feed.open()
		if err := collection.SeeDocument(out, "feed "+feed.name, content, err); err != nil {
			out.Unchecked = append(out.Unchecked, fmt.Sprintf("feed %s: %v", feed.name, err))
			continue
		}
		if feed.year != 0 {
			whole[feed.year] = feed.made
		}
	}
	if s.Method == "feeds" || len(s.Years) > 0 {
		out.Unchecked = append(out.Unchecked, "API total: not asked, because nvd.method is feeds or nvd.years is set")
	} else {
		collection.SeeTotal(ctx, up, out)
	}
	return out, ctx.Err()
}

// locate finds a feed in the archive when that is what upstream has, or
// fetches it.
func (s *Source) locate(ctx context.Context, up *fetch.Client, tree *archive.Tree, m archive.Manifest, scratch, name string) (listed, error) {
	at := feed(collection.At(up).FeedBase, name)
	out := listed{name: name}
	out.year, _ = strconv.Atoi(name)
	meta, err := nvdupstream.ReadMeta(ctx, up, at)
	if err != nil {
		return out, err
	}
	out.made = meta.LastModified
	for _, f := range m.Files {
		if f.Path == at.Path && f.ContentSHA256 == meta.SHA256 {
			out.open = func() (io.ReadCloser, error) { return archive.OpenContent(tree.FS(), f.Filename) }
			return out, nil
		}
	}
	part := filepath.Join(scratch, filepath.Base(at.Path))
	result, err := up.Download(ctx, fetch.Request{URL: at.Stem + at.Ext, Resumable: true, Gzipped: true}, part)
	if err != nil {
		return out, fmt.Errorf("feed %s: %w", name, err)
	}
	if result.ContentSHA256 != meta.SHA256 {
		return out, fmt.Errorf("feed %s: %w; audit again in a while", name, nvdupstream.ErrOutOfStep)
	}
	out.open = func() (io.ReadCloser, error) {
		return archive.OpenContent(os.DirFS(scratch), filepath.Base(part))
	}
	return out, nil
}
