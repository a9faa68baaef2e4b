// Package nvdcve is the source of NVD's CVE records.
//
// # Upstream
//
// NVD publishes the same records twice. The API at services.nvd.nist.gov
// answers pages of at most 2,000 records, ordered by publication date, 5
// requests in any 30 seconds (50 with a key), and windows of at most 120 days
// of modification or publication dates. The 2.0 feeds at nvd.nist.gov are one
// gzip file for every year of the CVE identifier from 2002 on (2002 holds the
// older ones too), made anew each night when something in them changed, and
// "modified", made every two hours, with what changed in the last eight days.
// Beside each feed a .meta file states when it was made and the size and
// SHA-256 of its JSON.
//
// # Quirks this package lives with
//
// lastModified is not moved by every change: descriptions and statuses change
// under an old one, so the same lastModified may come with other content, and
// only the feeds tell. Windows have been answered with nothing although they
// were not empty; totals move while one pages; files and their .meta are out of
// step while NVD publishes; errors come as HTML under status 200; a bad key or
// an overlong window is a 404 whose reason is in the header "message". Feeds
// are indented and carry a time without a zone; the API is compact.
//
// # How it stays true
//
// A page is believed when it is whole JSON with as many records as it says and
// as its place in the total demands. Paging is repeated until every page of a
// pass states the same total and that many distinct records were seen. The
// watermark is a lastModified actually held, never the clock's time; a window
// that contains it cannot be empty. What is fetched is decided in auto.go.
package nvdcve

import (
	"context"
	"time"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
	"vulnmirror/vuln"
)

// Name is how the source is called on the command line.
const Name = "nvd-cve"

// The hosts, for whoever sets request rates and keys.
const (
	APIHost  = "services.nvd.nist.gov"
	FeedHost = "nvd.nist.gov"
)

const (
	apiURL  = "https://" + APIHost + "/rest/json/cves/2.0"
	feedURL = "https://" + FeedHost + "/feeds/json/cve/2.0/"

	pageSize  = 2000
	maxWindow = 120 * 24 * time.Hour
)

// Config is what an operator may choose. The zero value is not usable; see
// New.
type Config struct {
	Method  string           // "auto", "feeds" or "api"
	Plan    string           // full load by API: "pages" or "quarters"
	Years   []int            // feed years wanted; empty means 2002 to now
	Overlap time.Duration    // how far windows reach back before the watermark
	Now     func() time.Time // the end of windows, and the last year
}

// Source fetches and decodes NVD's CVE records.
type Source struct {
	Config
}

// New returns the source. Empty fields of c take their defaults: auto, pages,
// every year, two hours, the system clock.
func New(c Config) *Source {
	if c.Method == "" {
		c.Method = "auto"
	}
	if c.Plan == "" {
		c.Plan = "pages"
	}
	if c.Overlap <= 0 {
		c.Overlap = 2 * time.Hour
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Source{c}
}

// Info describes the source.
func (s *Source) Info() source.Info {
	return source.Info{
		Name: Name, Title: "NVD CVE records", Kind: vuln.KindCVE,
		Home:        "https://nvd.nist.gov/vuln",
		Licence:     "public domain",
		Attribution: "This product uses data from the NVD API but is not endorsed or certified by the NVD.",
		Locations:   []string{feedURL, apiURL},
		Interval:    2 * time.Hour,
	}
}

// Fetch puts what changed since last into run, by feeds or by API as
// configured.
func (s *Source) Fetch(ctx context.Context, up *fetch.Client, run *archive.Run, last source.Cursor) (source.Cursor, error) {
	p, err := s.newPass(up, run, last)
	if err != nil {
		return last, err
	}
	switch s.Method {
	case "feeds":
		err = p.feeds(ctx)
	case "api":
		err = p.api(ctx)
	default:
		err = p.auto(ctx)
	}
	return p.close(err)
}

func (s *Source) years() []int {
	if len(s.Years) > 0 {
		return s.Years
	}
	var years []int
	for y := vuln.FirstFeedYear; y <= s.Now().UTC().Year(); y++ {
		years = append(years, y)
	}
	return years
}
