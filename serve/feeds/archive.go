package feeds

import (
	"archive/tar"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"vulnmirror/store"
)

// writeArchive writes a tar of documents, numbered from 1, each with as many
// records as the layout says; their places count from 1 (contract D). A tar
// states a file's size before the file, so each document is written beside the
// archive first. Header fields besides name and size depend on the records.
func writeArchive(ctx context.Context, out *packer, from store.Reader, q store.Query, f feed, d store.Digest, on shelf) (err error) {
	beside, err := on.create()
	if err != nil {
		return err
	}
	defer os.Remove(beside.Name())
	defer func() { err = errors.Join(err, beside.Close()) }()

	c := chunks{tar: tar.NewWriter(out.gz), out: out, beside: beside, buffer: bufio.NewWriterSize(beside, 256<<10), feed: f, digest: d}
	c.document = newDocumentWriter(c.buffer, f, d)
	c.begin()
	for record, err := range checked(ctx, from, q, f, d) {
		if err != nil {
			return err
		}
		if c.document.n == f.layout.chunk {
			if err := c.finish(); err != nil {
				return err
			}
			c.begin()
		}
		if err := c.document.add(record.Body); err != nil {
			return err
		}
	}
	if err := c.finish(); err != nil {
		return err
	}
	if err := c.tar.Close(); err != nil {
		return fmt.Errorf("write %s: %w", f.key(), err)
	}
	return nil
}

// chunks are the documents of an archive while it is written.
type chunks struct {
	tar      *tar.Writer
	out      *packer
	beside   *os.File // the document at hand
	buffer   *bufio.Writer
	document *documentWriter
	feed     feed
	digest   store.Digest
	n        int // documents begun
}

func (c *chunks) begin() {
	before := c.n * c.feed.layout.chunk
	c.n++
	c.document.begin(before+1, min(c.feed.layout.chunk, c.digest.Count-before))
}

// finish takes the document at hand into the archive.
func (c *chunks) finish() error {
	if err := c.document.end(); err != nil {
		return err
	}
	if err := c.take(); err != nil {
		return fmt.Errorf("write document %d of %s: %w", c.n, c.feed.key(), err)
	}
	return nil
}

func (c *chunks) take() error {
	if err := c.buffer.Flush(); err != nil {
		return err
	}
	size, err := c.beside.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	if _, err := c.beside.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := c.tar.WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg, Format: tar.FormatUSTAR, Mode: 0o644, Size: size,
		Name: fmt.Sprintf("%s-chunks/%[1]s-chunk-%05d.json", c.feed.layout.prefix, c.n), ModTime: contentDate(c.feed, c.digest),
	}); err != nil {
		return err
	}
	if _, err := io.CopyN(io.MultiWriter(c.tar, &c.out.content), c.beside, size); err != nil {
		return err
	}
	if _, err := c.beside.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return c.beside.Truncate(0)
}
