package sim

import "time"

// eastern gives t in US Eastern time by the rule in force since 2007: summer
// time from the second Sunday of March, 02:00, to the first Sunday of November,
// 02:00 (Energy Policy Act of 2005). Written out here because a static binary
// may run where there is no time zone database.
func eastern(t time.Time) time.Time {
	t = t.UTC()
	begin := sunday(t.Year(), time.March, 2).Add(7 * time.Hour)
	end := sunday(t.Year(), time.November, 1).Add(6 * time.Hour)
	if !t.Before(begin) && t.Before(end) {
		return t.In(time.FixedZone("EDT", -4*60*60))
	}
	return t.In(time.FixedZone("EST", -5*60*60))
}

// sunday gives the start of the nth Sunday of a month.
func sunday(year int, month time.Month, nth int) time.Time {
	first := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
	return first.AddDate(0, 0, (7-int(first.Weekday()))%7+7*(nth-1))
}
