package nvdapi

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/klauspost/compress/gzip"

	"vulnmirror/vuln"
)

// A page is one answer on its way. Its records are gathered before anything is
// written, so that a failure can still be told; a page that grows beyond
// mostHeld begins to be written while it is gathered.
type page struct {
	of     *endpoint
	start  int
	total  int
	count  int // records that the page will have
	bodies [][]byte
	held   int     // bytes of bodies
	out    *stream // once writing has begun

	to       http.ResponseWriter
	now      time.Time
	compress bool
	begun    func() bool // called when writing begins before all is read
}

// mostHeld is how many bytes of records a page may hold. Full pages of CVE
// records have about 10 MB.
const mostHeld = 24 << 20

const pageTail = `]}`

// add takes the next record. An error means that the client is gone.
func (p *page) add(body []byte) error {
	if p.out != nil {
		return p.out.element(p.of, body)
	}
	p.bodies = append(p.bodies, body)
	p.held += len(body)
	if p.held > mostHeld && len(p.bodies) < p.count {
		return p.begin()
	}
	return nil
}

// appendHead writes the seven members of the wrapper in NVD's order, up to the
// first element.
func (p *page) appendHead(b []byte) []byte {
	b = append(b, `{"resultsPerPage":`...)
	b = strconv.AppendInt(b, int64(p.count), 10)
	b = append(b, `,"startIndex":`...)
	b = strconv.AppendInt(b, int64(p.start), 10)
	b = append(b, `,"totalResults":`...)
	b = strconv.AppendInt(b, int64(p.total), 10)
	b = append(b, p.of.head...)
	b = p.now.UTC().AppendFormat(b, vuln.TimeLayout)
	b = append(b, `","`...)
	b = append(b, p.of.array...)
	return append(b, `":[`...)
}

// size is the length of all that follows the head.
func (p *page) size() int {
	return len(pageTail) + max(0, len(p.bodies)-1) + len(p.bodies)*(len(p.of.open)+len(p.of.close)) + p.held
}

// minGzip is the size from which compressing an answer is worth its time.
const minGzip = 1400 // bytes; less fits one packet anyway

// send writes the answer, or ends one that was begun. An error means that the
// client is gone.
func (p *page) send() error {
	if p.out != nil {
		return p.out.end()
	}
	h := p.to.Header()
	h["Content-Type"] = isJSON
	var head [256]byte
	start := p.appendHead(head[:0])
	length := len(start) + p.size()
	if p.compress && length >= minGzip {
		return p.sendGzip(start)
	}
	h["Content-Length"] = []string{strconv.Itoa(length)}
	return p.write(p.to, start)
}

// write writes the whole answer.
func (p *page) write(w io.Writer, start []byte) error {
	out := newStream(w)
	defer out.release()
	if err := out.all(p, start); err != nil {
		return err
	}
	return out.end()
}

func (p *page) sendGzip(start []byte) error {
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
	h := p.to.Header()
	h["Content-Encoding"] = isGzip
	h["Content-Length"] = []string{strconv.Itoa(packed.Len())}
	_, err := p.to.Write(packed.Bytes())
	return err
}

// begin writes what is held so far, without a length, which is not known.
func (p *page) begin() error {
	p.begun()
	h := p.to.Header()
	h["Content-Type"] = isJSON
	if p.compress {
		h["Content-Encoding"] = isGzip
		z := gzips.Get().(*gzip.Writer)
		z.Reset(p.to)
		p.out = newStream(z)
		p.out.gzip = z
	} else {
		p.out = newStream(p.to)
	}
	var head [256]byte
	err := p.out.all(p, p.appendHead(head[:0]))
	p.bodies = nil
	return err
}

// close gives back what an answer that was begun holds.
func (p *page) close() {
	if p.out != nil {
		p.out.release()
	}
}
