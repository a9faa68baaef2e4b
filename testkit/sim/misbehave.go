package sim

import (
	"fmt"
	"net"
	"net/http"
	"time"
)

// answerFault gives the answers that are wrong as a whole, and tells whether it
// has answered.
func answerFault(w http.ResponseWriter, f Fault) bool {
	switch f {
	case Reset:
		reset(w)
	case HTML:
		html(w, http.StatusOK, "The service is being maintained. Please try again later.")
	case EmptyBody:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusOK)
	default:
		return answerStatus(w, f)
	}
	return true
}

// answerStatus gives an answer that fails by its status.
func answerStatus(w http.ResponseWriter, f Fault) bool {
	switch f {
	case Forbidden:
		html(w, http.StatusForbidden, "Request forbidden by administrative rules.")
	case TooManyRequests:
		w.Header().Set("Retry-After", "0")
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusTooManyRequests)
		fmt.Fprint(w, "Too many requests")
	case Status503:
		w.Header().Set("Cache-Control", "no-cache")
		html(w, http.StatusServiceUnavailable, "No server is available to handle this request.")
	case Status500, Status502, Status504, Status524:
		code := map[Fault]int{Status500: 500, Status502: 502, Status504: 504, Status524: 524}[f]
		html(w, code, fmt.Sprintf("The server failed (%d).", code))
	default:
		return false
	}
	return true
}

func html(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(code)
	fmt.Fprintf(w, "<html><body><h1>%d %s</h1>\n%s\n</body></html>\n", code, http.StatusText(code), text)
}

// reset drops the connection so that the client sees "connection reset by peer".
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2: the stream is reset instead
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // at worst the connection ends more gently
	}
	_ = conn.Close()
}

// wrap makes a right answer end badly: Truncated and Stalled stop about half
// way through the body.
func wrap(w http.ResponseWriter, r *http.Request, f Fault, stallFor time.Duration) http.ResponseWriter {
	switch f {
	case Truncated:
		return &broken{ResponseWriter: w, stop: func() {}}
	case Stalled:
		return &broken{ResponseWriter: w, stop: func() {
			limit := time.NewTimer(stallFor)
			defer limit.Stop()
			select {
			case <-r.Context().Done():
			case <-limit.C:
			}
		}}
	}
	return w
}

// broken passes on half of what is written first, calls stop and gives up.
type broken struct {
	http.ResponseWriter
	stop func()
}

func (b *broken) Write(p []byte) (int, error) {
	_, _ = b.ResponseWriter.Write(p[:len(p)/2])
	_ = http.NewResponseController(b.ResponseWriter).Flush()
	b.stop()
	panic(http.ErrAbortHandler)
}
