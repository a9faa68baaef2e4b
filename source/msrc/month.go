package msrc

import (
	"cmp"
	"strings"
	"time"

	"vulnmirror/format/msrc"
)

const (
	monthLayout = "2006-Jan" // of identifiers
	// recentMonths is how many months are asked for in every run.
	recentMonths = 3
)

// firstMonth has the first document.
var firstMonth = time.Date(2016, time.April, 1, 0, 0, 0, 0, time.UTC)

// recent returns the first days of the last months, this one first.
func (s *Source) recent() []time.Time {
	now := s.settings.Now().UTC()
	months := make([]time.Time, recentMonths)
	for i := range months {
		months[i] = time.Date(now.Year(), now.Month()-time.Month(i), 1, 0, 0, 0, 0, time.UTC)
	}
	return months
}

// months returns the first days of all months that may have a document, the first
// one first.
func (s *Source) months() []time.Time {
	var months []time.Time
	for month := firstMonth; !month.After(s.settings.Now()); month = month.AddDate(0, 1, 0) {
		months = append(months, month)
	}
	return months
}

// monthOf reads the month that an identifier begins with: 2018-FEB, 2017-May-B.
// Others, such as Oct-OOB, give the zero time.
func monthOf(id string) time.Time {
	month, err := time.Parse(monthLayout, id[:min(len(id), len(monthLayout))])
	if err != nil {
		return time.Time{}
	}
	return month
}

// monthOfLine is the month of a document as well as the index tells it.
func monthOfLine(d msrc.Document) time.Time {
	for _, month := range []time.Time{monthOf(d.ID), monthOf(d.Alias), moment(d.Initial)} {
		if !month.IsZero() {
			return month
		}
	}
	return time.Time{}
}

// moment reads a date as the index spells it; zero when unreadable.
func moment(text string) time.Time { return msrc.Document{Current: text}.Time() }

// sameDate tells whether two dates of the index are one, whatever their spelling.
func sameDate(a, b string) bool {
	x, y := moment(a), moment(b)
	if x.IsZero() || y.IsZero() {
		return a == b
	}
	return x.Equal(y)
}

// later puts documents in order by their months; those of one month, and those
// without, by their identifiers.
func later(a, b string) int {
	return cmp.Or(monthOf(a).Compare(monthOf(b)), strings.Compare(strings.ToLower(a), strings.ToLower(b)))
}
