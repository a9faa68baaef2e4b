package msrc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
)

// folder holds the documents in the archive.
const folder = "cvrf/"

// believedAfter is how often the same shrunken document must come to be
// believed.
const believedAfter = 5

// addressOf is where a document is, as long as operators have no other place.
func addressOf(id string) string { return strings.ReplaceAll(document.URL, "{id}", id) }

// document brings one document up to date. What is wrong with it is noted; an
// error ends the run.
func (p *pass) document(ctx context.Context, w wanted) error {
	file := archive.File{Path: folder + w.kept, URL: p.up.At(document, "id", w.id)}
	if f, ok := p.run.Received(file.Path); ok {
		return p.reread(w, f)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if p.givesUp(w) {
		return nil
	}
	req := fetch.Request{URL: file.URL, Header: http.Header{"Accept": {"application/xml"}}}
	before, isHeld := p.run.Current(file.Path)
	if isHeld && !w.anew {
		req.ETag, req.LastModified = before.ETag, before.LastModified
	}
	var got proof
	req.Check = func(r io.Reader) (err error) {
		if got, err = prove(r); err == nil {
			err = got.answers(w)
		}
		return err
	}
	result, err := p.up.Download(ctx, req, p.run.Part(file.Path))
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	p.answered(err)
	switch {
	case errors.Is(err, fetch.ErrNotModified):
		p.confirm(w)
		return nil
	case isAbsent(err) && w.listed == "":
		return nil
	case isAbsent(err):
		err = fmt.Errorf("the index names it, and upstream has none: %w", err)
	}
	if err != nil {
		p.miss(fmt.Errorf("document %s: %w", w.id, p.quarantine(file, err)))
		return nil
	}
	if doubt := p.doubt(w, got, result.ContentSHA256); doubt != nil {
		p.miss(fmt.Errorf("document %s: %w: %s: %w", w.id, source.ErrRefused, file.URL, doubt))
		return p.run.QuarantineFile(file, doubt.Error())
	}
	if !isHeld || before.ContentSHA256 != result.ContentSHA256 {
		if _, err := p.run.Put(received(file, result)); err != nil {
			return err
		}
	}
	p.note(w, got)
	return nil
}

func isAbsent(err error) bool {
	var status *fetch.StatusError
	return errors.As(err, &status) && (status.Status == http.StatusNotFound || status.Status == http.StatusGone)
}

// reread takes in again what the run received before it was interrupted.
func (p *pass) reread(w wanted, f archive.File) error {
	content, err := p.run.Open(f)
	if err != nil {
		return err
	}
	defer content.Close()
	got, err := prove(content)
	if err != nil {
		return fmt.Errorf("%s in the archive: %w", f.Filename, err)
	}
	p.note(w, got)
	return nil
}

// doubt says why a document is not believed although it is whole: it lost much
// of what it had. The revision held is doubted no longer when it comes again.
func (p *pass) doubt(w wanted, got proof, sha256 string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	h, isHeld := p.state.Documents[w.kept]
	if !isHeld || !got.shrank(h.Vulnerabilities) {
		return nil
	}
	if h.Doubted != sha256 {
		h.Doubted, h.Doubts = sha256, 0
	}
	h.Doubts++
	p.state.Documents[w.kept] = h
	if h.Doubts >= believedAfter {
		return nil
	}
	return fmt.Errorf("it shrank from %d vulnerabilities to %d, and came so %d of the %d times after which it is believed",
		h.Vulnerabilities, got.vulnerabilities, h.Doubts, believedAfter)
}

// note enters a document that is held now.
func (p *pass) note(w wanted, got proof) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := held{Listed: w.listed, Date: got.release.Date, Vulnerabilities: got.vulnerabilities}
	announced := moment(w.listed)
	if !announced.IsZero() && !announced.Equal(h.Date) {
		h.Behind = 1
		if before := p.state.Documents[w.kept]; sameDate(before.Listed, w.listed) {
			h.Behind = before.Behind + 1
		}
	}
	p.state.Documents[w.kept] = h
}

// confirm enters that a document is still the one held.
func (p *pass) confirm(w wanted) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.state.Documents[w.kept]
	h.Doubted, h.Doubts = "", 0
	if h.Behind > 0 && h.Behind < asksWhenBehind {
		h.Behind++
	}
	p.state.Documents[w.kept] = h
}
