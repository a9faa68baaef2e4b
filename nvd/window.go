package nvd

import (
	"errors"
	"fmt"
	"time"

	"vulnmirror/vuln"
)

// Window is an interval of time of any length, both ends included. A zero From
// and To is no window; with only To zero it ends at the time of asking.
type Window struct{ From, To time.Time }

// Since is the window from t until the time of asking.
func Since(t time.Time) Window { return Window{From: t} }

const (
	// longest is the longest window the API answers.
	longest = 120 * 24 * time.Hour
	// tick is the precision of NVD's times: windows that are one apart neither
	// overlap nor leave out a moment.
	tick = time.Millisecond
)

var errNoStart = errors.New("a window of time needs a beginning")

// split cuts the window into such as the API answers, oldest first.
func (w Window) split(now time.Time) ([]Window, error) {
	if w == (Window{}) {
		return nil, nil
	}
	if w.From.IsZero() {
		return nil, errNoStart
	}
	from, to := w.From.UTC().Truncate(tick), w.To.UTC()
	if w.To.IsZero() {
		to = now.UTC()
	}
	to = to.Truncate(tick)
	if to.Before(from) {
		return nil, fmt.Errorf("a window of time from %s ends before that, at %s", from.Format(time.RFC3339), to.Format(time.RFC3339))
	}
	var out []Window
	for to.Sub(from) > longest {
		out = append(out, Window{from, from.Add(longest)})
		from = from.Add(longest + tick)
	}
	if !to.Before(from) {
		out = append(out, Window{from, to})
	}
	return out, nil
}

// eachWindow repeats every request for every part of the window.
func eachWindow(requests []parameters, of string, w Window, now time.Time) ([]parameters, error) {
	parts, err := w.split(now)
	if err != nil || parts == nil {
		return requests, err
	}
	var out []parameters
	for _, p := range requests {
		for _, part := range parts {
			out = append(out, p.with(parameter{of + "StartDate", spell(part.From)}, parameter{of + "EndDate", spell(part.To)}))
		}
	}
	return out, nil
}

// spell writes a time with a zone: NVD has refused times without one.
func spell(t time.Time) string { return vuln.FormatTime(t) + "Z" }
