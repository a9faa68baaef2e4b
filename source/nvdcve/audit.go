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
	"vulnmirror/format/nvd"
	"vulnmirror/source"
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
	out := &source.Upstream{
		Records: make(map[string]source.Seen), Whole: make(map[int]time.Time), Total: -1,
	}
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
		if err := feed.into(out); err != nil {
			out.Unchecked = append(out.Unchecked, fmt.Sprintf("feed %s: %v", feed.name, err))
			continue
		}
		if feed.year != 0 {
			out.Whole[feed.year] = feed.made
		}
	}
	s.total(ctx, up, out)
	return out, ctx.Err()
}

// locate finds a feed in the archive when that is what upstream has, or
// fetches it.
func (s *Source) locate(ctx context.Context, up *fetch.Client, tree *archive.Tree, m archive.Manifest, scratch, name string) (listed, error) {
	feed := listed{name: name}
	feed.year, _ = strconv.Atoi(name)
	meta, err := readMeta(ctx, up, name)
	if err != nil {
		return feed, err
	}
	feed.made = meta.LastModified
	for _, f := range m.Files {
		if f.Path == feedPath(name) && f.ContentSHA256 == meta.SHA256 {
			feed.open = func() (io.ReadCloser, error) { return archive.OpenContent(tree.FS(), f.Filename) }
			return feed, nil
		}
	}
	part := filepath.Join(scratch, "nvdcve-2.0-"+name+".json.gz")
	result, err := up.Download(ctx, fetch.Request{URL: bodyURL(name), Resumable: true, Gzipped: true}, part)
	if err != nil {
		return feed, fmt.Errorf("feed %s: %w", name, err)
	}
	if result.ContentSHA256 != meta.SHA256 {
		return feed, fmt.Errorf("feed %s: %w; audit again in a while", name, errOutOfStep)
	}
	feed.open = func() (io.ReadCloser, error) {
		return archive.OpenContent(os.DirFS(scratch), filepath.Base(part))
	}
	return feed, nil
}

// into adds the feed's records, the newest version of each winning.
func (f listed) into(out *source.Upstream) error {
	content, err := f.open()
	if err != nil {
		return err
	}
	defer content.Close()
	reader := nvd.NewReader(content)
	for {
		body, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		id, changed, err := nvd.Identify(nvd.FormatCVE, body)
		if err != nil {
			out.Unchecked = append(out.Unchecked, fmt.Sprintf("feed %s record %d: %v", f.name, reader.Count(), err))
			continue
		}
		if before, ok := out.Records[id]; ok && before.Modified.After(changed) {
			continue
		}
		out.Records[id] = source.Seen{Modified: changed, Hash: vuln.ContentHash(body)}
	}
}

// total asks the API how many records there are, when every year is wanted.
func (s *Source) total(ctx context.Context, up *fetch.Client, out *source.Upstream) {
	if s.Method == "feeds" || len(s.Years) > 0 {
		out.Unchecked = append(out.Unchecked, "API total: not asked, because nvd.method is feeds or nvd.years is set")
		return
	}
	var header nvd.Header
	_, _, err := up.Read(ctx, fetch.Request{URL: apiURL + "?resultsPerPage=1", Check: func(r io.Reader) error {
		sum, err := summarise(r)
		header = sum.header
		return err
	}}, 4<<20)
	if err != nil {
		out.Unchecked = append(out.Unchecked, "API total: "+err.Error())
		return
	}
	out.Total = header.TotalResults
}
