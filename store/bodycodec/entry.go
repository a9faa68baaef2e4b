package bodycodec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"sync"

	"github.com/klauspost/compress/s2"
)

// A frame of EncodeEntry is this byte, with which no JSON text begins, the
// number of the dictionary, the CRC-32C of the body (4 bytes, little endian),
// and the body as an S2 block.
const (
	entryMagic = 0x01
	entryHead  = 6
)

// entryDictionaries by number, from 1.
var entryDictionaries = []string{"dict/cpe-1.s2dict"}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var entryDicts = sync.OnceValues(func() ([]*s2.Dict, error) {
	var out []*s2.Dict
	for _, name := range entryDictionaries {
		data, err := dictionaries.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("body dictionary: %w", err)
		}
		d := s2.NewDict(data)
		if d == nil {
			return nil, fmt.Errorf("body dictionary %s is damaged", name)
		}
		out = append(out, d)
	}
	return out, nil
})

func isEntry(b []byte) bool { return len(b) > entryHead && b[0] == entryMagic }

// EncodeEntry appends the compressed body of a CPE name or a match criterion to
// dst. It may be called from many goroutines.
func EncodeEntry(dst, body []byte) ([]byte, error) {
	dicts, err := entryDicts()
	if err != nil {
		return nil, err
	}
	newest := len(dicts)
	dst = append(dst, entryMagic, byte(newest))
	dst = binary.LittleEndian.AppendUint32(dst, crc32.Checksum(body, castagnoli))
	if room := s2.MaxEncodedLen(len(body)); cap(dst)-len(dst) < room {
		dst = append(make([]byte, 0, len(dst)+room), dst...)
	}
	packed := dicts[newest-1].Encode(dst[len(dst):cap(dst)], body)
	return dst[:len(dst)+len(packed)], nil
}

// errDamaged: a frame whose body is not the one that was packed.
var errDamaged = errors.New("unpack a body: it is damaged")

func decodeEntry(dst, b []byte) ([]byte, error) {
	dicts, err := entryDicts()
	if err != nil {
		return nil, err
	}
	number := int(b[1])
	if number < 1 || number > len(dicts) {
		return nil, errors.New("unpack a body: its dictionary is not in this program; use a newer vulnmirror")
	}
	block := b[entryHead:]
	size, err := s2.DecodedLen(block)
	if err != nil {
		return nil, fmt.Errorf("unpack a body: %w", err)
	}
	if size > MaxBody {
		return nil, fmt.Errorf("unpack a body: %d bytes are more than any record has", size)
	}
	body, err := dicts[number-1].Decode(make([]byte, size), block)
	if err != nil {
		return nil, fmt.Errorf("unpack a body: %w", err)
	}
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(b[2:]) {
		return nil, errDamaged
	}
	if len(dst) == 0 {
		return body, nil
	}
	return append(dst, body...), nil
}
