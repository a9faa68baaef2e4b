package fetch

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"time"

	"vulnmirror/progress"
)

// transfer gets one body, in one or more attempts.
type transfer struct {
	client  *Client
	req     Request
	body    body
	sidecar string // file that says what a partial body is part of; "" when not resumable
	limit   int64  // of content bytes

	partial  *state // what body is the beginning of; nil: nothing worth continuing
	distrust bool   // the last body was bad: ask caches to look anew

	begun    time.Time
	attempts int
	trip     *trip

	task  progress.Task
	shown int64 // what task was told
}

// resume finds out what an earlier process left.
func (t *transfer) resume() error {
	if t.sidecar != "" && t.body.size() > 0 {
		left, err := loadState(t.sidecar)
		if err != nil {
			return err
		}
		if left != nil && left.URL == t.req.URL && left.ifRange() != "" && (left.Total < 0 || t.body.size() <= left.Total) {
			t.partial = left
			return nil
		}
	}
	return t.drop()
}

// drop forgets the partial body.
func (t *transfer) drop() error {
	t.partial = nil
	t.advance(-t.shown)
	if t.sidecar != "" {
		if err := removeState(t.sidecar); err != nil {
			return err
		}
	}
	return t.body.reset()
}

func (t *transfer) attempt(ctx context.Context) (Result, error) {
	if p := t.partial; p != nil && p.Total == t.body.size() {
		return t.proveHeld(ctx)
	}
	// Proving comes after the exchange is over: a body being unpacked needs
	// neither the connection nor a place among the requests under way.
	result, err := t.exchange(ctx)
	if err != nil {
		return result, err
	}
	return t.finish(ctx, *t.partial, result.Status)
}

// exchange sends a request and takes in the body that answers it.
func (t *transfer) exchange(ctx context.Context) (Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	resp, err := t.send(ctx)
	if err != nil {
		return Result{}, err
	}
	defer func() { _ = resp.Body.Close() }() // all that matters has been read
	in := bufio.NewReaderSize(&watched{
		body: resp.Body, ctx: ctx, cancel: cancel,
		idle:     t.client.config.IdleTimeout,
		deadline: time.Now().Add(t.client.config.MaxElapsed - t.spent()),
		counters: t.client.counters,
	}, 64<<10)

	switch resp.StatusCode {
	case http.StatusOK:
		err = t.restart(resp, in)
	case http.StatusPartialContent:
		err = t.proceed(resp)
	case http.StatusNotModified:
		result := newState(t.req.URL, resp).result()
		result.Status = resp.StatusCode
		if err := t.drop(); err != nil {
			return result, err
		}
		return result, ErrNotModified
	case http.StatusRequestedRangeNotSatisfiable:
		if t.partial != nil {
			return Result{}, errors.Join(errRange, t.drop())
		}
		fallthrough
	default:
		return Result{Status: resp.StatusCode}, t.refused(resp, in)
	}
	if err == nil {
		err = t.receive(resp, in)
	}
	return Result{Status: resp.StatusCode}, err
}

func (t *transfer) send(ctx context.Context) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.req.URL, nil)
	if err != nil {
		return nil, &localError{err}
	}
	for name, values := range t.req.Header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	set := func(name, value string) {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	// Asked for by name, so that net/http leaves the wire bytes alone.
	set("Accept-Encoding", "gzip")
	if t.req.Gzipped {
		set("Accept-Encoding", "identity")
	}
	set("If-None-Match", t.req.ETag)
	set("If-Modified-Since", t.req.LastModified)
	if t.distrust {
		set("Cache-Control", "no-cache")
	}
	if t.partial != nil && t.body.size() > 0 {
		set("Range", "bytes="+strconv.FormatInt(t.body.size(), 10)+"-")
		set("If-Range", t.partial.ifRange())
	}
	resp, err := t.client.http.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.Request == nil { // a transport need not say
		resp.Request = req
	}
	return resp, nil
}

// restart begins the body anew, unless that would give up a good partial body
// for an error page.
func (t *transfer) restart(resp *http.Response, in *bufio.Reader) error {
	next := newState(t.req.URL, resp)
	if t.partial != nil {
		start, _ := in.Peek(sniffLen) // a read error comes back from the next read
		if err := t.notData(next.ContentType, start); err != nil {
			t.distrust = true
			return &badBody{reason: err}
		}
	}
	if err := t.drop(); err != nil {
		return err
	}
	t.partial = &next
	if t.sidecar == "" || next.ifRange() == "" {
		return nil
	}
	return next.save(t.sidecar)
}

// proceed accepts a continuation of the partial body, or drops it.
func (t *transfer) proceed(resp *http.Response) error {
	if t.partial == nil {
		return fmt.Errorf("%w: it sent a range that nobody asked for", errRange)
	}
	if err := t.partial.continuedBy(resp, t.body.size()); err != nil {
		return errors.Join(err, t.drop())
	}
	if r, _ := parseContentRange(resp.Header.Get("Content-Range")); t.partial.Total < 0 {
		t.partial.Total = r.total
	}
	return nil
}

// receive appends what comes. A body that cannot be continued is no longer
// partial when it breaks off.
func (t *transfer) receive(resp *http.Response, in io.Reader) error {
	total := t.partial.Total
	t.show(total)
	before := t.body.size()
	_, err := io.Copy(showing{t}, io.LimitReader(in, t.wireLimit()-before+1))
	switch got := t.body.size(); {
	case got > t.wireLimit():
		return errors.Join(fmt.Errorf("%w: over %d bytes", errTooLarge, t.limit), t.drop())
	case err == nil && (total >= 0 && got < total || resp.ContentLength >= 0 && got-before < resp.ContentLength):
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		err = fmt.Errorf("GET %s: after %d bytes of the body: %w", t.req.URL, t.body.size(), err)
		if t.sidecar == "" || t.partial.ifRange() == "" {
			t.partial = nil
		}
	}
	return err
}

// wireLimit lets incompressible content be a little larger in its packing.
func (t *transfer) wireLimit() int64 { return t.limit + t.limit/1000 + 4096 }

// proveHeld proves a body that an earlier process received whole, without
// asking for it again. Only a check can tell that it is good.
func (t *transfer) proveHeld(ctx context.Context) (Result, error) {
	if t.req.Check == nil {
		return Result{}, errors.Join(errRange, t.drop())
	}
	t.show(t.partial.Total)
	return t.finish(ctx, *t.partial, http.StatusOK)
}

// finish proves the whole body and settles it on disk.
func (t *transfer) finish(ctx context.Context, head state, status int) (Result, error) {
	result, err := t.prove(ctx, head)
	result.Status = status
	t.partial = nil
	if err == nil || isA[*badBody](err) {
		t.distrust = err != nil
		if t.sidecar != "" {
			err = errors.Join(err, removeState(t.sidecar))
		}
	}
	if err != nil {
		return result, err
	}
	return result, t.body.sync()
}

// refused describes a status that brings no body to keep.
func (t *transfer) refused(resp *http.Response, in *bufio.Reader) error {
	start, _ := io.ReadAll(io.LimitReader(in, 4<<10)) // what can be had of it
	if content, err := unpack(bytes.NewReader(start)); err == nil {
		start, _ = io.ReadAll(io.LimitReader(content, 4<<10))
	}
	e := &StatusError{
		URL: t.req.URL, Status: resp.StatusCode,
		Message:    t.client.secret.text(resp.Header.Get("message")),
		Snippet:    t.client.secret.text(snippet(start)),
		host:       resp.Request.URL.Host,
		retryAfter: resp.Header.Get("Retry-After"),
		date:       parseDate(resp.Header.Get("Date")),
	}
	if e.date.IsZero() {
		e.date = time.Now()
	}
	return e
}

// show begins to show the download of a file. Pages of an answer are shown by
// whoever asks for them, who knows how many there are.
func (t *transfer) show(total int64) {
	if !t.req.Resumable {
		return
	}
	if t.task == nil {
		t.task = t.client.meter.Begin(path.Base(pathOf(t.req.URL)), max(total, 0), progress.Bytes)
	} else if total >= 0 {
		t.task.SetTotal(total)
	}
	t.advance(t.body.size() - t.shown)
}

func (t *transfer) advance(n int64) {
	if t.task != nil && n != 0 {
		t.task.Advance(n)
		t.shown += n
	}
}

// showing writes to a transfer's body and shows it.
type showing struct{ *transfer }

func (s showing) Write(p []byte) (int, error) {
	n, err := s.body.Write(p)
	s.advance(int64(n))
	return n, err
}
