package nvdcve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/format/nvd"
	"vulnmirror/source"
)

// modified is the feed of what changed in the last eight days.
const modified = "modified"

const (
	metaLimit = 4 << 10
	// feedTries bounds how often a feed and its .meta may be out of step.
	feedTries = 4
	// shrinkLimit is the smallest share of its former records a year's feed may
	// have; NVD marks records rejected, it does not take them away.
	shrinkLimit = 0.9
)

func feedPath(name string) string { return "feeds/nvdcve-2.0-" + name + ".json.gz" }

func bodyURL(name string) string { return feedURL + "nvdcve-2.0-" + name + ".json.gz" }

// feeds brings every wanted year and the modified feed up to date. What cannot
// be had is noted and the others go on.
func (p *pass) feeds(ctx context.Context) error {
	years := p.years()
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	stamps, failures := make([]time.Time, len(years)), make([]error, len(years))
	for i, year := range years {
		group.Go(func() error {
			s, err := p.feed(gctx, strconv.Itoa(year))
			stamps[i], failures[i] = s.newest, err
			return context.Cause(gctx)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	p.missing = append(p.missing, gather(failures)...)
	// modified comes last: it covers what the years lack since they were made.
	recent, err := p.feed(ctx, modified)
	if err := p.tolerate(ctx, err); err != nil {
		return err
	}
	var newest time.Time
	for i, year := range years {
		if failures[i] == nil {
			p.addYear(year)
			newest = latest(newest, stamps[i])
		}
	}
	switch {
	case !p.hadAll(failures):
	case err == nil:
		p.cursor.Complete = true
		p.advance(recent.newest, recent.made)
	case !p.cursor.Complete:
		// Without modified, files of different nights may leave a gap; its
		// length is bounded by what modified would have covered.
		p.advance(newest.Add(-8*24*time.Hour), time.Time{})
	}
	return nil
}

// hadAll tells whether every feed that could be had was had. When feeds are the
// only way allowed, a year that upstream does not have cannot be had at all: it
// fails the run, but what upstream has is then a complete load.
func (p *pass) hadAll(failures []error) bool {
	for _, err := range failures {
		var a *absent
		if err != nil && (p.Method != "feeds" || !errors.As(err, &a)) {
			return false
		}
	}
	return len(p.state.Years) > 0
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// tolerate notes err and lets the others go on, unless the run was stopped.
func (p *pass) tolerate(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	p.missing = append(p.missing, err)
	return nil
}

func (p *pass) addYear(year int) {
	for _, y := range p.state.Years {
		if y == year {
			return
		}
	}
	p.state.Years = append(p.state.Years, year)
}

// stamp says how far a feed reaches.
type stamp struct {
	made   time.Time // when upstream made it
	newest time.Time // newest lastModified in it; zero when it was not read
}

// feed brings one feed up to date and says how far it reaches.
func (p *pass) feed(ctx context.Context, name string) (stamp, error) {
	path := feedPath(name)
	for try := 1; ; try++ {
		meta, err := readMeta(ctx, p.up, name)
		if err != nil {
			return stamp{}, err
		}
		if held, ok := p.run.Current(path); ok && held.ContentSHA256 == meta.SHA256 {
			return p.heldStamp(held, meta)
		}
		s, err := p.body(ctx, name, meta)
		if !errors.Is(err, errOutOfStep) || try == feedTries {
			return s, err
		}
	}
}

func readMeta(ctx context.Context, up *fetch.Client, name string) (nvd.Meta, error) {
	url := feedURL + "nvdcve-2.0-" + name + ".meta"
	data, _, err := up.Read(ctx, fetch.Request{URL: url, Check: func(r io.Reader) error {
		data, err := io.ReadAll(r)
		if err == nil {
			_, err = nvd.ParseMeta(data)
		}
		return err
	}}, metaLimit)
	var status *fetch.StatusError
	if errors.As(err, &status) && status.Status == http.StatusNotFound {
		return nvd.Meta{}, &absent{name, url}
	}
	if err != nil {
		return nvd.Meta{}, fmt.Errorf("feed %s: %w", name, err)
	}
	return nvd.ParseMeta(data)
}

// errOutOfStep: a body and its .meta are of different generations.
var errOutOfStep = errors.New("the feed is not the one its .meta describes")

// body downloads one feed and takes it in when it is what meta says.
func (p *pass) body(ctx context.Context, name string, meta nvd.Meta) (stamp, error) {
	path, url := feedPath(name), bodyURL(name)
	var content summary
	result, err := p.up.Download(ctx, fetch.Request{URL: url, Resumable: true, Gzipped: true, Check: func(r io.Reader) (err error) {
		content, err = summarise(r)
		return err
	}}, p.run.Part(path))
	if err != nil {
		return stamp{}, fmt.Errorf("feed %s: %w", name, p.quarantine(path, err))
	}
	if result.ContentSHA256 != meta.SHA256 || result.ContentBytes != meta.Size {
		err := fmt.Errorf("%w (%d bytes, sha256 %s; .meta says %d, %s)", errOutOfStep,
			result.ContentBytes, result.ContentSHA256, meta.Size, meta.SHA256)
		return stamp{}, errors.Join(err, p.run.Quarantine(path, err.Error()))
	}
	if err := p.plausible(name, content); err != nil {
		return stamp{}, errors.Join(err, p.run.Quarantine(path, err.Error()))
	}
	_, err = p.run.Put(archive.File{
		Path: path, URL: url, Encoding: result.Encoding,
		ContentBytes: result.ContentBytes, ContentSHA256: result.ContentSHA256, WireSHA256: result.WireSHA256,
		ETag: result.ETag, LastModified: result.LastModified, AsOf: meta.LastModified,
	})
	if err != nil {
		return stamp{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Counts[path] = content.records
	return stamp{made: meta.LastModified, newest: content.newest}, nil
}

// plausible refuses a feed that lost much of what it had.
func (p *pass) plausible(name string, content summary) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.state.Counts[feedPath(name)]
	if name == modified && content.records == 0 && before > 0 {
		return fmt.Errorf("feed %s: %w: it is empty and had %d records before", name, source.ErrRefused, before)
	}
	if name != modified && float64(content.records) < shrinkLimit*float64(before) {
		return fmt.Errorf("feed %s: %w: it shrank from %d records to %d", name, source.ErrRefused, before, content.records)
	}
	return nil
}

// heldStamp reads how far a feed reaches that is held already.
func (p *pass) heldStamp(held archive.File, meta nvd.Meta) (stamp, error) {
	s := stamp{made: meta.LastModified}
	if p.cursor.Complete {
		return s, nil // it was counted when it came
	}
	content, err := p.run.Open(held)
	if err != nil {
		return s, err
	}
	defer content.Close()
	sum, err := summarise(content)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Counts[held.Path] = sum.records
	s.newest = sum.newest
	return s, err
}
