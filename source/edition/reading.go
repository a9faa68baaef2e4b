package edition

import (
	"errors"
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
func OfList(r Nexter, release func() (string, time.Time), close func() error) Reading {
	return Reading{Next: r.Next, Release: release, Close: close, Refusal: func(err error) *source.Refused {
		bad, ok := errors.AsType[*jsonlist.RecordError](err)
		if !ok {
			return nil
		}
		return &source.Refused{ID: bad.ID, Place: "record " + strconv.Itoa(bad.Position), Reason: bad.Err.Error()}
	}}
}

// OneFile begins to read an edition that is the one file at a path: begin makes a
// reader of it.
func OneFile(path string, begin func(io.Reader) (Nexter, func() (string, time.Time), error)) func(fs.FS) (Reading, error) {
	return func(fsys fs.FS) (Reading, error) {
		f, err := fsys.Open(path)
		if err != nil {
			return Reading{}, err
		}
		r, release, err := begin(f)
		if err != nil {
			return Reading{}, errors.Join(err, f.Close())
		}
		return OfList(r, release, f.Close), nil
	}
}
