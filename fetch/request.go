package fetch

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Request asks for one body by GET.
type Request struct {
	// URL is always the original one, https://HOST/PATH, whatever stands in for
	// the Internet.
	URL string
	// Header is sent along. A body that begins with '<' is taken for an error
	// page unless its Accept asks for XML or HTML.
	Header http.Header
	// ETag and LastModified are the validators of what is already held; the
	// answer may then be ErrNotModified.
	ETag, LastModified string
	// Resumable says the body is a static file: Download continues a partial
	// one, also one that an earlier process left.
	Resumable bool
	// Gzipped says the resource itself is a .gz file.
	Gzipped bool
	// Check reads the unpacked content and proves it before the request
	// succeeds. An error means that this body is bad and another may be good.
	Check func(content io.Reader) error
}

// Result describes a body.
type Result struct {
	URL                string
	Status             int
	ETag, LastModified string
	Date               time.Time // the server's clock when it answered; zero if it did not say
	ContentType        string
	// Encoding is "gzip" when the bytes kept are gzip, be it the resource or
	// the transfer, else empty. The bytes decide, not the headers.
	Encoding string
	// WireBytes and WireSHA256 (lower-case hex) describe the body as received.
	WireBytes  int64
	WireSHA256 string
	// ContentBytes and ContentSHA256 describe it unpacked.
	ContentBytes  int64
	ContentSHA256 string
}

// Download streams a body into the file part, created or continued, with
// retries, and proves it. The file holds the bytes as received; only a .gz that
// arrives packed twice is unpacked once. On success the file is complete and
// synced.
//
// On failure it holds what a later Download of the same Resumable request
// continues (with the file part+".state" beside it), or the last bad body; in
// the second case the error is a *ContentError. Errors: ErrNotModified,
// *StatusError, *ContentError, the context's, or those of network and disk.
func (c *Client) Download(ctx context.Context, req Request, part string) (Result, error) {
	file, err := openPart(part)
	if err != nil {
		return Result{}, err
	}
	t := &transfer{client: c, req: req, body: file, limit: c.config.MaxContent}
	if req.Resumable {
		t.sidecar = part + ".state"
	}
	result, err := t.run(ctx)
	if cerr := file.close(); err == nil && cerr != nil {
		err = cerr
	}
	if t.task != nil {
		t.task.End(err)
	}
	return result, err
}

// Read gets a small body into memory and returns its unpacked content, limit
// bytes at most: more is an error. Otherwise it is as Download.
func (c *Client) Read(ctx context.Context, req Request, limit int64) ([]byte, Result, error) {
	req.Resumable = false
	memory := new(memoryBody)
	t := &transfer{client: c, req: req, body: memory, limit: limit}
	result, err := t.run(ctx)
	if err != nil {
		return nil, result, err
	}
	if result.Encoding == "" {
		return memory.data, result, nil
	}
	content, err := unpack(bytes.NewReader(memory.data))
	if err != nil {
		return nil, result, err
	}
	data, err := io.ReadAll(content)
	return data, result, err
}

// checkURL refuses what no attempt could make work.
func checkURL(s string) error {
	u, err := url.Parse(s)
	if err != nil {
		return err
	}
	if u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return fmt.Errorf("%q is no http URL", s)
	}
	return nil
}
