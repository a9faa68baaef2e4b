package feeds

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// A gzip file without optional header fields is a deflate stream between these
// two (RFC 1952, 2.3).
const (
	gzipHeader  = 10
	gzipTrailer = 8
)

// The fixed parts of ZIP records (APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16).
const (
	zipLocal   = 30
	zipCentral = 46
	zipEnd     = 22
)

// zipSize is the size of what zipOf makes.
func zipSize(name string, gzipSize int64) int64 {
	return gzipSize - gzipHeader - gzipTrailer + zipLocal + zipCentral + zipEnd + 2*int64(len(name))
}

// zipOf shows a gzip file as a ZIP archive with one member. Both hold the same
// deflate stream, so nothing is compressed, stored or kept in step twice. size
// is that of the member. It fails for what only ZIP64 could hold.
func zipOf(name string, gz io.ReaderAt, gzipSize, size int64) (*io.SectionReader, error) {
	if size > math.MaxUint32 || gzipSize > math.MaxUint32 {
		return nil, fmt.Errorf("%s has %d bytes: too many for a ZIP archive, use the .gz", name, size)
	}
	trailer := make([]byte, gzipTrailer)
	if _, err := gz.ReadAt(trailer, gzipSize-gzipTrailer); err != nil {
		return nil, fmt.Errorf("trailer of the gzip file for %s: %w", name, err)
	}
	packed := gzipSize - gzipHeader - gzipTrailer

	le := binary.LittleEndian
	// From "version needed" to "extra length", the same in both headers. Times
	// are the earliest ZIP can say, so that equal content has equal bytes.
	common := le.AppendUint16(nil, 20)       // version needed: 2.0, deflate
	common = le.AppendUint16(common, 0)      // flags
	common = le.AppendUint16(common, 8)      // method: deflate
	common = le.AppendUint16(common, 0)      // time: 00:00:00
	common = le.AppendUint16(common, 1<<5|1) // date: 1980-01-01
	common = append(common, trailer[:4]...)  // CRC-32, as gzip has it
	common = le.AppendUint32(common, uint32(packed))
	common = le.AppendUint32(common, uint32(size))
	common = le.AppendUint16(common, uint16(len(name)))
	common = le.AppendUint16(common, 0) // extra length

	head := append([]byte("PK\x03\x04"), common...)
	head = append(head, name...)

	tail := append([]byte("PK\x01\x02"), 20, 0) // made by: 2.0
	tail = append(tail, common...)
	tail = append(tail, make([]byte, 14)...) // comment, disk, attributes, offset: 0
	tail = append(tail, name...)
	directory := uint32(len(tail))
	tail = append(tail, "PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00"...) // one member on one disk
	tail = le.AppendUint32(tail, directory)
	tail = le.AppendUint32(tail, uint32(int64(len(head))+packed))
	tail = le.AppendUint16(tail, 0) // comment

	parts := concat{
		{bytes.NewReader(head), int64(len(head))},
		{io.NewSectionReader(gz, gzipHeader, packed), packed},
		{bytes.NewReader(tail), int64(len(tail))},
	}
	return io.NewSectionReader(parts, 0, zipSize(name, gzipSize)), nil
}

// concat reads parts as if they were one file.
type concat []part

type part struct {
	io.ReaderAt
	size int64
}

func (c concat) ReadAt(p []byte, off int64) (int, error) {
	done := 0
	for _, part := range c {
		if off >= part.size {
			off -= part.size
			continue
		}
		want := min(int64(len(p)-done), part.size-off)
		n, err := part.ReadAt(p[done:done+int(want)], off)
		done += n
		if int64(n) < want {
			return done, err
		}
		if done == len(p) {
			return done, nil
		}
		off = 0
	}
	return done, io.EOF
}
