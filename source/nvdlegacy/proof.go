package nvdlegacy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"vulnmirror/format/nvdlegacy"
	"vulnmirror/source"
)

// Proof is what is known of a document that was read to its end and is believed.
type Proof struct {
	Form    nvdlegacy.Form
	Records int // met, the refused ones among them
	Refused int // that are not readable and will not be stored
	Made    time.Time
	Newest  time.Time // the latest Modified

	bytes  int64    // of the document unpacked
	sha256 string   // of the same, lower-case hex
	layers []string // what it was packed in
}

// prove reads a document, packed or not, to its end. What is wrong with it is an
// error that wraps source.ErrRefused; the Proof then has what was known before.
// Failures to read r at all, and the end of ctx, come back as they are.
func prove(ctx context.Context, r io.Reader) (p Proof, err error) {
	from := &watched{ctx: ctx, r: r}
	defer func() {
		if err != nil && from.err != nil {
			err = from.err
		} else if err != nil {
			err = refuse(err)
		}
	}()
	inner, err := unpack(from, sound)
	if err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, inner.Close()) }()
	p.layers = inner.layers
	sum := sha256.New()
	size := &counter{r: io.TeeReader(inner, sum)}
	document, err := nvdlegacy.Open(size)
	if err != nil {
		return p, err
	}
	p.Form = document.Form()
	var first error
	for {
		record, err := document.Next()
		p.Records, p.Made = document.Count(), document.Made()
		var unreadable *nvdlegacy.RecordError
		switch {
		case errors.Is(err, io.EOF):
			p.bytes, p.sha256 = size.n, hex.EncodeToString(sum.Sum(nil))
			return p, allRefused(p, first)
		case errors.As(err, &unreadable):
			if p.Refused++; first == nil {
				first = err
			}
		case err != nil:
			return p, err
		case record.Modified.After(p.Newest):
			p.Newest = record.Modified
		}
	}
}

// allRefused refuses a document of which nothing is left.
func allRefused(p Proof, first error) error {
	if p.Refused == 0 || p.Refused < p.Records {
		return nil
	}
	return fmt.Errorf("none of its %d records can be read; the first: %w", p.Records, first)
}

// watched reads until its context ends, and remembers how reading failed, to
// tell a bad disk from bad bytes.
type watched struct {
	ctx context.Context
	r   io.Reader
	err error
}

func (w *watched) Read(p []byte) (int, error) {
	if w.err = context.Cause(w.ctx); w.err != nil {
		return 0, w.err
	}
	n, err := w.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		w.err = err
	}
	return n, err
}

// refuse marks what is wrong with data, as opposed to what failed.
func refuse(err error) error { return fmt.Errorf("%w: %w", source.ErrRefused, err) }
