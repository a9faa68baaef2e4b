package fetch

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// parseRetryAfter reads a Retry-After header: whole seconds or an HTTP date
// (RFC 9110, 10.2.3). A date is relative to now, the server's clock. ok is false
// when s is neither. The wait is never negative.
func parseRetryAfter(s string, now time.Time) (wait time.Duration, ok bool) {
	s = strings.TrimSpace(s)
	if seconds, err := strconv.ParseInt(s, 10, 64); err == nil {
		if seconds < 0 {
			return 0, false
		}
		return time.Duration(min(seconds, math.MaxInt64/int64(time.Second))) * time.Second, true
	}
	at, err := http.ParseTime(s)
	if err != nil {
		return 0, false
	}
	return max(at.Sub(now), 0), true
}

// contentRange is a Content-Range header (RFC 9110, 14.4).
type contentRange struct {
	first, last int64 // inclusive
	total       int64 // -1 when unknown
}

// parseContentRange reads "bytes 5-9/10" and "bytes 5-9/*".
func parseContentRange(s string) (r contentRange, ok bool) {
	unit, rest, _ := strings.Cut(strings.TrimSpace(s), " ")
	span, size, _ := strings.Cut(rest, "/")
	first, last, _ := strings.Cut(span, "-")
	var good [3]bool
	r.first, good[0] = parseOffset(first)
	r.last, good[1] = parseOffset(last)
	if size == "*" {
		r.total, good[2] = -1, true
	} else {
		r.total, good[2] = parseOffset(size)
	}
	ok = strings.EqualFold(unit, "bytes") && good == [3]bool{true, true, true} &&
		r.first <= r.last && (r.total < 0 || r.last < r.total)
	if !ok {
		return contentRange{}, false
	}
	return r, true
}

func parseOffset(s string) (int64, bool) {
	n, err := strconv.ParseUint(s, 10, 63)
	return int64(n), err == nil
}

func parseDate(s string) time.Time {
	t, err := http.ParseTime(s)
	if err != nil {
		return time.Time{}
	}
	return t
}
