package nvd

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Meta is what a feed's .meta file says of the feed beside it.
type Meta struct {
	LastModified time.Time // UTC; when upstream made the feed
	Size         int64     // bytes of the uncompressed JSON
	ZipSize      int64     // bytes of the .zip
	GzSize       int64     // bytes of the .gz
	SHA256       string    // lower-case hex, of the uncompressed JSON
}

// ParseMeta reads a .meta file: lines of key:value, split at the first colon,
// with either line ending. Unknown keys are passed over; size, sha256 and
// lastModifiedDate must be there.
func ParseMeta(data []byte) (Meta, error) {
	var m Meta
	var err error
	for n, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		key, value, found := strings.Cut(line, ":")
		if !found || strings.HasPrefix(line, "<") {
			return Meta{}, fmt.Errorf("line %d: %.40q is not key:value; this is no .meta file", n+1, line)
		}
		switch key {
		case "lastModifiedDate":
			m.LastModified, err = time.Parse(time.RFC3339, value)
			m.LastModified = m.LastModified.UTC()
		case "size":
			m.Size, err = strconv.ParseInt(value, 10, 64)
		case "zipSize":
			m.ZipSize, err = strconv.ParseInt(value, 10, 64)
		case "gzSize":
			m.GzSize, err = strconv.ParseInt(value, 10, 64)
		case "sha256":
			m.SHA256 = strings.ToLower(value)
			_, err = hex.DecodeString(value)
		}
		if err != nil {
			return Meta{}, fmt.Errorf("line %d: %s: %w", n+1, key, err)
		}
	}
	if m.LastModified.IsZero() || m.Size <= 0 || len(m.SHA256) != 64 {
		return Meta{}, fmt.Errorf("lastModifiedDate, size or sha256 is missing; this is no complete .meta file")
	}
	return m, nil
}
