package vuln

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
)

// UUID is an identifier as NVD gives to CPE names and match criteria.
type UUID [16]byte

// ErrBadUUID reports text that is not a UUID.
var ErrBadUUID = errors.New("not a UUID (expected 8-4-4-4-12 hexadecimal digits)")

// ParseUUID reads the form 8-4-4-4-12 in either case, or fails with ErrBadUUID.
func ParseUUID[T string | []byte](s T) (u UUID, err error) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return u, ErrBadUUID
	}
	for i, at := range [16]int{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34} {
		high, low := nibble(s[at]), nibble(s[at+1])
		if high < 0 || low < 0 {
			return UUID{}, ErrBadUUID
		}
		u[i] = byte(high<<4 | low)
	}
	return u, nil
}

func nibble(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// String spells the UUID in upper case, as NVD does.
func (u UUID) String() string {
	h := strings.ToUpper(hex.EncodeToString(u[:]))
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// Head returns the first half of the UUID, which tells millions apart.
func (u UUID) Head() uint64 { return binary.BigEndian.Uint64(u[:8]) }
