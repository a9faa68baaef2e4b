package sim

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"vulnmirror/vuln"
)

const (
	feedFolder = "/feeds/json/cve/2.0/"
	feedPrefix = "nvdcve-2.0-"
	// feedReach is how far back modified and recent go.
	feedReach = 8 * day
)

// edition is one feed as written at one time.
type edition struct {
	name   string // year, "modified" or "recent"
	issued time.Time
	meta   []byte
	gz     []byte
}

// writeFeed writes a feed's JSON as NVD lays it out.
func writeFeed(out io.Writer, a author, states []state, issued time.Time) error {
	w := bufio.NewWriterSize(out, 64<<10)
	var compact []byte
	pretty := appendFeedHead(nil, CVEs, len(states), 0, len(states), issued)
	for i := range states {
		compact = append(compact[:0], `{"cve":`...)
		compact = append(a.body(compact, &states[i]), '}')
		if i > 0 {
			pretty = append(pretty, ", "...)
		}
		pretty = appendPretty(pretty, compact, 1)
		if _, err := w.Write(pretty); err != nil {
			return err
		}
		pretty = pretty[:0]
	}
	if _, err := w.Write(appendFeedEnd(pretty, len(states) > 0)); err != nil {
		return err
	}
	return w.Flush()
}

// feedTimestamp spells the moment a feed was written: US Eastern without zone,
// up to seven fraction digits, trailing zeros trimmed.
func feedTimestamp(issued time.Time) string {
	return eastern(issued).Format("2006-01-02T15:04:05.9999999")
}

// newEdition writes a feed in both its forms.
func newEdition(name string, a author, states []state, issued time.Time) (*edition, error) {
	var gz bytes.Buffer
	meta, err := writeEdition(&gz, name, a, states, issued)
	if err != nil {
		return nil, err
	}
	return &edition{name: name, issued: issued, meta: meta, gz: gz.Bytes()}, nil
}

// writeEdition writes the .json.gz to out and gives the .meta that belongs to it.
func writeEdition(out io.Writer, name string, a author, states []state, issued time.Time) ([]byte, error) {
	squeezed := &counter{w: out}
	z := gzip.NewWriter(squeezed)
	hash := sha256.New()
	plain := &counter{w: io.MultiWriter(hash, z)}
	if err := writeFeed(plain, a, states, issued); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "lastModifiedDate:%s\r\nsize:%d\r\nzipSize:%d\r\ngzSize:%d\r\nsha256:%s\r\n",
		eastern(issued).Format(time.RFC3339), plain.n, zipSize(name, squeezed.n), squeezed.n,
		strings.ToUpper(hex.EncodeToString(hash.Sum(nil)))), nil
}

// counter counts what is written through it.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// Sizes of what is around the compressed data in a .gz (RFC 1952) and in a .zip
// of one file without the name, which is there twice (APPNOTE 4.3: local
// header, central header, end record).
const (
	gzipHead = 10
	gzipTail = 8
	zipFrame = 30 + 46 + 22
)

func zipSize(name string, gzSize int64) int64 {
	return gzSize - gzipHead - gzipTail + zipFrame + 2*int64(len(entryName(name)))
}

func entryName(name string) string { return feedPrefix + name + ".json" }

// zipped gives the .zip with the same compressed data as the .gz.
func (e *edition) zipped() ([]byte, error) {
	tail := e.gz[len(e.gz)-gzipTail:]
	data := e.gz[gzipHead : len(e.gz)-gzipTail]
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	entry, err := z.CreateRaw(&zip.FileHeader{
		Name: entryName(e.name), Method: zip.Deflate,
		CRC32:              binary.LittleEndian.Uint32(tail),
		UncompressedSize64: uint64(binary.LittleEndian.Uint32(tail[4:])),
		CompressedSize64:   uint64(len(data)),
	})
	if err != nil {
		return nil, err
	}
	if _, err := entry.Write(data); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// feedYears lists the years there are feeds for at a time.
func feedYears(now time.Time) []int {
	var years []int
	for year := vuln.FirstFeedYear; year <= now.Year(); year++ {
		years = append(years, year)
	}
	return years
}

// issueTime is when a feed with everything up to now is written: the next whole
// second and a fraction, so that the .meta, which has seconds only, is not
// before any lastModified inside, and after the edition before it.
func issueTime(now, before time.Time) time.Time {
	at := now.Add(time.Second - 1).Truncate(time.Second)
	if last := before.Truncate(time.Second); !at.After(last) {
		at = last.Add(time.Second)
	}
	return at.Add(time.Duration(mix(uint64(at.Unix()))%1e7) * 100)
}
