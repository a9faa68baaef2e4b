package nvdapi

import (
	"fmt"
	"time"

	"vulnmirror/store"
)

// maxWindow is the longest interval one request may ask for.
const maxWindow = 120 * 24 * time.Hour

// window is an interval as two parameters give it.
type window struct{ from, to end }

type end struct {
	at    time.Time
	given bool
}

// date makes the reader of one end of a window.
func date(name string, of func(*request) *end) func(*request, string) error {
	return func(r *request, value string) error {
		at, err := parseDate(value)
		if err != nil {
			return invalid(name)
		}
		*of(r) = end{at, true}
		return nil
	}
}

// span checks the window as a whole.
func (w window) span(from, to string) (store.Span, error) {
	switch {
	case !w.from.given && !w.to.given:
		return store.Span{}, nil
	case !w.from.given || !w.to.given:
		return store.Span{}, problem("Both " + from + " and " + to + " are required.")
	case w.to.at.Before(w.from.at):
		return store.Span{}, problem(from + " is after " + to + ".")
	case w.to.at.Sub(w.from.at) > maxWindow:
		return store.Span{}, problem("The range of " + from + " and " + to + " cannot exceed 120 consecutive days.")
	}
	return store.Span{From: w.from.at, To: w.to.at}, nil
}

// parseDate reads YYYY-MM-DDThh:mm:ss with up to nine fraction digits and an
// optional zone: Z, ±hh:mm, ±hhmm or ±hh; without one it is UTC. A space stands
// for the + that clients forget to escape. The result is UTC.
func parseDate(s string) (time.Time, error) {
	const layout = "2006-01-02T15:04:05"
	if len(s) < len(layout) {
		return time.Time{}, fmt.Errorf("date %q is too short", s)
	}
	t, err := time.Parse(layout, s[:len(layout)])
	if err != nil {
		return time.Time{}, err
	}
	fraction, zone := cutFraction(s[len(layout):])
	offset, ok := parseZone(zone)
	t = t.Add(fraction - offset)
	if !ok || t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, fmt.Errorf("date %q has no valid time zone", s)
	}
	return t, nil
}

// cutFraction takes .fff off the front; what is not a fraction stays in rest.
func cutFraction(s string) (fraction time.Duration, rest string) {
	if len(s) < 2 || s[0] != '.' {
		return 0, s
	}
	unit := time.Second
	i := 1
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9' && unit > 1; i++ {
		unit /= 10
		fraction += time.Duration(s[i]-'0') * unit
	}
	if i == 1 {
		return 0, s
	}
	return fraction, s[i:]
}

func parseZone(s string) (time.Duration, bool) {
	if s == "" || s == "Z" || s == "z" {
		return 0, true
	}
	sign := time.Duration(1)
	switch s[0] {
	case '+', ' ':
	case '-':
		sign = -1
	default:
		return 0, false
	}
	hours, minutes := s[1:], "00"
	switch {
	case len(hours) == len("hh:mm") && hours[2] == ':':
		hours, minutes = hours[:2], hours[3:]
	case len(hours) == len("hhmm"):
		hours, minutes = hours[:2], hours[2:]
	case len(hours) != len("hh"):
		return 0, false
	}
	if !digits(hours) || !digits(minutes) || hours > "23" || minutes > "59" {
		return 0, false
	}
	h := time.Duration(hours[0]-'0')*10 + time.Duration(hours[1]-'0')
	m := time.Duration(minutes[0]-'0')*10 + time.Duration(minutes[1]-'0')
	return sign * (h*time.Hour + m*time.Minute), true
}
