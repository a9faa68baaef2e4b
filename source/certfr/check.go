package certfr

import (
	"context"
	"errors"
	"fmt"
	"io"

	"vulnmirror/fetch"
	"vulnmirror/source"
)

// largestIndex bounds an index in memory; the one of avis has about 4 MB.
const largestIndex = 64 << 20

// Changed asks for both indexes and tells whether one of them says something
// else than when last looked at, or something is still to be had.
func (s *Source) Changed(ctx context.Context, up *fetch.Client, last source.Cursor) (bool, error) {
	st, err := readState(last)
	if err != nil || st.Missing > 0 || !last.Complete {
		return true, err
	}
	for _, section := range sections {
		before, ok := st.Indexes[section]
		if !ok {
			return true, nil
		}
		var now *listing
		_, _, err := up.Read(ctx, fetch.Request{
			URL: up.At(location(section)), ETag: before.ETag, LastModified: before.LastModified,
			Check: func(r io.Reader) (err error) {
				now, err = readListing(r)
				return err
			},
		}, largestIndex)
		if errors.Is(err, fetch.ErrNotModified) {
			continue
		}
		if err != nil {
			return true, fmt.Errorf("index of %s: %w", section, err)
		}
		if now.digest() != before.Digest {
			return true, nil
		}
	}
	return false, nil
}
