package serve

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// Limits bound what one client can take. Zero fields mean the default named.
type Limits struct {
	Header   int           // bytes of a request's header: 16 KiB
	Requests int           // data requests worked on at once, each of up to 10 MB: 32
	Queue    time.Duration // longest wait for a turn, then 503: 5 s
	Request  time.Duration // longest time to find an answer, then 503: 30 s
	Read     time.Duration // longest time to receive a request: 15 s
	Stall    time.Duration // longest time a client may take nothing of its answer: 60 s
	Idle     time.Duration // longest time a connection may stay unused: 2 min
	Stop     time.Duration // longest time a graceful stop may take: 10 s
}

func (l Limits) withDefaults() Limits {
	if l.Header == 0 {
		l.Header = 16 << 10
	}
	if l.Requests == 0 {
		l.Requests = 32
	}
	for _, d := range []struct {
		value *time.Duration
		or    time.Duration
	}{
		{&l.Queue, 5 * time.Second},
		{&l.Request, 30 * time.Second},
		{&l.Read, 15 * time.Second},
		{&l.Stall, time.Minute},
		{&l.Idle, 2 * time.Minute},
		{&l.Stop, 10 * time.Second},
	} {
		if *d.value == 0 {
			*d.value = d.or
		}
	}
	return l
}

// slots let so many requests through at once. The rest wait their turn.
type slots struct {
	free chan struct{}
	wait time.Duration
}

func newSlots(l Limits) slots {
	return slots{make(chan struct{}, l.Requests), l.Queue}
}

func (s slots) limit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.take(r.Context()) {
			w.Header().Set("Retry-After", strconv.Itoa(max(1, int(s.wait/time.Second))))
			w.Header().Set("Access-Control-Allow-Origin", "*") // scripts on web pages may know, too
			http.Error(w, "too many requests at once", http.StatusServiceUnavailable)
			return
		}
		defer func() { <-s.free }()
		next.ServeHTTP(w, r)
	})
}

func (s slots) take(ctx context.Context) bool {
	select {
	case s.free <- struct{}{}:
		return true
	default:
	}
	patience := time.NewTimer(s.wait)
	defer patience.Stop()
	select {
	case s.free <- struct{}{}:
		return true
	case <-patience.C:
	case <-ctx.Done():
	}
	return false
}

// deadline ends the work on an answer after d.
func deadline(d time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), d)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// readOnly refuses what would change something. The NVD API does so itself,
// since it also answers OPTIONS.
func readOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "only GET and HEAD are answered", http.StatusMethodNotAllowed)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// closeOnBody gives up connections whose client sends a body, which nothing
// here reads. A body that does not end within d is cut off.
//
// The server's own ReadTimeout would do, but it also ends the context of every
// request that takes longer to answer than a request may take to arrive.
func closeOnBody(d time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			w.Header().Set("Connection", "close")
			// A writer without deadlines, as in tests, has nobody to wait for.
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(d))
		}
		next.ServeHTTP(w, r)
	})
}
