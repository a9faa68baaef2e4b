package nvdupstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/format/nvd"
	"vulnmirror/source"
)

const (
	metaLimit = 4 << 10
	// feedTries bounds how often a feed and its .meta may be out of step.
	feedTries = 4
)

// Feed is a file that NVD makes anew now and then, with a .meta beside it.
type Feed struct {
	Name  string // for people, e.g. "2002"
	Stem  string // of the address, before .meta
	Ext   string // of the body, after the stem, e.g. ".json.gz"
	Path  string // in the archive
	Whole bool   // nothing leaves it but by mistake
	// Read proves the content and sums it up.
	Read func(nvd.Meta, io.Reader) (Summary, error)
}

// Absent reports a feed that upstream does not have.
type Absent struct{ Name, URL string }

func (e *Absent) Error() string {
	return fmt.Sprintf("feed %s: upstream has none (404 for %s)", e.Name, e.URL)
}

// Stamp says how far a feed reaches.
type Stamp struct {
	Made   time.Time // when upstream made it
	Newest time.Time // newest modification in it; zero when it was not read
}

// ReadMeta gets the .meta of a feed. Upstream may have none: *Absent.
func ReadMeta(ctx context.Context, up *fetch.Client, f Feed) (nvd.Meta, error) {
	url := f.Stem + ".meta"
	data, _, err := up.Read(ctx, fetch.Request{URL: url, Check: func(r io.Reader) error {
		data, err := io.ReadAll(r)
		if err == nil {
			_, err = nvd.ParseMeta(data)
		}
		return err
	}}, metaLimit)
	var status *fetch.StatusError
	if errors.As(err, &status) && status.Status == http.StatusNotFound {
		return nvd.Meta{}, &Absent{f.Name, url}
	}
	if err != nil {
		return nvd.Meta{}, fmt.Errorf("feed %s: %w", f.Name, err)
	}
	return nvd.ParseMeta(data)
}

// ErrOutOfStep reports that a body and its .meta are of different generations.
var ErrOutOfStep = errors.New("the feed is not the one its .meta describes")

// Update brings one feed up to date and says how far it reaches. It may be
// called side by side.
func (p *Pass) Update(ctx context.Context, f Feed) (Stamp, error) {
	for try := 1; ; try++ {
		meta, err := ReadMeta(ctx, p.Up, f)
		if err != nil {
			return Stamp{}, err
		}
		if held, ok := p.Run.Current(f.Path); ok {
			current, err := p.isCurrent(held, meta)
			if err != nil {
				return Stamp{}, err
			}
			if current {
				return p.heldStamp(f, held, meta)
			}
		}
		s, err := p.body(ctx, f, meta)
		if !errors.Is(err, ErrOutOfStep) || try == feedTries {
			return s, err
		}
	}
}

// isCurrent tells whether the feed held is the one meta describes.
func (p *Pass) isCurrent(held archive.File, meta nvd.Meta) (bool, error) {
	if held.ContentSHA256 == meta.SHA256 {
		return true, nil
	}
	// The .meta of an archive describes what is inside it.
	p.mu.Lock()
	stated := p.State.Stated[held.Path]
	p.mu.Unlock()
	if _, err := p.Run.Noted(noteStated+held.Path, &stated); err != nil {
		return false, err
	}
	return stated == meta.SHA256, nil
}

// noteStated begins the note that keeps State.Stated for a run not committed.
const noteStated = "stated "

// body downloads one feed and takes it in when it is what meta says.
func (p *Pass) body(ctx context.Context, f Feed, meta nvd.Meta) (Stamp, error) {
	url := f.Stem + f.Ext
	var content Summary
	var unfit error
	result, err := p.Up.Download(ctx, fetch.Request{URL: url, Resumable: true, Gzipped: true, Check: func(r io.Reader) error {
		content, unfit = f.Read(meta, r)
		if isA[*harmfulError](unfit) {
			return unfit
		}
		// Damage on the way shows when the rest is unpacked. What is unfit
		// though it arrived whole would be so again, and it may be large.
		return nil
	}}, p.Run.Part(f.Path))
	if err != nil {
		return Stamp{}, fmt.Errorf("feed %s: %w", f.Name, p.quarantine(f.Path, err))
	}
	if most := limitsFor(result.WireBytes).total; unfit == nil && result.ContentBytes > most {
		unfit = fmt.Errorf("its %d bytes unpack to %d, more than %d are not read", result.WireBytes, result.ContentBytes, most)
	}
	if unfit != nil {
		err := fmt.Errorf("feed %s: %w: %w", f.Name, source.ErrRefused, unfit)
		return Stamp{}, errors.Join(err, p.Run.Quarantine(f.Path, err.Error()))
	}
	if !described(meta, result, content) {
		err := fmt.Errorf("feed %s: %w (%d bytes, sha256 %s; .meta says %d, %s)", f.Name, ErrOutOfStep,
			result.ContentBytes, result.ContentSHA256, meta.Size, meta.SHA256)
		return Stamp{}, errors.Join(err, p.Run.Quarantine(f.Path, err.Error()))
	}
	if err := p.plausible(f, content); err != nil {
		return Stamp{}, errors.Join(err, p.Run.Quarantine(f.Path, err.Error()))
	}
	_, err = p.Run.Put(archive.File{
		Path: f.Path, URL: url, Encoding: result.Encoding,
		ContentBytes: result.ContentBytes, ContentSHA256: result.ContentSHA256, WireSHA256: result.WireSHA256,
		ETag: result.ETag, LastModified: result.LastModified, AsOf: meta.LastModified,
	})
	if err != nil {
		return Stamp{}, err
	}
	return Stamp{Made: meta.LastModified, Newest: content.Newest}, p.remember(f, meta, result.ContentSHA256, content)
}

func isA[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

// described tells whether meta describes the body received or, of an archive,
// the chunks in it one after the other, which is what NVD does.
func described(meta nvd.Meta, result fetch.Result, content Summary) bool {
	return meta.SHA256 == result.ContentSHA256 && meta.Size == result.ContentBytes ||
		meta.SHA256 == content.chunksSHA256 && meta.Size == content.chunksBytes
}

// remember keeps what the next pass compares with.
func (p *Pass) remember(f Feed, meta nvd.Meta, sha256 string, content Summary) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.State.Counts[f.Path] = content.Records
	if meta.SHA256 == sha256 {
		return nil
	}
	if p.State.Stated == nil {
		p.State.Stated = make(map[string]string)
	}
	p.State.Stated[f.Path] = meta.SHA256
	return p.Run.Note(noteStated+f.Path, meta.SHA256)
}

// plausible refuses a feed that lost much of what it had.
func (p *Pass) plausible(f Feed, content Summary) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.State.Counts[f.Path]
	if !f.Whole && content.Records == 0 && before > 0 {
		return fmt.Errorf("feed %s: %w: it is empty and had %d records before", f.Name, source.ErrRefused, before)
	}
	if f.Whole && float64(content.Records) < ShrinkLimit*float64(before) {
		return fmt.Errorf("feed %s: %w: it shrank from %d records to %d", f.Name, source.ErrRefused, before, content.Records)
	}
	return nil
}

// heldStamp reads how far a feed reaches that is held already. One that earlier
// runs brought was counted then.
func (p *Pass) heldStamp(f Feed, held archive.File, meta nvd.Meta) (Stamp, error) {
	s := Stamp{Made: meta.LastModified}
	if _, now := p.Run.Received(f.Path); p.Cursor.Complete && !now {
		return s, nil
	}
	content, err := p.Run.Open(held)
	if err != nil {
		return s, err
	}
	defer content.Close()
	sum, err := f.Read(meta, content)
	if err != nil {
		return s, fmt.Errorf("%s in the archive: %w", held.Filename, err)
	}
	s.Newest = sum.Newest
	return s, p.remember(f, meta, held.ContentSHA256, sum)
}
