package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// watched reads a body, and cancels the attempt when no byte comes for idle, or
// when the attempt is still not done at the deadline.
type watched struct {
	body     io.Reader
	ctx      context.Context
	cancel   context.CancelCauseFunc
	idle     time.Duration
	deadline time.Time
	counters *counters
}

func (w *watched) Read(p []byte) (int, error) {
	patience, cause := w.idle, fmt.Errorf("%w: no byte for %s", errStalled, w.idle)
	if left := time.Until(w.deadline); left < patience {
		patience, cause = max(left, 0), errTooLong
	}
	timer := time.AfterFunc(patience, func() { w.cancel(cause) })
	n, err := w.body.Read(p)
	timer.Stop()
	w.counters.bytes.Add(int64(n))
	if err != nil && !errors.Is(err, io.EOF) && w.ctx.Err() != nil {
		err = context.Cause(w.ctx)
	}
	return n, err
}
