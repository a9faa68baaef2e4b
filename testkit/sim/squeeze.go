package sim

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"io"
	"runtime"
	"strings"

	"github.com/klauspost/compress/flate"
	"golang.org/x/sync/errgroup"
)

// squeezed measures what was compressed and how it turned out.
type squeezed struct {
	size, packed int64
	sha256       string // of what was compressed, upper case
}

// piece is a part of a stream, as it is and compressed.
type piece struct{ plain, packed []byte }

// squeezeAll compresses n parts into one gzip member (RFC 1952), on all cores;
// part makes each and is called at once for several. No more parts are held than
// there are cores, and one.
func squeezeAll(ctx context.Context, out io.Writer, n int, part func(n int) ([]byte, error)) (squeezed, error) {
	workers := runtime.GOMAXPROCS(0)
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(workers + 1) // one of them writes
	pieces := make([]chan piece, n)
	for i := range pieces {
		pieces[i] = make(chan piece, 1)
	}
	var sum squeezed
	taken := make(chan struct{}, workers)
	work.Go(func() (err error) {
		sum, err = join(ctx, out, pieces, taken)
		return err
	})
	for i := range n {
		select {
		case taken <- struct{}{}:
		case <-ctx.Done():
			return squeezed{}, work.Wait()
		}
		work.Go(func() error {
			plain, err := part(i)
			if err != nil {
				return err
			}
			packed, err := deflate(plain)
			pieces[i] <- piece{plain, packed}
			return err
		})
	}
	err := work.Wait()
	return sum, err
}

// join writes the pieces in order as they come, and takes one from taken for
// each.
func join(ctx context.Context, out io.Writer, pieces []chan piece, taken <-chan struct{}) (squeezed, error) {
	w := &counter{w: out}
	if _, err := w.Write(gzipHeader); err != nil {
		return squeezed{}, err
	}
	hash, crc, size := sha256.New(), uint32(0), int64(0)
	for _, next := range pieces {
		var p piece
		select {
		case p = <-next:
		case <-ctx.Done():
			return squeezed{}, context.Cause(ctx)
		}
		hash.Write(p.plain)
		crc = crc32.Update(crc, crc32.IEEETable, p.plain)
		size += int64(len(p.plain))
		if _, err := w.Write(p.packed); err != nil {
			return squeezed{}, err
		}
		<-taken
	}
	tail := binary.LittleEndian.AppendUint32([]byte{0x03, 0x00}, crc) // behind a last block that is empty (RFC 1951, 3.2.6)
	tail = binary.LittleEndian.AppendUint32(tail, uint32(size))
	_, err := w.Write(tail)
	return squeezed{size, w.n, strings.ToUpper(hex.EncodeToString(hash.Sum(nil)))}, err
}

// gzipHeader says deflate, no name, no time, unknown system (RFC 1952, 2.3).
var gzipHeader = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}

// deflate compresses a part so that another can follow it in the same stream.
func deflate(plain []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := flate.NewWriter(&b, flate.DefaultCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(plain); err != nil {
		return nil, err
	}
	err = z.Flush()
	return b.Bytes(), err
}
