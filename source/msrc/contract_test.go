package msrc_test

import (
	"maps"
	"testing"
	"time"

	"vulnmirror/source"
	"vulnmirror/source/msrc"
	"vulnmirror/source/sourcetest"
)

// TestContract puts the source to the test that every source must pass, in the
// summer of 2016, so that the index names every month there is.
func TestContract(t *testing.T) {
	summer := func() time.Time { return time.Date(2016, 6, 20, 12, 0, 0, 0, time.UTC) }
	many := many(10)
	early := &microsoft{documents: map[string]string{
		"Mar-OOB":    document("Mar-OOB", "2016-03-10T07:00:00Z", "CVE-2016-10001 2016-03-10T08:00:00"),
		"2016-APR":   document("2016-APR", "2016-04-12T07:00:00", "CVE-2016-10001 2016-04-12T08:00:00", "CVE-2016-10002 2016-04-12T08:00:00", "ADV160001 2016-04-12T08:00:00"),
		"2016-May":   document("2016-May", "2016-05-10T07:00:00", many...),
		"2016-May-B": document("2016-May-B", "2016-05-17T07:00:00"),
		"2016-Jun":   document("2016-Jun", "2016-06-14T07:00:00", "CVE-2016-10003 2016-06-14T08:00:00"),
	}}
	early.lists("Mar-OOB", "2016-03-10T07:00:00Z", "2016-APR", "2016-04-12T07:00:00Z", "2016-May", "2016-05-10T07:00:00", "2016-May-B", "2016-05-17T07:00:00", "2016-Jun", "2016-06-14T07:00:00")
	later := &microsoft{documents: maps.Clone(early.documents)}
	later.documents["Mar-OOB"] = document("Mar-OOB", "2016-03-09T07:00:00Z", "CVE-2016-10001 2016-03-09T08:00:00")
	later.documents["2016-May"] = document("2016-May", "2016-05-09T07:00:00", many[1:]...)
	later.lists("Mar-OOB", "2016-03-09T07:00:00Z", "2016-APR", "2016-04-12T07:00:00Z", "2016-May", "2016-05-10T07:00:00", "2016-May-B", "2016-05-17T07:00:00", "2016-Jun", "2016-06-14T07:00:00")
	sourcetest.Run(t, sourcetest.Subject{
		New:      func() source.Source { return msrc.New(msrc.Settings{Now: summer}) },
		Upstream: early, Later: later,
		Anew: []string{"updates"},
		// What is held of it is not asked for again while its date is the same.
		Silent: []string{"Mar-OOB"},
	})
}
