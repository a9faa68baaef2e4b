package archive

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// The encodings of files on disk.
const (
	encGzip = "gzip"
	encZstd = "zstd"
)

// Magic numbers: RFC 1952 section 2.3.1, RFC 8878 section 3.1.1.
var (
	magicGzip = []byte{0x1f, 0x8b}
	magicZstd = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

// extensions is what a file name ends in, by encoding.
var extensions = map[string]string{encGzip: ".gz", encZstd: ".zst"}

func checkEncoding(encoding string) error {
	if encoding != "" && extensions[encoding] == "" {
		return fmt.Errorf("unknown encoding %q", encoding)
	}
	return nil
}

// OpenContent opens a file and decompresses it: .gz and .zst by their name,
// others if they begin with the magic number of gzip or Zstandard. One layer is
// removed. Damage shows as an error while reading.
func OpenContent(fsys fs.FS, filename string) (io.ReadCloser, error) {
	f, err := fsys.Open(filename)
	if err != nil {
		return nil, err
	}
	r := bufio.NewReaderSize(f, 64<<10)
	content, err := decode(r, encodingOf(filename, r))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", filename, err), f.Close())
	}
	return contentFile{ReadCloser: content, file: f}, nil
}

func encodingOf(filename string, r *bufio.Reader) string {
	for encoding, ext := range extensions {
		if strings.HasSuffix(filename, ext) {
			return encoding
		}
	}
	head, _ := r.Peek(len(magicZstd)) // a short file has a short head; a read error comes again
	switch {
	case bytes.HasPrefix(head, magicGzip):
		return encGzip
	case bytes.HasPrefix(head, magicZstd):
		return encZstd
	}
	return ""
}

// contentFile closes the decompressor and the file below it.
type contentFile struct {
	io.ReadCloser
	file io.Closer
}

func (c contentFile) Close() error {
	err := c.ReadCloser.Close()
	if e := c.file.Close(); err == nil {
		err = e
	}
	return err
}

func decode(r io.Reader, encoding string) (io.ReadCloser, error) {
	switch encoding {
	case encGzip:
		return gzip.NewReader(r)
	case encZstd:
		// One goroutine, and the largest window the zstd program makes.
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	}
	return io.NopCloser(r), nil
}

// digest is the size and SHA-256 of some bytes.
type digest struct {
	bytes  int64
	sha256 string
}

// meter sums what is written to it.
type meter struct {
	hash  hash.Hash
	bytes int64
}

func newMeter() *meter { return &meter{hash: sha256.New()} }

func (m *meter) Write(p []byte) (int, error) {
	m.bytes += int64(len(p))
	return m.hash.Write(p)
}

func (m *meter) digest() digest {
	return digest{bytes: m.bytes, sha256: hex.EncodeToString(m.hash.Sum(nil))}
}

// weigh reads r to its end once and returns the digests of its bytes and of
// their content. bad says why the content cannot be had; err is a failure to
// read at all.
func weigh(r io.Reader, encoding string) (file, content digest, bad, err error) {
	if encoding == "" {
		plain := newMeter()
		_, err := io.Copy(plain, r)
		return plain.digest(), plain.digest(), nil, err
	}
	source := &watched{r: r}
	disk, inner := newMeter(), newMeter()
	tee := io.TeeReader(source, disk)
	d, bad := decode(tee, encoding)
	if bad == nil {
		_, bad = io.Copy(inner, d)
		_ = d.Close() // what is wrong with the bytes, reading them has said
	}
	if source.err == nil {
		_, _ = io.Copy(io.Discard, tee) // its error is in source.err
	}
	return disk.digest(), inner.digest(), bad, source.err
}

// watched remembers how reading failed, to tell a bad disk from bad bytes.
type watched struct {
	r   io.Reader
	err error
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}

// compressor makes Zstandard files, one at a time. It keeps its tables, which
// are dear to make for a small file.
type compressor struct {
	mu   sync.Mutex
	zstd *zstd.Encoder
}

// compress writes r to w as Zstandard and returns the digests of what was
// written and what was read. The window of 4 MiB, half a full page of the NVD
// API, bounds the memory.
func (c *compressor) compress(w io.Writer, r io.Reader) (file, content digest, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.zstd == nil {
		c.zstd, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBetterCompression),
			zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(4<<20), zstd.WithZeroFrames(true))
		if err != nil {
			return digest{}, digest{}, err
		}
	}
	disk, inner := newMeter(), newMeter()
	c.zstd.Reset(io.MultiWriter(w, disk))
	_, err = io.Copy(c.zstd, io.TeeReader(r, inner))
	// Close also when copying failed: the next Reset needs it.
	if err = errors.Join(err, c.zstd.Close()); err != nil {
		return digest{}, digest{}, err
	}
	return disk.digest(), inner.digest(), nil
}
