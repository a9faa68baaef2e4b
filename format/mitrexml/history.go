package mitrexml

import "time"

// History is the Content_History of an entry. Upstream states no date of
// publication or change beside it.
type History struct {
	Submission []struct {
		Date string `json:"Submission_Date"`
	} `json:"Submission"`
	Modification []struct {
		Date string `json:"Modification_Date"`
	} `json:"Modification"`
}

// Span returns the days an entry was submitted and last modified, see Span.
func (h History) Span() (published, modified time.Time) {
	var submitted, changed []string
	for _, s := range h.Submission {
		submitted = append(submitted, s.Date)
	}
	for _, m := range h.Modification {
		changed = append(changed, m.Date)
	}
	return Span(submitted, changed)
}

// Span returns the first day of those when an entry was submitted and the last
// of those when it was modified, or the first when it never was; zero for what
// is not said.
func Span(submitted, changed []string) (published, modified time.Time) {
	for _, text := range submitted {
		if day := Date(text); !day.IsZero() && (published.IsZero() || day.Before(published)) {
			published = day
		}
	}
	modified = published
	for _, text := range changed {
		if day := Date(text); day.After(modified) {
			modified = day
		}
	}
	return published, modified
}

// Date reads a day (XML Schema date: YYYY-MM-DD, a zone may follow) in UTC; zero
// for other text.
func Date(s string) time.Time {
	if len(s) > len(time.DateOnly) {
		s = s[:len(time.DateOnly)]
	}
	day, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}
	}
	return day
}
