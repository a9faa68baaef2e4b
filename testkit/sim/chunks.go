package sim

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"time"
)

// archive is a feed made of chunks in a .tar.gz.
type archive struct {
	kind   Kind
	folder string // of the feed host
	name   string // without extension
}

var archives = []archive{
	{CPEs, "/feeds/json/cpe/2.0/", "nvdcpe-2.0"},
	{MatchCriteria, "/feeds/json/cpematch/2.0/", "nvdcpematch-2.0"},
}

// archiveAt finds the archive that a path of the feed host is about, and the
// extension asked for; nil when there is none.
func archiveAt(path string) (found *archive, ext string) {
	for i := range archives {
		a := &archives[i]
		if ext, ok := strings.CutPrefix(path, a.folder+a.name+"."); ok && (ext == "meta" || ext == "tar.gz") {
			return a, ext
		}
	}
	return nil, ""
}

// member names the nth chunk, counted from 1.
func (a *archive) member(n int) string {
	return fmt.Sprintf("%s-chunks/%[1]s-chunk-%05d.json", a.name, n)
}

// chunkSize is how many records a chunk has when there are few, so that small
// archives have more than one.
const chunkSize = 500

// appendFeedHead begins a document as feeds have it. start is 0 in feeds of CVEs
// and in chunks the place of the first record, counted from 1.
func appendFeedHead(dst []byte, kind Kind, count, start, total int, issued time.Time) []byte {
	s := kind.shape()
	return fmt.Appendf(dst, "{\r\n  \"resultsPerPage\" : %d,\r\n  \"startIndex\" : %d,\r\n  \"totalResults\" : %d,\r\n  \"format\" : \"%s\",\r\n  \"version\" : \"2.0\",\r\n  \"timestamp\" : \"%s\",\r\n  \"%s\" : [ ",
		count, start, total, s.format, feedTimestamp(issued), s.list)
}

// appendFeedEnd ends a document; some tells whether it has any record.
func appendFeedEnd(dst []byte, some bool) []byte {
	if some {
		dst = append(dst, ' ')
	}
	return append(dst, "]\r\n}"...)
}

// collected is what an archive is to hold.
type collected struct {
	*archive
	issued   time.Time
	total    int // records
	perChunk int
	record   func(dst []byte, i int) []byte // appends the ith record's compact JSON; called at once for several
}

func (c *collected) chunks() int { return max(1, (c.total+c.perChunk-1)/c.perChunk) }

// chunk appends the nth chunk's document, counted from 0.
func (c *collected) chunk(dst []byte, n int) []byte {
	start := n * c.perChunk
	end := min(start+c.perChunk, c.total)
	dst = appendFeedHead(dst, c.kind, end-start, start+1, c.total, c.issued)
	var compact []byte
	for i := start; i < end; i++ {
		if i > start {
			dst = append(dst, ", "...)
		}
		compact = c.kind.appendItem(compact[:0], func(to []byte) []byte { return c.record(to, i) })
		dst = appendPretty(dst, compact, 1)
	}
	return appendFeedEnd(dst, end > start)
}

// packed gives the nth piece of the tar: the folder and the chunks in it, each
// with its header and padding, and the end.
func (c *collected) packed(n int) ([]byte, error) {
	var b bytes.Buffer
	t := tar.NewWriter(&b)
	modified := c.issued.Truncate(time.Second)
	if n == 0 {
		if err := t.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: c.name + "-chunks/", Mode: 0o755, ModTime: modified}); err != nil {
			return nil, err
		}
	}
	chunk := c.chunk(nil, n)
	if err := t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: c.member(n + 1), Size: int64(len(chunk)), Mode: 0o644, ModTime: modified}); err != nil {
		return nil, err
	}
	if _, err := t.Write(chunk); err != nil {
		return nil, err
	}
	finish := t.Flush
	if n == c.chunks()-1 {
		finish = t.Close
	}
	err := finish()
	return b.Bytes(), err
}

// write writes the .tar.gz to out and gives the .meta that belongs to it. Which
// bytes the size and sha256 of an archive are about is not confirmed; as for
// other feeds they are here of what was compressed, the tar.
func (c *collected) write(ctx context.Context, out io.Writer) (meta []byte, err error) {
	sum, err := squeezeAll(ctx, out, c.chunks(), c.packed)
	if err != nil {
		return nil, fmt.Errorf("archive %s: %w", c.name, err)
	}
	const zipMore = 136 // the .zip of the same chunks is not simulated; this is how far its size usually is away
	return fmt.Appendf(nil, "lastModifiedDate:%s\r\nsize:%d\r\nzipSize:%d\r\ngzSize:%d\r\nsha256:%s\r\n",
		eastern(c.issued).Format(time.RFC3339), sum.size, sum.packed+zipMore, sum.packed, sum.sha256), nil
}

// edition writes the archive into memory.
func (c *collected) edition() (*edition, error) {
	var gz bytes.Buffer
	meta, err := c.write(context.Background(), &gz)
	if err != nil {
		return nil, err
	}
	return &edition{name: c.name, issued: c.issued, meta: meta, gz: gz.Bytes()}, nil
}
