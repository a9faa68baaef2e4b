package nvdupstream

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"vulnmirror/format/nvd"
)

// chunked is an archive of chunks while it is read. Each chunk is a document
// like a page of the API, counted from 1 and stating the total of them all.
type chunked struct {
	Collection
	each func(body []byte, chunk string, number int) bool

	spans  []chunkSpan
	total  int
	format string

	bytes int64
	sum   hash.Hash // nil when nobody asks for it

	last     int  // number of the chunk read last
	shuffled bool // they do not come in the order of their numbers
}

// chunkSpan is which records a chunk says it holds.
type chunkSpan struct {
	name           string
	start, records int
}

// errStopped: whoever reads wants no more.
var errStopped = errors.New("stopped")

// readChunks reads an unpacked archive once, from front to end, and calls each
// for every record in it, with the chunk's name and the record's number there,
// from 1. It proves that the chunks are documents of this collection and hold
// as many records together as they say, none missing. With a sum it tells their
// size and hash too, one after the other. An each that returns false ends it with
// errStopped.
func (c Collection) readChunks(r io.Reader, most limits, sum hash.Hash, each func(body []byte, chunk string, number int) bool) (Summary, error) {
	k := &chunked{Collection: c, each: each, sum: sum, last: -1}
	for m, err := range members(r, most) {
		if err != nil {
			return Summary{}, err
		}
		number, ok := c.chunkNumber(m.name)
		if !ok {
			continue
		}
		if err := k.chunk(m); err != nil {
			return Summary{}, err
		}
		k.shuffled = k.shuffled || number <= k.last
		k.last = number
	}
	s := Summary{Header: nvd.Header{Format: k.format, TotalResults: k.total}}
	for _, span := range k.spans {
		s.Records += span.records
	}
	if !k.shuffled && k.sum != nil {
		s.chunksBytes, s.chunksSHA256 = k.bytes, hex.EncodeToString(k.sum.Sum(nil))
	}
	return s, k.complete()
}

// chunkNumber reads the number in a chunk's name, such as
// nvdcpe-2.0-chunks/nvdcpe-2.0-chunk-00001.json, in whatever folder.
func (c Collection) chunkNumber(name string) (int, bool) {
	digits, ok := strings.CutPrefix(path.Base(name), c.Archive+"-chunk-")
	digits, isJSON := strings.CutSuffix(digits, ".json")
	number, err := strconv.Atoi(digits)
	return number, ok && isJSON && err == nil && number >= 0
}

func (k *chunked) Write(p []byte) (int, error) {
	k.bytes += int64(len(p))
	return k.sum.Write(p)
}

func (k *chunked) chunk(m member) error {
	var content io.Reader = m
	if k.sum != nil {
		content = io.TeeReader(m, k)
	}
	reader := nvd.NewReader(content)
	for {
		body, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("archive member %q: %w", m.name, err)
		}
		if reader.Format() != k.Format {
			break // what follows tells the format it has
		}
		if !k.each(body, m.name, reader.Count()) {
			return errStopped
		}
	}
	head := reader.Header()
	switch {
	case reader.Format() != k.Format || !strings.EqualFold(head.Format, k.Format):
		return fmt.Errorf("archive member %q: format is %q with %s, expected %s", m.name, head.Format, reader.Format(), k.Format)
	case len(k.spans) > 0 && head.TotalResults != k.total:
		return fmt.Errorf("archive member %q: it says %d records in all, %q says %d", m.name, head.TotalResults, k.spans[0].name, k.total)
	}
	k.total, k.format = head.TotalResults, head.Format
	k.spans = append(k.spans, chunkSpan{m.name, head.StartIndex, reader.Count()})
	_, err := io.Copy(io.Discard, content) // what is left of it counts for the sum
	return err
}

// complete tells whether the chunks are all there, which their places in the
// whole show. Places are counted from 1; from 0 is taken too.
func (k *chunked) complete() error {
	if len(k.spans) == 0 {
		return fmt.Errorf("the archive has no member %s-chunk-NNNNN.json", k.Archive)
	}
	slices.SortStableFunc(k.spans, func(a, b chunkSpan) int { return cmp.Compare(a.start, b.start) })
	first := min(1, max(0, k.spans[0].start))
	due := first
	for _, s := range k.spans {
		if s.start != due {
			return fmt.Errorf("archive member %q: it begins at record %d of %d, and the chunks before end at %d: chunks are missing or overlap", s.name, s.start, k.total, due-1)
		}
		due += s.records
	}
	if held := due - first; held != k.total {
		return fmt.Errorf("the archive's chunks hold %d records and say %d: chunks are missing or too many", held, k.total)
	}
	return nil
}
