package nvdlegacy

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// limits tell sound files from those made to harm.
type limits struct {
	times   int64 // how many times its size a file may unpack to,
	from    int64 // once that is so many bytes
	largest int64 // bytes it may unpack to at all
}

// sound are the limits in use. NVD's files unpack to 20 to 60 times their size.
var sound = limits{times: 300, from: 64 << 20, largest: 16 << 30}

// packings is how many packings, one in the other, are taken off: downloads of
// a .gz are at times packed once more by a server.
const packings = 2

// content is an unpacked document.
type content struct {
	io.Reader
	layers []string // the packings taken off, outermost first: "gzip", "zip"
	done   []func() error
}

// Close releases what unpacking needed.
func (c *content) Close() error {
	var errs []error
	for _, done := range c.done {
		errs = append(errs, done())
	}
	return errors.Join(errs...)
}

// unpack takes the packings off that the bytes of r begin with, by their magic
// numbers. The caller closes the content; r stays the caller's.
func unpack(r io.Reader, bound limits) (*content, error) {
	c := &content{}
	packed := &counter{r: r}
	in := bufio.NewReaderSize(packed, 64<<10)
	for range packings {
		head, err := in.Peek(4)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, errors.Join(err, c.Close())
		}
		var inner io.Reader
		switch {
		case bytes.HasPrefix(head, []byte("\x1f\x8b")):
			c.layers = append(c.layers, "gzip")
			inner, err = gzip.NewReader(in)
		case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
			c.layers = append(c.layers, "zip")
			inner, err = c.openZip(in)
		default:
			c.Reader = in
			return c, nil
		}
		if err != nil {
			return nil, errors.Join(damaged(err), c.Close())
		}
		in = bufio.NewReaderSize(&inflated{r: inner, packed: packed, max: bound}, 64<<10)
	}
	c.Reader = in
	return c, nil
}

// openZip opens the only file of a zip archive. Its directory is at its end, so
// the archive is put into a temporary file first.
func (c *content) openZip(r io.Reader) (io.Reader, error) {
	file, err := os.CreateTemp("", "vulnmirror-*.zip")
	if err != nil {
		return nil, err
	}
	c.done = append(c.done, func() error { return errors.Join(file.Close(), os.Remove(file.Name())) })
	size, err := io.Copy(file, r)
	if err != nil {
		return nil, err
	}
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return nil, err
	}
	var members []*zip.File
	for _, m := range archive.File {
		if !m.FileInfo().IsDir() && !strings.HasPrefix(m.Name, "__MACOSX/") {
			members = append(members, m)
		}
	}
	if len(members) != 1 {
		return nil, fmt.Errorf("the zip holds %d files, one is expected; unpack it and import the folder", len(members))
	}
	if members[0].Flags&1 != 0 {
		return nil, errors.New("the zip is encrypted")
	}
	inner, err := members[0].Open()
	if err != nil {
		return nil, err
	}
	c.done = append([]func() error{inner.Close}, c.done...)
	return inner, nil
}

// damaged says in plain words what is wrong with a packing.
func damaged(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.As(err, &corrupt):
		return fmt.Errorf("the packed data is damaged: %w", err)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("it is cut short: %w", io.ErrUnexpectedEOF)
	case errors.Is(err, zip.ErrFormat), errors.Is(err, zip.ErrChecksum), errors.Is(err, zip.ErrAlgorithm):
		return fmt.Errorf("the zip is damaged: %w", err)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return fmt.Errorf("the gzip file is damaged: %w", err)
	}
	return err
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// inflated reads what comes out of a packing, and ends a bomb.
type inflated struct {
	r      io.Reader
	packed *counter
	max    limits
	n      int64
}

func (i *inflated) Read(p []byte) (int, error) {
	n, err := i.r.Read(p)
	i.n += int64(n)
	switch {
	case i.n > i.max.from && i.n/i.max.times > i.packed.n:
		return n, fmt.Errorf("it unpacks to more than %d times its size", i.max.times)
	case i.n > i.max.largest:
		return n, fmt.Errorf("it unpacks to more than %d MiB", i.max.largest>>20)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = damaged(err)
	}
	return n, err
}
