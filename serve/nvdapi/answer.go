package nvdapi

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"

	"vulnmirror/vuln"
)

// A page is one answer before it is written.
type page struct {
	bodies [][]byte // one `cve` object each
	start  int
	total  int
}

const (
	elementHead = `{"cve":`
	elementTail = `}`
	pageTail    = `]}`
)

// appendHead writes the seven members of the wrapper in NVD's order, up to the
// first element.
func (p *page) appendHead(b []byte, now time.Time) []byte {
	b = append(b, `{"resultsPerPage":`...)
	b = strconv.AppendInt(b, int64(len(p.bodies)), 10)
	b = append(b, `,"startIndex":`...)
	b = strconv.AppendInt(b, int64(p.start), 10)
	b = append(b, `,"totalResults":`...)
	b = strconv.AppendInt(b, int64(p.total), 10)
	b = append(b, `,"format":"NVD_CVE","version":"2.0","timestamp":"`...)
	b = now.UTC().AppendFormat(b, vuln.TimeLayout)
	return append(b, `","vulnerabilities":[`...)
}

// size is the length of all that follows the head.
func (p *page) size() int {
	n := len(pageTail) + max(0, len(p.bodies)-1)
	for _, b := range p.bodies {
		n += len(elementHead) + len(b) + len(elementTail)
	}
	return n
}

// writeElements writes all that follows the head.
func (p *page) writeElements(w *bufio.Writer) error {
	for i, body := range p.bodies {
		head := "," + elementHead
		if i == 0 {
			head = elementHead
		}
		if _, err := w.WriteString(head); err != nil {
			return err
		}
		if _, err := w.Write(body); err != nil {
			return err
		}
		if _, err := w.WriteString(elementTail); err != nil {
			return err
		}
	}
	_, err := w.WriteString(pageTail)
	return err
}

// minGzip is the size from which compressing an answer is worth its time.
const minGzip = 1400 // bytes; less fits one packet anyway

// send writes the answer. An error means that the client is gone.
func (p *page) send(w http.ResponseWriter, now time.Time, compress bool) error {
	h := w.Header()
	h["Content-Type"] = isJSON
	var head [256]byte
	start := p.appendHead(head[:0], now)
	length := len(start) + p.size()
	if compress && length >= minGzip {
		return p.sendGzip(w, start)
	}
	h["Content-Length"] = []string{strconv.Itoa(length)}
	return p.write(w, start)
}

// write gathers the answer into large pieces: net/http would hand every record
// to the network alone.
func (p *page) write(w io.Writer, start []byte) error {
	out := writers.Get().(*bufio.Writer)
	defer func() {
		out.Reset(io.Discard)
		writers.Put(out)
	}()
	out.Reset(w)
	if _, err := out.Write(start); err != nil {
		return err
	}
	if err := p.writeElements(out); err != nil {
		return err
	}
	return out.Flush()
}

func (p *page) sendGzip(w http.ResponseWriter, start []byte) error {
	packed := buffers.Get().(*bytes.Buffer)
	defer recycle(packed)
	packed.Reset()
	z := gzips.Get().(*gzip.Writer)
	defer gzips.Put(z)
	z.Reset(packed)
	if err := p.write(z, start); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	h := w.Header()
	h["Content-Encoding"] = isGzip
	h["Content-Length"] = []string{strconv.Itoa(packed.Len())}
	_, err := w.Write(packed.Bytes())
	return err
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
