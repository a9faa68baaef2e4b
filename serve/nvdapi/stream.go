package nvdapi

import (
	"bufio"
	"bytes"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// stream writes records. It gathers large pieces: net/http would hand every
// record to the network alone.
type stream struct {
	*bufio.Writer
	gzip *gzip.Writer // below the Writer; nil when it packs for somebody else
	n    int          // records written
}

func newStream(w io.Writer) *stream {
	out := writers.Get().(*bufio.Writer)
	out.Reset(w)
	return &stream{Writer: out}
}

// all writes the head and the records that p holds.
func (s *stream) all(p *page, start []byte) error {
	if _, err := s.Write(start); err != nil {
		return err
	}
	for _, body := range p.bodies {
		if err := s.element(p.of, body); err != nil {
			return err
		}
	}
	return nil
}

func (s *stream) element(of *endpoint, body []byte) error {
	if s.n > 0 {
		if err := s.WriteByte(','); err != nil {
			return err
		}
	}
	s.n++
	if _, err := s.WriteString(of.open); err != nil {
		return err
	}
	if _, err := s.Write(body); err != nil {
		return err
	}
	_, err := s.WriteString(of.close)
	return err
}

// end writes what follows the last record.
func (s *stream) end() error {
	if _, err := s.WriteString(pageTail); err != nil {
		return err
	}
	if err := s.Flush(); err != nil || s.gzip == nil {
		return err
	}
	return s.gzip.Close()
}

// release gives back the buffers; the stream is of no further use.
func (s *stream) release() {
	s.Reset(io.Discard)
	writers.Put(s.Writer)
	if s.gzip != nil {
		gzips.Put(s.gzip)
	}
}

var (
	writers = sync.Pool{New: func() any { return bufio.NewWriterSize(io.Discard, 128<<10) }}
	buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}
	gzips   = sync.Pool{New: func() any {
		z, err := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed)
		if err != nil {
			panic(err) // only for a level that does not exist
		}
		return z
	}}
)

// recycle keeps a buffer for the next answer unless it grew out of proportion.
func recycle(b *bytes.Buffer) {
	const most = 4 << 20
	if b.Cap() <= most {
		buffers.Put(b)
	}
}
