package fetch

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"mime"
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

const sniffLen = 512

// prove reads the body held from its first byte, unpacking on the way: what is
// proven is what is kept, whichever attempts it came from.
func (t *transfer) prove(ctx context.Context, head state) (Result, error) {
	result, packedTwice, err := t.inspect(ctx, head)
	if err != nil || !packedTwice {
		return result, err
	}
	if err := t.unwrap(); err != nil {
		return result, err
	}
	once, packedTwice, err := t.inspect(ctx, head)
	once.WireBytes, once.WireSHA256 = result.WireBytes, result.WireSHA256
	if packedTwice {
		err = &badBody{reason: fmt.Errorf("gzip in gzip in gzip"), kept: true}
	}
	return once, err
}

// inspect takes hashes and sizes and lets the request's check read the content.
// It stops early when the content turns out to be gzip itself.
func (t *transfer) inspect(ctx context.Context, head state) (result Result, packedTwice bool, err error) {
	result = head.result()
	src, err := t.body.open()
	if err != nil {
		return result, false, err
	}
	defer func() { _ = src.Close() }() // only read from
	bad := func(reason error) (Result, bool, error) {
		if ctx.Err() != nil {
			return result, false, context.Cause(ctx)
		}
		return result, false, &badBody{reason: reason, kept: t.body.size() > 0}
	}
	if t.body.size() == 0 {
		return bad(errEmpty)
	}

	wire, content := digest{Hash: sha256.New()}, digest{Hash: sha256.New()}
	raw := bufio.NewReaderSize(io.TeeReader(src, &wire), 64<<10)
	unpacked := raw
	if isGzip(raw) {
		result.Encoding = "gzip"
		gz, err := gzip.NewReader(raw)
		if err != nil {
			return bad(err)
		}
		unpacked = bufio.NewReaderSize(gz, 64<<10)
	}
	packedTwice = result.Encoding != "" && isGzip(unpacked)
	start, _ := unpacked.Peek(sniffLen) // a read error comes back from the next read
	if err := t.notData(head.ContentType, start); err != nil {
		return bad(err)
	}
	within := &bounded{r: unpacked, left: t.limit, ctx: ctx}
	whole := io.TeeReader(within, &content)
	if t.req.Check != nil && !packedTwice {
		err := t.req.Check(whole)
		if within.left < 0 { // whatever the check made of it
			err = errTooLarge
		}
		if err != nil {
			return bad(err)
		}
	}
	if _, err := io.Copy(io.Discard, whole); err != nil {
		return bad(err)
	}
	if content.n == 0 {
		return bad(errEmpty)
	}
	result.WireBytes, result.WireSHA256 = wire.n, wire.hex()
	result.ContentBytes, result.ContentSHA256 = content.n, content.hex()
	return result, packedTwice, nil
}

// unwrap takes the outer gzip off the body held.
func (t *transfer) unwrap() error {
	src, err := t.body.open()
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }() // only read from
	gz, err := gzip.NewReader(src)
	if err != nil {
		return err
	}
	return t.body.replace(gz)
}

// notData says why a body is an error page rather than data: by its type, or
// because it begins as HTML and XML do and the request did not ask for XML. Who
// asks for a page in HTML tells one from another by Check.
func (t *transfer) notData(contentType string, start []byte) error {
	media, _, _ := mime.ParseMediaType(contentType)
	text := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(start, []byte("\xef\xbb\xbf")), " \t\r\n"))
	accept := t.req.Header.Get("Accept")
	if strings.Contains(accept, "text/html") {
		return nil
	}
	wantsXML := strings.Contains(accept, "xml")
	page := bytes.Contains(text, []byte("<html")) || bytes.HasPrefix(text, []byte("<!doctype html"))
	if media == "text/html" || bytes.HasPrefix(text, []byte("<")) && (page || !wantsXML) {
		return fmt.Errorf("a page instead of data: %q", snippet(start))
	}
	return nil
}

// unpack returns r without its gzip packing, if it has one.
func unpack(r io.Reader) (io.Reader, error) {
	in := bufio.NewReader(r)
	if !isGzip(in) {
		return in, nil
	}
	return gzip.NewReader(in)
}

// isGzip looks for the magic bytes and the only method (RFC 1952, 2.3.1).
func isGzip(r *bufio.Reader) bool {
	magic, _ := r.Peek(3)
	return bytes.Equal(magic, []byte{0x1f, 0x8b, 8})
}

// bounded ends with an error after left bytes, or when the context ends.
type bounded struct {
	r    io.Reader
	left int64
	ctx  context.Context
}

func (b *bounded) Read(p []byte) (int, error) {
	if err := context.Cause(b.ctx); err != nil {
		return 0, err
	}
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("%w when unpacked", errTooLarge)
	}
	return n, err
}

// digest counts and hashes what is written to it.
type digest struct {
	hash.Hash
	n int64
}

func (d *digest) Write(p []byte) (int, error) {
	d.n += int64(len(p))
	return d.Hash.Write(p)
}

func (d *digest) hex() string { return hex.EncodeToString(d.Sum(nil)) }

var markup = regexp.MustCompile(`(?is)<(style|script)\b.*?</(style|script)>|<[^>]*>`)

// snippet is the beginning of a text on one line, for people: of a page, what
// it says.
func snippet(text []byte) string {
	const most = 200
	if said := markup.ReplaceAll(text, []byte(" ")); len(bytes.TrimSpace(said)) > 0 {
		text = said
	}
	line := strings.Join(strings.Fields(strings.ToValidUTF8(string(text), "?")), " ")
	line = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, line)
	if runes := []rune(line); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return line
}

func pathOf(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return s
	}
	return u.Path
}
