package sim

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
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

// chunkSize is how many records a chunk has, so that small archives have more
// than one.
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

// newArchive writes an archive and the .meta beside it.
func newArchive(a *archive, items []item, issued time.Time) (*edition, error) {
	var gz bytes.Buffer
	z := gzip.NewWriter(&gz)
	meta := newArchiveMeta(z)
	t := tar.NewWriter(meta)
	err := a.begin(t, issued)
	var compact, chunk []byte
	for n, start := 1, 0; err == nil && (start < len(items) || n == 1); n, start = n+1, start+chunkSize {
		part := items[start:min(start+chunkSize, len(items))]
		chunk = appendFeedHead(chunk[:0], a.kind, len(part), start+1, len(items), issued)
		for i, body := range part {
			if i > 0 {
				chunk = append(chunk, ", "...)
			}
			compact = a.kind.appendItem(compact[:0], body)
			chunk = appendPretty(chunk, compact, 1)
		}
		err = a.add(t, n, appendFeedEnd(chunk, len(part) > 0), issued)
	}
	if err == nil {
		err = t.Close()
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("archive %s: %w", a.name, err)
	}
	return &edition{name: a.name, issued: issued, meta: meta.text(issued, int64(gz.Len())), gz: gz.Bytes()}, nil
}

// begin writes the folder that the chunks are in.
func (a *archive) begin(t *tar.Writer, issued time.Time) error {
	return t.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: a.name + "-chunks/", Mode: 0o755, ModTime: issued.Truncate(time.Second)})
}

// add writes the nth chunk.
func (a *archive) add(t *tar.Writer, n int, chunk []byte, issued time.Time) error {
	head := tar.Header{Typeflag: tar.TypeReg, Name: a.member(n), Size: int64(len(chunk)), Mode: 0o644, ModTime: issued.Truncate(time.Second)}
	if err := t.WriteHeader(&head); err != nil {
		return err
	}
	_, err := t.Write(chunk)
	return err
}

// archiveMeta measures what is written through it for a .meta. Which bytes the
// size and sha256 of an archive are about is not confirmed; as for other feeds
// they are here of what was compressed, the tar.
type archiveMeta struct {
	counter
	sum interface{ Sum([]byte) []byte }
}

func newArchiveMeta(w io.Writer) *archiveMeta {
	sum := sha256.New()
	return &archiveMeta{counter{w: io.MultiWriter(sum, w)}, sum}
}

// text is the .meta of an archive of so many compressed bytes. The .zip of the
// same chunks is not simulated; its size is the usual distance away.
func (m *archiveMeta) text(issued time.Time, gzSize int64) []byte {
	const zipMore = 136
	return fmt.Appendf(nil, "lastModifiedDate:%s\r\nsize:%d\r\nzipSize:%d\r\ngzSize:%d\r\nsha256:%s\r\n",
		eastern(issued).Format(time.RFC3339), m.n, gzSize+zipMore, gzSize, strings.ToUpper(hex.EncodeToString(m.sum.Sum(nil))))
}
