// Package epss is the source of FIRST's Exploit Prediction Scoring System: for
// every CVE, the probability that it is exploited within 30 days, and which share
// of all CVEs has no higher one.
//
// # Upstream
//
// epss.empiricalsecurity.com, formerly epss.cyentia.com, publishes all scores anew
// every day as one compressed CSV. The file of a past day stays there under its
// date; the program asks for the current one. FIRST's API is not meant for all of
// them and not asked.
//
// # Quirks this package lives with
//
// The first line names model and day. Files before 2022-02-04 lack it and those
// before 2021-09-01 the percentile as well. All scores change every day a little,
// and with a new model by leaps: model_version is kept in every record. Some days
// were never published.
//
// # How it stays true
//
// The file is asked for conditionally. It is believed when it unpacks and reads to
// its end, is not of an earlier day than the scores held, and has nine tenths of
// them at least. There is no smallest number of scores for a first load, since
// operators also mirror excerpts of the file; an excerpt is not taken in place of
// a whole one. Scores of earlier days are not kept record by record: the archive
// has the files.
package epss

import (
	"fmt"
	"io"
	"time"

	"vulnmirror/fetch"
	format "vulnmirror/format/epss"
	"vulnmirror/source"
	"vulnmirror/source/edition"
	"vulnmirror/vuln"
)

// Name is how the source is called on the command line.
const Name = "epss"

const file = "epss_scores-current.csv.gz"

var scores = fetch.Location{Name: "scores", URL: "https://epss.empiricalsecurity.com/" + file}

// New returns the source.
func New() *edition.Source {
	return edition.New(edition.Publication{
		Info: source.Info{
			Name: Name, Title: "FIRST EPSS, Exploit Prediction Scoring System", Kind: vuln.KindEPSS,
			Home:        "https://www.first.org/epss/",
			Licence:     "FIRST's terms of use: free of charge, with attribution; not to be passed on as a whole without asking",
			Attribution: "EPSS scores by FIRST, https://www.first.org/epss",
			Restricted:  true,
			Locations:   []fetch.Location{scores},
			Interval:    24 * time.Hour, DependsOn: []string{"nvd-cve"},
			Forgets: true,
		},
		// That the rest of the file is whole shows in its packing.
		Ways: []edition.Way{{
			Name: "CSV", Requests: 1,
			Gather: edition.GetOne(file, edition.ReadsFirst(read), nil, scores),
			Open:   edition.OneFile(file, read),
		}},
		Read: format.Decode,
	})
}

func read(r io.Reader) edition.Reading {
	rows := format.NewReader(r)
	return edition.Reading{
		Next:    rows.Next,
		Release: func() (string, time.Time) { return release(rows) },
		Refusal: edition.Refusal(func(bad *format.RecordError) source.Refused {
			return source.Refused{ID: bad.ID, Place: fmt.Sprintf("line %d", bad.Line), Reason: bad.Err.Error()}
		}),
	}
}

// release is the day of the scores.
func release(rows *format.Reader) (string, time.Time) {
	day := rows.Release().Date
	if day.IsZero() {
		return "", day
	}
	return day.Format(time.DateOnly), day
}
