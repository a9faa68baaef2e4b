package certfr

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"vulnmirror/format/jsonlist"
)

// largest is how long a document in an archive may be; real ones have less than
// 100 kB.
const largest = 8 << 20

// ArchiveReader reads the documents in a year's tar: TXT files of upstream's
// archives, JSON files of others'. It holds one document at a time and passes
// over PDF and whatever else there is.
type ArchiveReader struct {
	in    *counting
	tar   *tar.Reader
	count int
	err   error // what Next says from now on
}

// NewArchiveReader reads an archive, not packed, from r.
func NewArchiveReader(r io.Reader) *ArchiveReader {
	in := &counting{r: r}
	return &ArchiveReader{in: in, tar: tar.NewReader(in)}
}

// Next returns the next document, io.EOF after the last. A *RecordError concerns
// one file, a *FormatError ends the archive; what is no tar at all, such as a page
// in HTML, is one too.
func (a *ArchiveReader) Next() ([]byte, error) {
	for a.err == nil {
		header, err := a.tar.Next()
		if err != nil {
			a.err = a.end(err)
			break
		}
		read := reader(header)
		if read == nil {
			continue
		}
		position := a.count
		a.count++
		text, err := io.ReadAll(io.LimitReader(a.tar, largest+1))
		if err != nil {
			a.err = a.end(err)
			break
		}
		if len(text) > largest {
			return nil, &RecordError{Position: position, ID: header.Name, Err: fmt.Errorf("longer than %d bytes", largest)}
		}
		body, err := read(text, path.Base(header.Name))
		if err != nil {
			return nil, &RecordError{Position: position, ID: header.Name, Err: err}
		}
		return body, nil
	}
	return nil, a.err
}

func (a *ArchiveReader) end(err error) error {
	if !errors.Is(err, io.EOF) {
		return &FormatError{Offset: a.in.n, Err: err}
	}
	if a.in.n < 2*512 {
		// The end of an archive alone is two blocks.
		return &FormatError{Offset: a.in.n, Err: errors.New("not a tar archive")}
	}
	return io.EOF
}

// reader tells how a file is read, nil when it is no document.
func reader(header *tar.Header) func([]byte, string) ([]byte, error) {
	if header.Typeflag != tar.TypeReg {
		return nil
	}
	switch strings.ToLower(path.Ext(header.Name)) {
	case ".txt":
		return FromTXT
	case ".json":
		return fromJSON
	}
	return nil
}

func fromJSON(text []byte, _ string) ([]byte, error) {
	list := jsonlist.NewReader(bytes.NewReader(text), "")
	body, err := list.Next()
	if errors.Is(err, io.EOF) {
		err = errors.New("no document")
	}
	return body, err
}

// counting knows how many bytes were read.
type counting struct {
	r io.Reader
	n int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
