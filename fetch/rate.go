package fetch

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Rate bounds how often requests start. The zero Rate bounds nothing.
type Rate struct {
	Requests int           // at most so many starts
	Window   time.Duration // in any rolling window of this length
	Even     bool          // and each at least Window/Requests after the one before
}

// A window that remembers more starts than this is a mistake in writing.
const maxRequests = 10_000

// ParseRate reads "5/30s": at most 5 requests in any 30 seconds, evenly spaced.
// The window is a Go duration of up to 24h.
func ParseRate(s string) (Rate, error) {
	fail := func(why string) (Rate, error) {
		return Rate{}, fmt.Errorf("rate %q: %s; write it as requests/window, for example 5/30s", s, why)
	}
	count, window, ok := strings.Cut(s, "/")
	if !ok {
		return fail("no slash")
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 || n > maxRequests {
		return fail("the number of requests is not in 1 to " + strconv.Itoa(maxRequests))
	}
	d, err := time.ParseDuration(window)
	if err != nil || d <= 0 || d > 24*time.Hour {
		return fail("the window is not a duration of up to 24h")
	}
	return Rate{Requests: n, Window: d, Even: true}, nil
}

// String writes r as ParseRate reads it. An unbounded rate is "unlimited".
func (r Rate) String() string {
	if r.Requests <= 0 {
		return "unlimited"
	}
	window := r.Window.String()
	if strings.HasSuffix(window, "m0s") {
		window = strings.TrimSuffix(window, "0s")
	}
	if strings.HasSuffix(window, "h0m") {
		window = strings.TrimSuffix(window, "0m")
	}
	return strconv.Itoa(r.Requests) + "/" + window
}

// margin is added to the window: the server counts arrivals, we count
// departures, and the way between them is not always equally long. Short
// windows get a fiftieth, but no less than a busy machine may keep a ready
// request waiting, unless that were much of the window.
func (r Rate) margin() time.Duration {
	if r.Window >= 10*time.Second {
		return 500 * time.Millisecond
	}
	return max(r.Window/50, min(50*time.Millisecond, r.Window/5))
}

// delay says how long to wait at now before another start is allowed, given
// the earlier starts in ascending order.
func (r Rate) delay(sent []time.Time, now time.Time) time.Duration {
	if r.Requests <= 0 || len(sent) == 0 {
		return 0
	}
	window := r.Window + r.margin()
	var wait time.Duration
	if len(sent) >= r.Requests {
		wait = sent[len(sent)-r.Requests].Add(window).Sub(now)
	}
	if r.Even {
		n := time.Duration(r.Requests)
		spacing := (window + n - 1) / n
		wait = max(wait, sent[len(sent)-1].Add(spacing).Sub(now))
	}
	return max(wait, 0)
}

// remember appends now to sent and drops the starts that no longer count.
func (r Rate) remember(sent []time.Time, now time.Time) []time.Time {
	horizon := now.Add(-r.Window - r.margin())
	for len(sent) > 0 && sent[0].Before(horizon) {
		sent = sent[1:]
	}
	return append(sent, now)
}
