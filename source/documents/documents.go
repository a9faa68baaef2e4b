// Package documents is how upstreams are asked that publish every record, or
// every few, at an address of its own: what was received is not asked for again
// after a kill, what does not prove itself goes to the quarantine, and what
// cannot be had is named while the rest goes on.
package documents

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"sync"
	"time"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
)

// Document is one file that upstream has.
type Document struct {
	Path   string // in the archive
	URL    string
	Header http.Header // sent along
	// ETag and LastModified are of what is held, when nothing else is wanted.
	ETag, LastModified string
	// Check reads the content and proves it.
	Check func(content io.Reader) error
	// AsOf is upstream's time of the content, asked after Check; nil or zero
	// means when the server answered, by its clock if it tells.
	AsOf func() time.Time
}

// Pass is one fetch at work. Its methods may be called side by side.
type Pass struct {
	Up  *fetch.Client
	Run *archive.Run

	mu       sync.Mutex
	answered bool
	missing  []error
}

// NewPass begins to fetch into run.
func NewPass(up *fetch.Client, run *archive.Run) *Pass { return &Pass{Up: up, Run: run} }

// Unavailable says that upstream does not give a document, now or at all.
type Unavailable struct {
	// Alone: it is about this document, as others may well be had.
	Alone bool
	Err   error
}

func (e *Unavailable) Error() string { return e.Err.Error() }

// Unwrap gives the reason.
func (e *Unavailable) Unwrap() error { return e.Err }

// Get takes a document into the run, unless an earlier process has done so. Its
// error is an *Unavailable, or else nothing further can be done.
func (p *Pass) Get(ctx context.Context, d Document) (archive.File, error) {
	if f, ok := p.Run.Received(d.Path); ok {
		return f, nil
	}
	result, err := p.Download(ctx, d)
	if err != nil {
		return archive.File{}, err
	}
	return p.Take(d, result)
}

// Download brings a document to its part in the run. It is for Take, or to be
// left there. The error is fetch.ErrNotModified, or as of Get.
func (p *Pass) Download(ctx context.Context, d Document) (fetch.Result, error) {
	result, err := p.Up.Download(ctx, fetch.Request{
		URL: d.URL, Header: d.Header, ETag: d.ETag, LastModified: d.LastModified, Check: d.Check,
	}, p.Run.Part(d.Path))
	if err == nil || errors.Is(err, fetch.ErrNotModified) {
		p.mu.Lock()
		p.answered = true
		p.mu.Unlock()
		return result, err
	}
	return result, p.failed(ctx, d, err)
}

// failed tells what an error of a download means, and keeps a body that would
// not prove itself for a person to look at.
func (p *Pass) failed(ctx context.Context, d Document, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var bad *fetch.ContentError
	var status *fetch.StatusError
	switch {
	case errors.As(err, &bad):
		if bad.Part != "" {
			if moved := p.Run.QuarantineFile(archive.File{Path: d.Path, URL: d.URL}, bad.Reason.Error()); moved != nil {
				return errors.Join(err, moved)
			}
		}
		return &Unavailable{Alone: true, Err: fmt.Errorf("%w: %w", source.ErrRefused, err)}
	case errors.As(err, &status):
		return &Unavailable{Alone: status.Status == http.StatusNotFound || status.Status == http.StatusGone, Err: err}
	case errors.As(err, new(*fs.PathError)):
		return err
	}
	return &Unavailable{Err: err}
}

// Refuse takes a document that was downloaded to the quarantine. Its error says
// why, as that of Get.
func (p *Pass) Refuse(d Document, reason error) error {
	if err := p.Run.QuarantineFile(archive.File{Path: d.Path, URL: d.URL}, reason.Error()); err != nil {
		return err
	}
	return &Unavailable{Alone: true, Err: fmt.Errorf("%w: GET %s: %w", source.ErrRefused, d.URL, reason)}
}

// Take puts a document that was downloaded into the run.
func (p *Pass) Take(d Document, result fetch.Result) (archive.File, error) {
	asOf := result.Date
	if asOf.IsZero() {
		asOf = p.Run.Started()
	}
	if d.AsOf != nil && !d.AsOf().IsZero() {
		asOf = d.AsOf()
	}
	return p.Run.Put(archive.File{
		Path: d.Path, URL: d.URL, Encoding: result.Encoding, ETag: result.ETag, LastModified: result.LastModified,
		ContentBytes: result.ContentBytes, ContentSHA256: result.ContentSHA256, WireSHA256: result.WireSHA256,
		AsOf: asOf,
	})
}

// Write puts a file of our own into the run: what of the received belongs
// together, as JSON.
func (p *Pass) Write(path, url string, asOf time.Time, content any) (archive.File, error) {
	var data bytes.Buffer
	enc := json.NewEncoder(&data)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(content); err != nil {
		return archive.File{}, err
	}
	if err := os.WriteFile(p.Run.Part(path), data.Bytes(), 0o644); err != nil {
		return archive.File{}, err
	}
	return p.Run.Put(archive.File{Path: path, URL: url + "#" + path, AsOf: asOf})
}

// Read decodes JSON of the run or the archive.
func (p *Pass) Read(f archive.File, into any) error {
	content, err := p.Run.Open(f)
	if err != nil {
		return err
	}
	defer content.Close()
	if err := json.NewDecoder(content).Decode(into); err != nil {
		return fmt.Errorf("%s in the archive: %w", f.Filename, err)
	}
	return nil
}
