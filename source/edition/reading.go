package edition

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"time"

	"vulnmirror/format/jsonlist"
	"vulnmirror/source"
)

// Nexter is what decoders' readers have in common.
type Nexter interface{ Next() ([]byte, error) }

// OfList is how the readers of format packages that split lists are read: one
// that refuses records by *jsonlist.RecordError.
func OfList(r Nexter, release func() (string, time.Time), finish func() error) Reading {
	return Reading{Next: r.Next, Release: release, Close: finish, Refusal: Refusal(func(bad *jsonlist.RecordError) source.Refused {
		return source.Refused{ID: bad.ID, Place: "record " + strconv.Itoa(bad.Position), Reason: bad.Err.Error()}
	})}
}

// Refusal is Reading.Refusal for readers that refuse records by errors of type E.
func Refusal[E error](say func(E) source.Refused) func(error) *source.Refused {
	return func(err error) *source.Refused {
		bad, ok := errors.AsType[E](err)
		if !ok {
			return nil
		}
		refused := say(bad)
		return &refused
	}
}

// Unnamed is Reading.Release of upstreams that number no releases.
func Unnamed() (string, time.Time) { return "", time.Time{} }

// OneFile begins to read an edition that is the one file at a path: begin makes a
// reading of it, which need not close the file.
func OneFile(path string, begin func(io.Reader) Reading) func(fs.FS) (Reading, error) {
	return func(fsys fs.FS) (Reading, error) {
		f, err := fsys.Open(path)
		if err != nil {
			return Reading{}, err
		}
		reading := begin(f)
		next := reading.Next
		reading.Next = func() ([]byte, error) {
			body, err := next()
			if err != nil && !errors.Is(err, io.EOF) && reading.Refusal(err) == nil {
				err = fmt.Errorf("%s: %w", path, err)
			}
			return body, err
		}
		reading.Close = f.Close
		return reading, nil
	}
}

// ReadsFirst is Part.Check for documents of which begin makes a reading: it reads
// until a record is had.
func ReadsFirst(begin func(io.Reader) Reading) func(io.Reader) error {
	return func(r io.Reader) error {
		reading := begin(r)
		_, err := reading.Next()
		if reading.Refusal(err) != nil {
			err = nil
		}
		return err
	}
}

// ReadsAll is ReadsFirst to the end.
func ReadsAll(begin func(io.Reader) Reading) func(io.Reader) error {
	return func(r io.Reader) error {
		reading := begin(r)
		for {
			switch _, err := reading.Next(); {
			case errors.Is(err, io.EOF):
				return nil
			case err != nil && reading.Refusal(err) == nil:
				return err
			}
		}
	}
}
