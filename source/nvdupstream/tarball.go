package nvdupstream

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
)

// limits bound what an archive may unpack to. NVD's larger one has about 70
// members, 3.5 GB together.
type limits struct {
	members int
	member  int64 // bytes
	total   int64 // bytes of all members
}

const (
	// ratioLimit is how many times its size an archive may unpack to; NVD's
	// unpack to about ten times.
	ratioLimit = 200
	// ratioFloor is the size below which the ratio says nothing.
	ratioFloor = 1 << 20
)

// limitsFor an archive of that many bytes; 0 when that is not known.
func limitsFor(packed int64) limits {
	l := limits{members: 10_000, member: 1 << 30, total: 8 << 30}
	if packed > 0 {
		l.total = min(l.total, ratioLimit*max(packed, ratioFloor))
	}
	return l
}

// member is one file in an archive.
type member struct {
	name string
	io.Reader
}

// members walks an unpacked tar archive once, from front to end, and yields its
// files. Nothing is written anywhere; an archive that would do harm where it is
// unpacked is refused all the same, with the member's name, because nobody
// makes such by mistake. An error ends the walk.
func members(r io.Reader, most limits) iter.Seq2[member, error] {
	return func(yield func(member, error) bool) {
		in := tar.NewReader(r)
		var total int64
		for count := 1; ; count++ {
			head, err := in.Next()
			if errors.Is(err, io.EOF) {
				if err := atEnd(r); err != nil {
					yield(member{}, err)
				}
				return
			}
			if err != nil {
				yield(member{}, fmt.Errorf("the archive is damaged after %d members: %w", count-1, err))
				return
			}
			total += head.Size // tar refuses negative ones
			if err := acceptable(head, count, total, most); err != nil {
				yield(member{}, &harmfulError{err})
				return
			}
			if head.Typeflag == tar.TypeReg && !yield(member{head.Name, in}, nil) {
				return
			}
		}
	}
}

// harmfulError reports an archive not to be unpacked any further.
type harmfulError struct{ error }

func (e *harmfulError) Unwrap() error { return e.error }

// acceptable says why a member must not be looked at.
func acceptable(head *tar.Header, count int, total int64, most limits) error {
	name := head.Name
	switch {
	case strings.HasPrefix(name, "/"), strings.ContainsAny(name, "\\\x00"), slices.Contains(strings.Split(name, "/"), ".."),
		len(name) > 1 && name[1] == ':':
		return fmt.Errorf("archive member %q has a path that leads out of the archive", name)
	case !slices.Contains([]byte{tar.TypeReg, tar.TypeDir, tar.TypeXGlobalHeader}, head.Typeflag):
		return fmt.Errorf("archive member %q is neither a file nor a folder (type %q)", name, head.Typeflag)
	case isSparse(head):
		return fmt.Errorf("archive member %q is sparse", name)
	case count > most.members:
		return fmt.Errorf("archive member %q is number %d, more than %d are not read", name, count, most.members)
	case head.Size > most.member:
		return fmt.Errorf("archive member %q holds %d bytes, more than %d are not read", name, head.Size, most.member)
	case total > most.total:
		return fmt.Errorf("archive member %q brings the archive to %d bytes, more than %d are not read of one of its size", name, total, most.total)
	}
	return nil
}

// isSparse tells of members whose zeros are not in the archive.
func isSparse(head *tar.Header) bool {
	for key := range head.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// endPadding is how much may follow an archive's end: tar fills up its blocks.
const endPadding = 1 << 20

func atEnd(r io.Reader) error {
	n, err := io.Copy(io.Discard, io.LimitReader(r, endPadding+1))
	if err == nil && n > endPadding {
		err = errors.New("more data after the archive's end")
	}
	return err
}
