package feeds

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"

	"vulnmirror/store"
)

// timestampLayout is NVD's in its feeds: local time without a zone. NVD trims
// zeros off its seven fraction digits; three always is what every reader of a
// feed and of an API answer understands.
const timestampLayout = "2006-01-02T15:04:05.000"

// write streams what q asks of the snapshot into a file on the shelf. The bytes
// depend on the records alone. Memory does not grow with them.
func write(ctx context.Context, from store.Reader, q store.Query, f feed, e edition, on shelf) (build, error) {
	part, err := on.create()
	if err != nil {
		return build{}, err
	}
	defer os.Remove(part.Name()) // gone once it is renamed
	defer part.Close()           // closed before it is kept

	out := newPacker(part)
	if f.layout.chunk == 0 {
		err = writeJSON(ctx, out, from, q, f, e.Digest)
	} else {
		err = writeArchive(ctx, out, from, q, f, e.Digest, on)
	}
	if err != nil {
		return build{}, err
	}
	if err := out.Close(); err != nil {
		return build{}, fmt.Errorf("write %s: %w", f.key(), err)
	}
	if err := part.Close(); err != nil {
		return build{}, fmt.Errorf("write %s: %w", f.key(), err)
	}
	b := build{edition: e, Size: out.content.n, SHA256: out.content.hex(), GzipSize: out.packed.n, GzipSHA256: out.packed.hex()}
	b.File, err = on.keep(part, b.GzipSHA256, f.layout.packed)
	return b, err
}

// writeJSON writes NVD's document: its seven keys, then the bodies as they are
// held, one a line.
func writeJSON(ctx context.Context, out io.Writer, from store.Reader, q store.Query, f feed, d store.Digest) error {
	doc := newDocumentWriter(out, f, d)
	doc.begin(0, d.Count)
	for record, err := range checked(ctx, from, q, f, d) {
		if err != nil {
			return err
		}
		if err := doc.add(record.Body); err != nil {
			return err
		}
	}
	return doc.end()
}

// packer compresses what is written to it and takes the sum of both sides. The
// gzip header holds neither name nor time.
type packer struct {
	plain   *bufio.Writer
	gz      *gzip.Writer
	file    *bufio.Writer
	content sum
	packed  sum
}

func newPacker(file io.Writer) *packer {
	p := &packer{content: sum{Hash: sha256.New()}, packed: sum{Hash: sha256.New()}}
	p.file = bufio.NewWriterSize(io.MultiWriter(file, &p.packed), 64<<10)
	p.gz = gzip.NewWriter(p.file)
	p.plain = bufio.NewWriterSize(io.MultiWriter(p.gz, &p.content), 64<<10)
	return p
}

func (p *packer) Write(b []byte) (int, error) { return p.plain.Write(b) }

// Close finishes the gzip stream; the file stays open.
func (p *packer) Close() error {
	return errors.Join(p.plain.Flush(), p.gz.Close(), p.file.Flush())
}

// sum hashes and counts.
type sum struct {
	hash.Hash
	n int64
}

func (s *sum) Write(b []byte) (int, error) {
	s.n += int64(len(b))
	return s.Hash.Write(b)
}

func (s *sum) hex() string { return hex.EncodeToString(s.Sum(nil)) }
