// Package bodycodec gives the bytes in which stores keep a record's body: one
// frame per record, made with a dictionary that is part of the program, so that
// a single record can be read or replaced by itself and is still about a fifth
// of its size. Every store keeps the same bytes.
//
// Prose is packed by zstd. Of a body of 300 bytes, as CPE names have, zstd
// spends ten times as long on getting ready; those are packed by S2 (see
// entry.go).
//
// A frame names its dictionary by id. A dictionary, once released, stays for
// ever: bodies compressed with it must be readable by every later program.
package bodycodec

import (
	"embed"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/klauspost/compress/zstd"

	"vulnmirror/vuln"
)

// MaxBody bounds the size of a body that Decode will unpack, in bytes. The
// largest real record has under 1 MB.
const MaxBody = 256 << 20

//go:embed dict/*.zdict dict/*.s2dict
var dictionaries embed.FS

// newest is the dictionary that Encode uses.
const newest = "dict/cve-1.zdict"

// all lists every dictionary ever used, newest last.
var all = []string{newest}

var shared = sync.OnceValues(newCodec)

type codec struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

func newCodec() (*codec, error) {
	var decOptions []zstd.DOption
	var encDict []byte
	for _, name := range all {
		d, err := dictionaries.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("body dictionary: %w", err)
		}
		decOptions = append(decOptions, zstd.WithDecoderDicts(d))
		encDict = d
	}
	// The fastest level: with a dictionary the higher ones cost 3.5 times the
	// time for 1 to 8 % of the size. No entropy coding: each small frame would
	// carry tables of its own; without, bodies are 18 % larger and unpacked 1.7
	// times as fast, packed 1.25 times.
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderDict(encDict), zstd.WithNoEntropyCompression(true),
		zstd.WithEncoderConcurrency(runtime.GOMAXPROCS(0)), zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, fmt.Errorf("body compressor: %w", err)
	}
	decOptions = append(decOptions, zstd.WithDecoderConcurrency(runtime.GOMAXPROCS(0)), zstd.WithDecoderMaxMemory(MaxBody))
	dec, err := zstd.NewReader(nil, decOptions...)
	if err != nil {
		return nil, fmt.Errorf("body decompressor: %w", err)
	}
	return &codec{enc: enc, dec: dec}, nil
}

// Pack appends the compressed body of a record of that kind to dst, in the way
// that suits the kind. It may be called from many goroutines.
func Pack(dst []byte, kind vuln.Kind, body []byte) ([]byte, error) {
	if kind == vuln.KindCPE || kind == vuln.KindMatchCriteria {
		return EncodeEntry(dst, body)
	}
	return Encode(dst, body)
}

// Encode appends the compressed body of a record with much text to dst. It may
// be called from many goroutines.
func Encode(dst, body []byte) ([]byte, error) {
	c, err := shared()
	if err != nil {
		return nil, err
	}
	return c.enc.EncodeAll(body, dst), nil
}

// Compressed reports whether b was made by Encode or EncodeEntry, and is not a
// body itself. No JSON text begins as their frames do.
func Compressed(b []byte) bool {
	return isEntry(b) || len(b) >= 4 && b[0] == 0x28 && b[1] == 0xb5 && b[2] == 0x2f && b[3] == 0xfd
}

// Decode appends to dst the body that b holds: unpacked when it is compressed,
// as it is otherwise. Damage is an error. It may be called from many
// goroutines.
func Decode(dst, b []byte) ([]byte, error) {
	if !Compressed(b) {
		return append(dst, b...), nil
	}
	if isEntry(b) {
		return decodeEntry(dst, b)
	}
	c, err := shared()
	if err != nil {
		return nil, err
	}
	out, err := c.dec.DecodeAll(b, dst)
	if errors.Is(err, zstd.ErrUnknownDictionary) {
		return nil, fmt.Errorf("unpack a body: its dictionary is not in this program; use a newer vulnmirror: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("unpack a body: %w", err)
	}
	return out, nil
}
