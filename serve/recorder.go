package serve

import (
	"net/http"
	"time"
)

// recorder notes what was answered. It also moves the connection's write
// deadline ahead as long as the client takes its answer: a slow client gets a
// large feed in full, a stalled one does not hold a slot.
type recorder struct {
	http.ResponseWriter
	code     int
	bytes    int64
	stall    time.Duration
	extended time.Time // when the deadline was last moved
}

func (r *recorder) status() int {
	if r.code == 0 {
		return http.StatusOK
	}
	return r.code
}

func (r *recorder) WriteHeader(code int) {
	if r.code == 0 {
		r.code = code
	}
	r.ResponseWriter.WriteHeader(code)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.code == 0 {
		r.code = http.StatusOK
	}
	r.extend()
	n, err := r.ResponseWriter.Write(p)
	r.bytes += int64(n)
	return n, err
}

func (r *recorder) extend() {
	now := time.Now()
	if now.Sub(r.extended) < time.Second {
		return
	}
	r.extended = now
	// A writer without deadlines, as in tests, has nothing to move.
	_ = http.NewResponseController(r.ResponseWriter).SetWriteDeadline(now.Add(r.stall))
}

// Unwrap is for http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
