package edition

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// Chained reads several documents one after the other.
type Chained struct {
	fsys  fs.FS
	paths []string // still to be read
	begin func(io.Reader) Nexter

	file fs.File
	now  Nexter
}

// Chain reads the documents at paths, each by a reader that begin makes.
func Chain(fsys fs.FS, paths []string, begin func(io.Reader) Nexter) *Chained {
	return &Chained{fsys: fsys, paths: paths, begin: begin}
}

// Next returns the next record of whichever document has one.
func (c *Chained) Next() ([]byte, error) {
	for {
		if c.now == nil {
			if len(c.paths) == 0 {
				return nil, io.EOF
			}
			var err error
			if c.file, err = c.fsys.Open(c.paths[0]); err != nil {
				return nil, err
			}
			c.now = c.begin(c.file)
		}
		body, err := c.now.Next()
		if !errors.Is(err, io.EOF) {
			if err != nil {
				err = fmt.Errorf("%s: %w", c.paths[0], err)
			}
			return body, err
		}
		if err := c.Close(); err != nil {
			return nil, err
		}
		c.paths = c.paths[1:]
	}
}

// Close closes the document being read.
func (c *Chained) Close() error {
	if c.now == nil {
		return nil
	}
	c.now = nil
	return c.file.Close()
}
